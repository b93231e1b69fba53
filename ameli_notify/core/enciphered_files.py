"""Files that lie enciphered on the disk, each with a key of its own, and can be read from any place on.

AES-256-CTR: the same length as the content, so that a range of the one is a range of the other. The key is random,
used for one file only, and kept by the caller, sealed: whoever forgets it has deleted the file. Altered bytes are not
noticed here; the caller keeps the SHA-256 of the content.
"""

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

_BLOCK: Final = 16
KEY_BYTES: Final = 32
PIECE: Final = 64 * 1024


class EncipheredWriter:
    """A new file, readable by its owner alone, in a folder that nobody else may enter; gone when the block fails.

    Raises FileExistsError when there is one of that name.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self.key = os.urandom(KEY_BYTES)
        self.size = 0
        self._hash = hashlib.sha256()
        self._cipher = _cipher(self.key, block=0)
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=PIECE)

    def write(self, content: bytes) -> None:
        self._hash.update(content)
        self.size += len(content)
        self._file.write(self._cipher.update(content))

    @property
    def sha256(self) -> bytes:
        """Of the content so far."""
        return self._hash.digest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """On the disk for good, before anybody writes down that it is there."""
        try:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())
        finally:
            self._file.close()
            if kind is not None:
                self.path.unlink(missing_ok=True)


class EncipheredReader:
    """``length`` bytes of the content from ``first`` on, in pieces. Opens the file when it is read; close it then.

    Raises OSError: at once when there is no file, later when it is shorter than it was.
    """

    def __init__(self, path: Path, *, key: bytes, first: int, length: int) -> None:
        path.stat()
        self._path = path
        self._cipher = _cipher(key, block=first // _BLOCK)
        self._skipped = first % _BLOCK
        self._place = first - self._skipped
        self._left = length + self._skipped
        self._file: BinaryIO | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if self._left == 0:
            self.close()
            raise StopIteration
        if self._file is None:
            self._file = self._path.open("rb")
            self._file.seek(self._place)
        piece = self._file.read(min(PIECE, self._left))
        if not piece:
            self.close()
            raise OSError("the file is shorter than it was when it was written")
        self._left -= len(piece)
        content = self._cipher.update(piece)[self._skipped :]
        self._skipped = 0
        return content

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _cipher(key: bytes, *, block: int) -> CipherContext:
    return Cipher(AES256(key), CTR(block.to_bytes(_BLOCK, "big"))).encryptor()

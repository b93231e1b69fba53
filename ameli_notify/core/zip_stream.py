"""A ZIP archive written while it is read: nothing of it waits on a disk."""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Final, cast

PIECE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive: its name, and its text or its bytes in pieces."""

    name: str
    pieces: Iterable[str | bytes]


class _Outlet:
    """A file that cannot be gone back in, and gives away what was written to it."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def write(self, data: bytes) -> int:
        self._kept += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def __len__(self) -> int:
        return len(self._kept)

    def take(self) -> bytes:
        taken = bytes(self._kept)
        self._kept.clear()
        return taken


def zip_stream(entries: Iterable[Entry], *, at: tuple[int, int, int, int, int, int]) -> Iterator[bytes]:
    """The archive in pieces. ``at``: year to second, the time that its files bear."""
    outlet = _Outlet()
    # Without a way to tell its place, the archive notes sizes behind each file instead of going back to its head.
    with zipfile.ZipFile(cast("IO[bytes]", outlet), "w") as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, date_time=at)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as written:
                for piece in entry.pieces:
                    written.write(piece.encode() if isinstance(piece, str) else piece)
                    if len(outlet) >= PIECE:
                        yield outlet.take()
    yield outlet.take()

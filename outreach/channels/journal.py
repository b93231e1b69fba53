"""A sender's own record of outcomes, beside the database.

If the sender dies between an answer of the carrier and the commit that keeps it, whoever takes over its
chunk reads here what is known. One file per claim, append-only, one system call per group: a killed
process loses nothing that `record` returned from; a lost machine may lose the end, which then counts
as unknown (and is never sent again blindly).

Format: the 8 bytes of MAGIC, then records of 16 bytes: notification id (8, signed), kind (1), three
zero bytes, CRC-32 of the first twelve; all big-endian.
"""

import errno
import os
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from outreach.channels.base import Outcome, OutcomeKind

MAGIC = b"OUTCOME1"
BODY = struct.Struct(">qB3x")
CHECK = struct.Struct(">I")
RECORD_SIZE = BODY.size + CHECK.size

CODES = {
    OutcomeKind.ACCEPTED: 1,
    OutcomeKind.PERMANENT: 2,
    OutcomeKind.TEMPORARY: 3,
    OutcomeKind.UNKNOWN: 4,
    OutcomeKind.NOT_TRIED: 5,
}
KINDS = {code: kind for kind, code in CODES.items()}


class AppendOnlyFile:
    """A new file that begins with ``head``. Raises FileExistsError when it is there already."""

    def __init__(self, path: Path, *, head: bytes) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = 0
        try:
            self._append(head)
        except OSError:
            self.close()
            raise

    def _append(self, data: bytes) -> None:
        written = os.write(self._fd, data)
        if written != len(data):
            os.ftruncate(self._fd, self._size)
            raise OSError(errno.ENOSPC, "the journal could not be written in whole")
        self._size += written

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Journal(AppendOnlyFile):
    """Open for one claim."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, head=MAGIC)

    def record(self, outcomes: Iterable[Outcome]) -> None:
        """Append a group. Raises OSError, with nothing of the group kept, when it cannot be written."""
        records = []
        for outcome in outcomes:
            body = BODY.pack(outcome.notification_id, CODES[outcome.kind])
            records.append(body + CHECK.pack(zlib.crc32(body)))
        if records:
            self._append(b"".join(records))


def read_journal(path: Path) -> dict[int, OutcomeKind]:
    """The last outcome recorded for each notification, up to the first record that isn't whole.

    Raises FileNotFoundError when there is no journal and ValueError when the file is something else.
    """
    data = path.read_bytes()
    if not data.startswith(MAGIC[: len(data)]):
        raise ValueError("not an outcome journal")
    outcomes: dict[int, OutcomeKind] = {}
    for start in range(len(MAGIC), len(data) - RECORD_SIZE + 1, RECORD_SIZE):
        body = data[start : start + BODY.size]
        (check,) = CHECK.unpack_from(data, start + BODY.size)
        notification_id, code = BODY.unpack(body)
        if check != zlib.crc32(body) or code not in KINDS:
            break
        outcomes[notification_id] = KINDS[code]
    return outcomes

"""A sender's own record of which messages of its windows it began, beside its journal of outcomes.

After a crash, a message that was offered to the carrier and never begun has certainly not left: it is tried again
instead of being ``unknown``. That holds only while nobody can begin it any more, so it is believed of a sender that
is certainly dead, or that said itself that its window is over.

Where a row is suspected of killing its senders, the log also says which ones were composed without harm.

Format: 8 bytes of MAGIC, the owner in OWNER_SIZE bytes filled up with zeros, then frames: code (1), three zero bytes,
number of ids (4), CRC-32 of those eight; the ids (8 each, signed), CRC-32 of them; all big-endian.
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from outreach.channels.journal import CHECK, AppendOnlyFile

MAGIC: Final = b"BEGUN001"
OWNER_SIZE: Final = 256
FRAME: Final = struct.Struct(">B3xI")
OFFERED, BEGUN, ENDED, COMPOSED = CODES = range(1, 5)

_ID_SIZE: Final = 8
_HEAD_SIZE: Final = FRAME.size + CHECK.size


class BegunLog(AppendOnlyFile):
    """Open for one claim, by its owner. A window is offered after its mark is durable and before it is delivered.

    Each method is one system call. Raises OSError, with nothing kept, when it cannot be written.
    """

    def __init__(self, path: Path, *, owner: str) -> None:
        name = owner.encode()
        if len(name) > OWNER_SIZE:
            raise ValueError("the owner's name is too long")
        super().__init__(path, head=MAGIC + name.ljust(OWNER_SIZE, b"\0"))

    def offer(self, notification_ids: Sequence[int]) -> None:
        """Say which messages are about to be given to the carrier."""
        self._append(_frame(OFFERED, notification_ids))

    def begin(self, notification_ids: Sequence[int]) -> None:
        """Say, before their first byte leaves, which ones begin; what could not be said must not leave."""
        self._append(_frame(BEGUN, notification_ids))

    def compose(self, notification_id: int) -> None:
        """Say that the work on a suspect row did no harm."""
        self._append(_frame(COMPOSED, (notification_id,)))

    def end(self) -> None:
        """Say that nothing offered so far will be begun any more."""
        self._append(_frame(ENDED, ()))


def never_begun(path: Path, *, is_dead: Callable[[str], bool]) -> set[int]:
    """Messages that were offered, did not begin, and cannot any more; ``is_dead`` judges the owner.

    Empty when there is any doubt about the file: a lost record of a beginning would send a message twice. A last
    frame cut short is no doubt: its sender died writing it, before it acted on it.
    """
    log = _read(path)
    if log is None:
        return set()
    owner, frames = log
    waiting: set[int] = set()
    over: set[int] = set()
    for code, ids in frames:
        if code == OFFERED:
            waiting.update(ids)
        elif code == BEGUN:
            waiting.difference_update(ids)
        elif code == ENDED:
            over |= waiting
            waiting.clear()
    return over | waiting if is_dead(owner) else over


def composed_without_harm(path: Path) -> list[int]:
    """Suspect rows that were composed, once for each time; none when there is any doubt about the file."""
    log = _read(path)
    return [] if log is None else [row for code, ids in log[1] if code == COMPOSED for row in ids]


def _read(path: Path) -> tuple[str, list[tuple[int, tuple[int, ...]]]] | None:
    """Owner and frames, or None for another file or one with a damaged frame."""
    data = path.read_bytes()
    start = len(MAGIC) + OWNER_SIZE
    if len(data) < start or not data.startswith(MAGIC):
        return None
    frames = list(_frames(data, start=start))
    whole = [frame for frame in frames if frame is not None]
    if len(whole) != len(frames):
        return None
    return data[len(MAGIC) : start].rstrip(b"\0").decode(errors="replace"), whole


def _frame(code: int, ids: Sequence[int]) -> bytes:
    head = FRAME.pack(code, len(ids))
    body = struct.pack(f">{len(ids)}q", *ids)
    return b"".join((head, CHECK.pack(zlib.crc32(head)), body, CHECK.pack(zlib.crc32(body))))


def _frames(data: bytes, *, start: int) -> Iterator[tuple[int, tuple[int, ...]] | None]:
    """The whole frames; None, and no more, at a damaged one. The head says the length and has a check of its own."""
    at = start
    while len(data) - at >= _HEAD_SIZE:
        code, count = FRAME.unpack_from(data, at)
        body_at, end = at + _HEAD_SIZE, at + _HEAD_SIZE + count * _ID_SIZE + CHECK.size
        if code not in CODES or not _is_whole(data[at : at + FRAME.size], data, check_at=at + FRAME.size):
            yield None
            return
        if end > len(data):
            return
        if not _is_whole(data[body_at : end - CHECK.size], data, check_at=end - CHECK.size):
            yield None
            return
        yield code, struct.unpack_from(f">{count}q", data, body_at)
        at = end


def _is_whole(part: bytes, data: bytes, *, check_at: int) -> bool:
    (check,) = CHECK.unpack_from(data, check_at)
    return bool(check == zlib.crc32(part))

"""Where the journals of this host's senders lie, and what they say to whoever takes over."""

from pathlib import Path
from uuid import UUID

from django.conf import settings

from outreach.channels.base import OutcomeKind
from outreach.channels.journal import Journal, read_journal


def folder() -> Path:
    """``var/journal``, made on need."""
    path = Path(settings.VAR_DIR) / "journal"
    path.mkdir(parents=True, exist_ok=True)
    return path


def open_chunk_journal(chunk_id: int, token: UUID) -> Journal:
    return Journal(folder() / f"chunk-{chunk_id}-{token}.journal")


def open_lane_journal(token: UUID) -> Journal:
    return Journal(folder() / f"lane-{token}.journal")


def read_chunk_journals(chunk_id: int) -> dict[int, OutcomeKind]:
    """What all earlier senders of a chunk on this host knew, the certain answers winning over the rest."""
    known: dict[int, OutcomeKind] = {}
    for path in sorted(folder().glob(f"chunk-{chunk_id}-*.journal")):
        for row, kind in read_journal(path).items():
            if known.get(row) is not OutcomeKind.ACCEPTED:
                known[row] = kind
    return known


def read_lane_journal(token: UUID) -> dict[int, OutcomeKind]:
    try:
        return read_journal(folder() / f"lane-{token}.journal")
    except FileNotFoundError:
        return {}


def drop_chunk_journals(chunk_id: int) -> None:
    for path in folder().glob(f"chunk-{chunk_id}-*.journal"):
        path.unlink(missing_ok=True)


def drop_lane_journal(token: UUID) -> None:
    (folder() / f"lane-{token}.journal").unlink(missing_ok=True)

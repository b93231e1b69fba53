"""Where the journals of this host's senders lie, and what they say to whoever takes over."""

from collections import Counter
from pathlib import Path
from uuid import UUID

from django.conf import settings

from outreach.channels.base import OutcomeKind
from outreach.channels.begun import BegunLog, composed_without_harm, never_begun
from outreach.channels.journal import Journal, read_journal
from outreach.notifications.dispatch.identity import is_certainly_dead


def folder() -> Path:
    """``var/journal``, made on need."""
    path = Path(settings.VAR_DIR) / "journal"
    path.mkdir(parents=True, exist_ok=True)
    return path


def open_chunk_journal(chunk_id: int, token: UUID) -> Journal:
    return Journal(folder() / f"chunk-{chunk_id}-{token}.journal")


def open_begun_log(chunk_id: int, token: UUID, *, owner: str) -> BegunLog:
    return BegunLog(folder() / f"chunk-{chunk_id}-{token}.begun", owner=owner)


def open_lane_journal(token: UUID) -> Journal:
    return Journal(folder() / f"lane-{token}.journal")


def read_chunk_journals(chunk_id: int) -> dict[int, OutcomeKind]:
    """What all earlier senders of a chunk on this host knew, the certain answers winning over the rest.

    A message without an answer that was certainly never begun is NOT_TRIED. A row is in the window of one sender at
    most: whoever takes a chunk over settles what lies below the mark before handing anything up.
    """
    known: dict[int, OutcomeKind] = {}
    for path in sorted(folder().glob(f"chunk-{chunk_id}-*.journal")):
        for row, kind in read_journal(path).items():
            if known.get(row) is not OutcomeKind.ACCEPTED:
                known[row] = kind
    for path in sorted(folder().glob(f"chunk-{chunk_id}-*.begun")):
        for row in never_begun(path, is_dead=is_certainly_dead):
            known.setdefault(row, OutcomeKind.NOT_TRIED)
    return known


def count_composed(chunk_id: int) -> Counter[int]:
    """How often suspect rows of a chunk were composed on this host without killing their sender."""
    return Counter(row for path in folder().glob(f"chunk-{chunk_id}-*.begun") for row in composed_without_harm(path))


def read_lane_journal(token: UUID) -> dict[int, OutcomeKind]:
    try:
        return read_journal(folder() / f"lane-{token}.journal")
    except FileNotFoundError:
        return {}


def drop_chunk_journals(chunk_id: int) -> None:
    """Forget them; the logs first: without its journal a log would know less than the truth."""
    for kind in ("begun", "journal"):
        for path in folder().glob(f"chunk-{chunk_id}-*.{kind}"):
            path.unlink(missing_ok=True)


def drop_lane_journal(token: UUID) -> None:
    (folder() / f"lane-{token}.journal").unlink(missing_ok=True)

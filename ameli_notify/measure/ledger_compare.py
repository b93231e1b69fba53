"""The mail server's ledger against the database: what was accepted against what we say of it.

Every figure of ``compare`` counts violations: zero means that the promise was kept.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ameli_notify.core.sql import fetch_all
from outreach.digest.schema import DUE, NOTIFICATION
from outreach.notifications.dispatch.composing import identifier_key
from outreach.notifications.render import identifiers, parse_verp

ACCEPTED: Final = {"sending", "delivered"}
PENDING: Final = {"created", "claimed"}
COUNTED_REASONS: Final = {"permanent-failure", "cancelled"}
"""A person with such a message was not told, and the figures say why."""


@dataclass(frozen=True, slots=True)
class SentRow:
    """What the database says of one message."""

    notification_id: int
    insured_id: int
    status: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """How often the mail server accepted each message, by its Message-ID and by its return path."""

    message_ids: Counter[str]
    notifications: Counter[int]
    forged: int

    @classmethod
    def read(cls, path: Path) -> "Accepted":
        """Read a ledger of outreach.channels.sink. Raises ValueError for a line that is not one of its."""
        key = identifier_key()
        message_ids: Counter[str] = Counter()
        notifications: Counter[int] = Counter()
        forged = 0
        for line in path.read_text(encoding="ascii").splitlines():
            _, message_id, sender, _ = line.split("\t")
            message_ids[message_id] += 1
            named = parse_verp(key, sender)
            if named is None or identifiers(key, named)[0] != message_id:
                forged += 1
            else:
                notifications[named] += 1
        return cls(message_ids, notifications, forged)

    @property
    def twice(self) -> int:
        """Messages accepted more than once."""
        return sum(count > 1 for count in self.message_ids.values())


def sent_rows() -> list[SentRow]:
    return [SentRow(*row) for row in fetch_all(f"SELECT id, insured_id, status FROM {NOTIFICATION} ORDER BY id")]


def compare(accepted: Accepted, rows: list[SentRow]) -> dict[str, int]:
    """Violations that ledger and database show together, whatever happened on the way."""
    status = {row.notification_id: row.status for row in rows}
    return {
        "message_accepted_twice": accepted.twice,
        "notification_accepted_twice": sum(count > 1 for count in accepted.notifications.values()),
        "accepted_but_not_ours": accepted.forged + sum(each not in status for each in accepted.notifications),
        "sent_but_not_accepted": sum(
            row.status in ACCEPTED and row.notification_id not in accepted.notifications for row in rows
        ),
        "accepted_but_not_counted": sum(
            status.get(each, "unknown") not in {*ACCEPTED, "unknown"} for each in accepted.notifications
        ),
        "still_pending": sum(row.status in PENDING for row in rows),
        "given_up": sum(row.status in {"temporary-failure", "technical-failure"} for row in rows),
    }


def not_once(rows: list[SentRow], *, expected: set[int]) -> int:
    """People who were to get one message and have none or several, and people who were to get none."""
    messages = Counter(row.insured_id for row in rows)
    return sum(messages[person] != 1 for person in expected) + sum(person not in expected for person in messages)


def unknown_not_due_again(rows: list[SentRow]) -> int:
    """People of an unknown message whom no later digest would tell."""
    due = {person for (person,) in fetch_all(f"SELECT insured_id FROM {DUE}")}
    return sum(row.status == "unknown" and row.insured_id not in due for row in rows)


def never_told(accepted: Accepted, rows: list[SentRow], *, expected: set[int]) -> int:
    """People with neither an accepted message nor a counted reason why there is none."""
    settled = {
        row.insured_id for row in rows if row.notification_id in accepted.notifications or row.status in COUNTED_REASONS
    }
    return len(expected - settled)

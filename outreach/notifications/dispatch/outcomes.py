"""From what a channel says of a message to the notification's status, and the retry calendar."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from outreach.channels.base import Outcome, OutcomeKind

RETRY_FACTOR: Final = 3
LONGEST_RETRY_SECONDS: Final = 4 * 60 * 60
# After n tries the next one comes in DISPATCH_FIRST_RETRY_SECONDS (10) x 3^(n-1): 10, 30, 90 ... at most four hours.
GIVE_UP_AFTER: Final = dt.timedelta(hours=48)
"""A temporary failure is tried again for two days, then it is one for good (GOV.UK Notify: 72 h)."""


@dataclass(slots=True)
class OutcomeGroup:
    """Outcomes sorted by what is to be written."""

    accepted: list[int] = field(default_factory=list)
    permanent: dict[int, str] = field(default_factory=dict)
    retry: dict[int, str] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self.add_one(outcome.notification_id, outcome.kind, outcome.detail)

    def add_one(self, notification_id: int, kind: OutcomeKind, detail: str = "") -> None:
        match kind:
            case OutcomeKind.ACCEPTED:
                self.accepted.append(notification_id)
            case OutcomeKind.PERMANENT:
                self.permanent[notification_id] = detail
            case OutcomeKind.TEMPORARY | OutcomeKind.NOT_TRIED:
                self.retry[notification_id] = detail
            case OutcomeKind.UNKNOWN:
                self.unknown.append(notification_id)

    def __len__(self) -> int:
        return len(self.accepted) + len(self.permanent) + len(self.retry) + len(self.unknown)

    @classmethod
    def of(cls, kinds: Mapping[int, OutcomeKind], *, among: Iterable[int]) -> "OutcomeGroup":
        """The group of a journal's records, restricted to the notifications that have no outcome yet."""
        group = cls()
        for notification_id in among:
            if notification_id in kinds:
                group.add_one(notification_id, kinds[notification_id], "journal")
        return group

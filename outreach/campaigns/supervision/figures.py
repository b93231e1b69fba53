"""The figures of the board: what the job counted of lists and hours, and who is at work at this moment."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Final

from django.db.models import Sum
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.sql import fetch_all
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.enums import ENDED, PauseReason, TaskStatus
from outreach.campaigns.supervision.models import CallHour, CampaignProgress
from outreach.campaigns.walls import ATTEMPT, CLAIM

_CALLED: Final = (TaskStatus.DONE, TaskStatus.ABANDONED)
_LATELY_MINUTES: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of a campaign, or of one of its funds. Counts of people, of calls, and seconds of work for these calls."""

    people: int = 0
    ended: int = 0
    called: int = 0
    due: int = 0
    attempts: int = 0
    reached: int = 0
    successes: int = 0
    handling_seconds: int = 0
    work_seconds: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            **{name: getattr(self, name) + getattr(other, name) for name in (each.name for each in fields(self))}
        )

    @property
    def remaining(self) -> int:
        return self.people - self.ended

    @property
    def ended_share(self) -> float | None:
        return self.ended / self.people if self.people else None

    @property
    def reach_rate(self) -> float | None:
        return self.reached / self.attempts if self.attempts else None

    @property
    def work_hours(self) -> float:
        return self.work_seconds / 3600

    @property
    def contacts_an_hour(self) -> float | None:
        """People talked with in an hour of an adviser's work."""
        return self.reached / self.work_hours if self.work_seconds else None

    @property
    def attempts_an_hour(self) -> float | None:
        return self.attempts / self.work_hours if self.work_seconds else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork:
    """An adviser at this moment. ``doing``: « en appel », « en pause : repas », « entre deux appels »."""

    adviser: str
    doing: str
    since: dt.datetime


_OF_CALLS: Final = """
SELECT fund_code, sum(attempts), sum(reached), sum(successes), sum(handling_seconds), sum(work_seconds)
FROM outreach_callhour WHERE campaign_id = %s GROUP BY 1
"""


def by_fund(campaign: CallCampaign) -> dict[str, Figures]:
    """The figures of each fund of a campaign, by its code."""
    found: dict[str, Figures] = {}
    for row in CampaignProgress.objects.filter(campaign=campaign):
        of_list = Figures(
            people=row.people,
            ended=row.people if row.status in ENDED else 0,
            called=row.people if row.status in _CALLED else 0,
            due=row.due,
        )
        found[row.fund_code] = found.get(row.fund_code, Figures()) + of_list
    for fund, *sums in fetch_all(_OF_CALLS, [campaign.pk]):
        attempts, reached, successes, handling, work = map(int, sums)
        of_calls = Figures(
            attempts=attempts, reached=reached, successes=successes, handling_seconds=handling, work_seconds=work
        )
        found[fund] = found.get(fund, Figures()) + of_calls
    return dict(sorted(found.items()))


def total_of(figures: Iterable[Figures]) -> Figures:
    return sum(figures, Figures())


def by_status(campaign: CallCampaign) -> list[tuple[TaskStatus, int]]:
    """People of the list by state, those that there are."""
    rows = CampaignProgress.objects.filter(campaign=campaign).order_by().values("status")
    found = {row["status"]: row["number"] for row in rows.annotate(number=Sum("people"))}
    return [(status, found[status]) for status in TaskStatus if found.get(status)]


def counted_at(campaign: CallCampaign) -> dt.datetime | None:
    """When the job last counted the list."""
    rows = CampaignProgress.objects.filter(campaign=campaign).order_by("-counted_at")
    return rows.values_list("counted_at", flat=True).first()


def last_hours(campaign: CallCampaign) -> list[tuple[dt.datetime, int, int]]:
    """The hours of today with calls: calls, and people talked with."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = CallHour.objects.filter(campaign=campaign, hour_at__gte=midnight).order_by("hour_at").values("hour_at")
    sums = rows.annotate(all_attempts=Sum("attempts"), all_reached=Sum("reached"))
    return [(row["hour_at"], row["all_attempts"], row["all_reached"]) for row in sums]


# Open holds and pauses are as many as there are advisers; what was saved lately is found by its instant.
_AT_WORK: Final = f"""
SELECT u.username, now_doing.kind, now_doing.reason, now_doing.since
FROM (
    SELECT adviser_id, 'pause' AS kind, reason, started_at AS since FROM outreach_adviserpause WHERE ended_at IS NULL
    UNION ALL
    SELECT c.adviser_id, 'call', '', c.claimed_at FROM {CLAIM} c WHERE c.ended_at IS NULL
    UNION ALL
    SELECT a.adviser_id, 'between', '', max(a.ended_at) FROM {ATTEMPT} a
    WHERE a.ended_at > now() - make_interval(mins => {_LATELY_MINUTES})
      AND NOT EXISTS (SELECT FROM {CLAIM} c WHERE c.adviser_id = a.adviser_id AND c.ended_at IS NULL)
      AND NOT EXISTS (SELECT FROM outreach_adviserpause p WHERE p.adviser_id = a.adviser_id AND p.ended_at IS NULL)
    GROUP BY 1
) now_doing JOIN {User._meta.db_table} u ON u.id = now_doing.adviser_id
ORDER BY 1, 2
"""


def at_work() -> list[AtWork]:
    """Advisers who are in a call, in a pause, or saved a result a short while ago."""
    return [AtWork(adviser=row[0], doing=_doing(row[1], row[2]), since=row[3]) for row in fetch_all(_AT_WORK)]


def _doing(kind: Any, reason: str) -> str:  # noqa: ANN401 (a column)
    if kind == "pause":
        return f"en pause : {PauseReason(reason).label}"
    return "en appel" if kind == "call" else "entre deux appels"

"""How far a run is: from its chunks for a list, from its notifications for its own page."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import BigIntegerField, Case, F, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from ameli_notify.core.sql import fetch_all
from outreach.digest.models import DigestRun, RunStatus
from outreach.digest.schema import NOTIFICATION
from outreach.notifications.enums import CancelReason, Channel, ChunkStatus, Status
from outreach.notifications.models import NotificationChunk

_COUNTS: Final = f"""
SELECT channel, status, status_reason, count(*) FROM {NOTIFICATION}
WHERE created_on = %s AND run_id = %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
"""Reads one day's partition once: for one run's page, never for a list."""


@dataclass(frozen=True, slots=True)
class StatusCount:
    """So many messages of a run on a channel in a state."""

    channel: str
    status: str
    reason: str
    count: int

    @property
    def channel_fr(self) -> str:
        return str(Channel(self.channel).label)

    @property
    def status_fr(self) -> str:
        if (self.channel, self.status) == (Channel.POST, Status.SENDING):
            return "inscrit sur la liste des courriers"
        return str(Status(self.status).label)

    @property
    def reason_fr(self) -> str:
        """Why it was cancelled, in French; another reason is a code of the carrier and stays as it is."""
        return str(CancelReason(self.reason).label) if self.reason in CancelReason else self.reason


def with_progress(runs: QuerySet[DigestRun]) -> QuerySet[DigestRun]:
    """Annotate ``to_send`` and ``handed_over``, in messages, read from the chunks of open runs only.

    Both are 0 for a finished run, whose progress needs no reading.
    """
    chunks = NotificationChunk.objects.filter(run=OuterRef("pk")).order_by().values("run")
    size = F("last_id") - F("first_id") + 1
    handed = Case(When(status=ChunkStatus.DONE, then=size), default=F("handed_up_to") - F("first_id") + 1)
    return runs.annotate(
        to_send=_unless_finished(chunks.annotate(total=Sum(size)).values("total")),
        handed_over=_unless_finished(chunks.annotate(total=Sum(handed)).values("total")),
    )


def _unless_finished(total: QuerySet[Any, Any]) -> Case:
    return Case(
        When(status=RunStatus.FINISHED, then=Value(0)),
        default=Coalesce(Subquery(total), Value(0)),
        output_field=BigIntegerField(),
    )


def percent_done(run: DigestRun) -> int:
    """0 to 100 for a run annotated by ``with_progress``; 100 only when nothing is left."""
    if run.status == RunStatus.FINISHED:
        return 100
    to_send, handed_over = getattr(run, "to_send", 0), getattr(run, "handed_over", 0)
    return 100 if to_send == handed_over else int(100 * handed_over / to_send)


def status_counts(run: DigestRun) -> list[StatusCount]:
    """The messages of a run by channel, state and reason."""
    return [StatusCount(*row) for row in fetch_all(_COUNTS, [run.planned_on, run.pk])]

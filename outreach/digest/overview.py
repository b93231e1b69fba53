"""What the console's first page says: the last runs, who is waiting, the last files, what is wrong.

Cheap by construction: a handful of rows by primary key or by an index, and no count of a big table.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.utils import timezone
from django.utils.formats import date_format

from accounts.partners.states import alarms as partners_alarms
from accounts.people.models import DirectoryBatch
from ameli_notify.core.estimates import RowCount, row_count
from ameli_notify.core.models import Heartbeat
from outreach.digest.models import DigestDue, DigestRun, RunStatus
from outreach.digest.progress import percent_done, with_progress
from reimbursements.feed.models import BatchStatus, ImportBatch

LAST_RUNS: Final = 10
LAST_BATCHES: Final = 5
LATE_AFTER: Final = dt.time(8)
"""Today's run counts as missing from eight o'clock on."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run on the first page; ``percent`` is 0 to 100."""

    run: DigestRun
    percent: int


@dataclass(slots=True)
class Overview:
    """Each part is None or empty for an account that may not see it."""

    runs: list[RunLine] | None = None
    due: RowCount | None = None
    batches: list[ImportBatch] | None = None
    directories: list[DirectoryBatch] | None = None
    alarms: list[str] = field(default_factory=list)


def overview(*, for_user: AbstractBaseUser, now: dt.datetime | None = None) -> Overview:
    """Read what ``for_user`` may see."""
    found = Overview()
    moment = timezone.localtime(now)
    if not isinstance(for_user, PermissionsMixin):
        return found
    if for_user.has_perm("outreach.view_digestrun"):
        runs = list(with_progress(DigestRun.objects.order_by("-planned_on"))[:LAST_RUNS])
        found.runs = [RunLine(run, percent_done(run)) for run in runs]
        found.due = row_count(DigestDue)
        found.alarms += _run_alarms(runs, now=moment) + _heartbeat_alarms(now=moment)
    if for_user.has_perm("reimbursements.view_importbatch"):
        found.batches = list(ImportBatch.objects.order_by("-pk")[:LAST_BATCHES])
        found.alarms += _batch_alarms(found.batches)
    if for_user.has_perm("accounts.view_directorybatch"):
        found.directories = list(DirectoryBatch.objects.order_by("-pk")[:LAST_BATCHES])
    if for_user.has_perm("accounts.change_partnerinsurer"):
        found.alarms += partners_alarms()
    return found


def _run_alarms(runs: list[DigestRun], *, now: dt.datetime) -> list[str]:
    """Missing days since the oldest run listed, and runs that were suspended."""
    if not runs:
        return []
    last_day = now.date() if now.time() >= LATE_AFTER else now.date() - dt.timedelta(days=1)
    first_day = max(runs[-1].planned_on, now.date() - dt.timedelta(days=settings.DIGEST_CADENCE_DAYS))
    planned = {run.planned_on for run in runs}
    days = (first_day + dt.timedelta(days=n) for n in range((last_day - first_day).days + 1))
    alarms = [f"Aucune vague n’a été planifiée pour le {date_format(day)}." for day in days if day not in planned]
    alarms += [
        f"L’envoi de la vague du {date_format(run.planned_on)} est suspendu."
        for run in runs
        if run.status == RunStatus.PAUSED
    ]
    return alarms


def _heartbeat_alarms(*, now: dt.datetime) -> list[str]:
    beats = list(Heartbeat.objects.order_by("-beat_at").values_list("beat_at", flat=True)[:1])
    if not beats:
        return ["Les tâches de fond n’ont encore jamais donné signe de vie : rien ne part tout seul."]
    silence = now - beats[0]
    if silence.total_seconds() <= settings.JOBS_SILENCE_SECONDS:
        return []
    since = date_format(timezone.localtime(beats[0]), "DATETIME_FORMAT")
    return [f"Les tâches de fond ne donnent plus signe de vie depuis le {since}."]


def _batch_alarms(batches: list[ImportBatch]) -> list[str]:
    words = {BatchStatus.REFUSED: "a été refusé", BatchStatus.HELD: "attend une décision"}
    return [
        f"Le fichier {batch.file_name} {words[BatchStatus(batch.status)]} ({batch.refusal_code})."
        for batch in batches
        if batch.status in words
    ]

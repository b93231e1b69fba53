"""Suspending a run and letting it go on. Senders look at the run's status before each window."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction

from accounts.staff.models import User
from outreach.digest.models import DigestRun, RunStatus


class RunStateError(ValueError):
    """The run is not in the state that the change starts from."""


def pause_run(run: DigestRun, *, by: User) -> DigestRun:
    """Suspend a run that is being sent: what is under way ends, nothing more is handed over. Raises RunStateError."""
    return _move(run, before=RunStatus.SENDING, after=RunStatus.PAUSED, by=by, said="Envoi suspendu.")


def resume_run(run: DigestRun, *, by: User) -> DigestRun:
    """Let a suspended run go on where it stopped. Raises RunStateError."""
    return _move(run, before=RunStatus.PAUSED, after=RunStatus.SENDING, by=by, said="Envoi repris.")


@transaction.atomic
def _move(run: DigestRun, *, before: RunStatus, after: RunStatus, by: User, said: str) -> DigestRun:
    locked = DigestRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if locked.status != before:
        raise RunStateError(f"the run is {locked.status}, not {before}")
    locked.status = after
    locked.save(update_fields=["status"])
    LogEntry.objects.log_actions(
        by.pk, DigestRun.objects.filter(pk=run.pk), CHANGE, change_message=said, single_object=True
    )
    return locked

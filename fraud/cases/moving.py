"""The only way for a case from one state to the next; its clock, and the reports that follow it."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.working_calendar import add_working_days, working_days_between
from fraud.cases.enums import NEXT, CaseEventKind, CaseStatus
from fraud.cases.events import CaseError, locked_standing, record
from fraud.cases.models import FraudCase
from fraud.intake.enums import ReportStatus
from fraud.intake.following import move_report
from fraud.intake.models import FraudReport
from fraud.intake.querysets import ReportQuerySet

STEPS = (CaseStatus.INVESTIGATING, CaseStatus.CONTRADICTORY)
"""States that somebody chooses by themselves; the others come with an act: assigning, asking, deciding, closing."""


@transaction.atomic
def move_case(case_id: int, *, to: CaseStatus, by: User) -> FraudCase:
    """Begin or go on investigating, or open the contradictory phase. Raises CaseError."""
    if to not in STEPS:
        raise CaseError("Cet état s’obtient par l’acte qui y mène, pas en le choisissant.")
    case = locked_standing(case_id)
    if case.status in (CaseStatus.DECIDED, CaseStatus.CLOSED):
        raise CaseError("Ce dossier est décidé : rouvrez-le pour reprendre l’instruction.")
    step(case, to=to, by=by)
    if to is CaseStatus.INVESTIGATING:
        for report in reports_of(case).filter(status=ReportStatus.RECEIVED):
            move_report(report.pk, to=ReportStatus.IN_REVIEW, by=by)
    return case


def step(case: FraudCase, *, to: CaseStatus, by: User | None) -> None:
    """One step along the table, in the caller's transaction, on a locked case. Raises CaseError."""
    before = CaseStatus(case.status)
    if to not in NEXT[before]:
        raise CaseError(f"Un dossier {before.label} ne peut pas passer à l’état « {to.label} ».")
    now = timezone.now()
    if to is CaseStatus.WAITING_INSURED:
        case.clock_stopped_at = now
    elif case.clock_stopped_at is not None:
        case.due_on = moved_deadline(case.due_on, stopped_at=case.clock_stopped_at, now=now)
        case.clock_stopped_at = None
    case.status = to
    case.save()
    record(
        case,
        CaseEventKind.MOVED,
        by=by,
        before={"status": str(before)},
        after={"status": str(to), "due_on": case.due_on.isoformat()},
    )


def moved_deadline(due_on: dt.date, *, stopped_at: dt.datetime, now: dt.datetime) -> dt.date:
    """The deadline, later by the working days during which the clock stood still."""
    stopped = working_days_between(timezone.localdate(stopped_at), timezone.localdate(now))
    return add_working_days(due_on, stopped)


def reports_of(case: FraudCase) -> ReportQuerySet:
    """Reports that are linked to the case now."""
    return FraudReport.objects.filter(case_links__case=case, case_links__unlinked_at=None)

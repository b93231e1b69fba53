"""Legal steps, the outcome, the end. What needs a second person is checked by the database, see ``schema``."""

import calendar
import datetime as dt
import hashlib
import json

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.assigning import end_assignment
from fraud.cases.decision_models import CaseStep, LegalBasis
from fraud.cases.enums import TOLD, CaseEventKind, CaseOutcome, CaseStatus, StepKind
from fraud.cases.events import CaseError, locked_standing, record, record_each
from fraud.cases.models import CaseLine, FraudCase
from fraud.cases.moving import reports_of, step
from fraud.cases.refusals import tell_of
from fraud.intake.enums import ReportStatus
from fraud.intake.following import move_report
from fraud.intake.models import ReportedLine


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day some months later, or the last of that month: 31 January + 1 month is 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def take_step(case_id: int, *, kind: StepKind, legal_basis: LegalBasis, done_on: dt.date, by: User) -> CaseStep:
    """Record a legal step with its basis; the answer's deadline follows from the basis. Raises CaseError."""
    if legal_basis.kind != kind:
        raise CaseError("Ce fondement juridique est celui d’une autre suite.")
    is_in_force = legal_basis.valid_from <= done_on and (
        legal_basis.valid_to is None or done_on <= legal_basis.valid_to
    )
    if done_on > timezone.localdate() or not is_in_force:
        raise CaseError("La date doit être passée, et le fondement en vigueur ce jour-là.")
    deadline = months_later(done_on, legal_basis.answer_months) if legal_basis.answer_months else None
    try:
        with transaction.atomic():
            case = locked_standing(case_id)
            taken = CaseStep.objects.create(
                case=case, kind=kind, legal_basis=legal_basis, done_on=done_on, deadline_on=deadline, recorded_by=by
            )
            said = {"step": taken.pk, "kind": str(kind), "basis": legal_basis.pk, "on": done_on.isoformat()}
            record(case, CaseEventKind.STEP, by=by, after=said)
    except IntegrityError as error:
        tell_of(error, {"case_sanction_by_two": "Cette sanction demande d’abord l’accord d’une autre personne."})
    return taken


@transaction.atomic
def accuse_lines(case_id: int, *, line_ids: list[int], by: User) -> list[CaseLine]:
    """Hold reported lines against their author: their frozen snapshots are sealed by a fingerprint.

    Raises CaseError for a line of another case; a line held already stays as it is.
    """
    case = locked_standing(case_id)
    lines = list(ReportedLine.objects.filter(pk__in=line_ids, report__in=reports_of(case), frozen_at__isnull=False))
    if not line_ids or len(lines) != len(set(line_ids)):
        raise CaseError("Choisissez des lignes des signalements de ce dossier.")
    already = CaseLine.objects.of_case(case).filter(reported_line__in=lines)
    held = set(already.values_list("reported_line_id", flat=True))
    made = CaseLine.objects.bulk_create(
        CaseLine(case=case, reported_line=line, snapshot_sha256=fingerprint(line), accused_by=by)
        for line in lines
        if line.pk not in held
    )
    said = [{"line": one.reported_line_id, "sha256": one.snapshot_sha256} for one in made]
    record_each(case, CaseEventKind.ACCUSED, by=by, after=said)
    return made


def fingerprint(line: ReportedLine) -> str:
    """SHA-256 of a line as it was frozen."""
    return hashlib.sha256(json.dumps(line.snapshot, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def decide(case_id: int, *, outcome: CaseOutcome, by: User) -> FraudCase:
    """Give a case its outcome. Raises CaseError, also when a second person must agree first."""
    try:
        with transaction.atomic():
            case = locked_standing(case_id)
            case.outcome, case.decided_at, case.decided_by = outcome, timezone.now(), by
            step(case, to=CaseStatus.DECIDED, by=by)
            end_assignment(case)
            record(case, CaseEventKind.CHANGED, by=by, after={"outcome": str(outcome)})
    except IntegrityError as error:
        tell_of(error, {"case_outcome_by_two": "Cette issue demande d’abord l’accord d’une autre personne."})
    return case


@transaction.atomic
def close(case_id: int, *, by: User) -> FraudCase:
    """End a decided case; whoever reported is told what became of the payment. Raises CaseError."""
    case = locked_standing(case_id)
    case.closed_at, case.closed_by = timezone.now(), by
    step(case, to=CaseStatus.CLOSED, by=by)
    reason = TOLD[CaseOutcome(case.outcome)]
    for report in reports_of(case).open():
        move_report(report.pk, to=ReportStatus.CLOSED, by=by, closing_reason=reason)
    return case


@transaction.atomic
def close_without_follow_up(case_id: int, *, by: User) -> FraudCase:
    """Decide « sans suite » and close, at once. Raises CaseError."""
    decide(case_id, outcome=CaseOutcome.NO_FOLLOW_UP, by=by)
    return close(case_id, by=by)


@transaction.atomic
def reopen(case_id: int, *, by: User) -> FraudCase:
    """Take a decided or closed case up again, held by whoever does it; its reports follow. Raises CaseError."""
    case = locked_standing(case_id)
    if case.status not in (CaseStatus.DECIDED, CaseStatus.CLOSED):
        raise CaseError("Seul un dossier décidé ou clos se rouvre.")
    before = {"outcome": str(case.outcome)}
    case.outcome, case.decided_at, case.decided_by = "", None, None
    case.closed_at, case.closed_by, case.reopened_at = None, None, timezone.now()
    step(case, to=CaseStatus.INVESTIGATING, by=by)
    record(case, CaseEventKind.CHANGED, by=by, before=before, after={"outcome": ""})
    for report in reports_of(case).filter(status=ReportStatus.CLOSED):
        move_report(report.pk, to=ReportStatus.IN_REVIEW, by=by)
    case.assignments.create(investigator=by, assigned_by=by)
    record(case, CaseEventKind.ASSIGNED, by=by, after={"investigator": by.pk})
    return case

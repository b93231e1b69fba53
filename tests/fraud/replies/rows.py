"""Cases in their contradictory phase, with a right of reply."""

from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.deciding import accuse_lines, take_step
from fraud.cases.decision_models import LegalBasis
from fraud.cases.enums import CaseStatus, StepKind
from fraud.cases.models import FraudCase
from fraud.cases.moving import move_case, reports_of
from fraud.intake.models import ReportedLine
from fraud.replies.models import RightOfReply
from fraud.replies.rights import issue_code, open_right


def notify(case: FraudCase, *, by: User) -> FraudCase:
    """A held case with every line held against the professional, who was notified today."""
    lines = ReportedLine.objects.filter(report__in=reports_of(case)).values_list("pk", flat=True)
    accuse_lines(case.pk, line_ids=list(lines), by=by)
    basis = LegalBasis.objects.get(kind=StepKind.NOTICE)
    take_step(case.pk, kind=StepKind.NOTICE, legal_basis=basis, done_on=timezone.localdate(), by=by)
    return move_case(case.pk, to=CaseStatus.CONTRADICTORY, by=by)


def open_reply(case: FraudCase, *, by: User) -> RightOfReply:
    """The right of the case's only notification."""
    return open_right(case.pk, step_id=case.steps.get(kind=StepKind.NOTICE).pk, by=by)


def with_code(right: RightOfReply, *, by: User) -> str:
    """The code of a letter."""
    return issue_code(right.pk, by=by)[1]

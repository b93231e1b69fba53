"""What left the house about a case, made the way the house makes it."""

import datetime as dt

from accounts.partners.models import PartnerInsurer, PartnerMembership
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from fraud.cases.deciding import accuse_lines, decide
from fraud.cases.decision_models import CaseParameter
from fraud.cases.disclosure_models import IdentityLift, SharedSignal
from fraud.cases.enums import ApprovalSubject, AuthorCategory, CaseOutcome, LiftGround
from fraud.cases.lifting import Deferral, lift
from fraud.cases.models import CaseReport
from fraud.cases.noting import change_case
from fraud.cases.opening import take_in_reports
from fraud.cases.sharing import share
from fraud.intake.enums import Severity
from tests.fraud.cases.agreed import agree
from tests.fraud.cases.rows import hold, make_sent_report

SHARE_SOURCE = "convention avec les mutuelles, essai"


def open_sharing(days: int = 90) -> None:
    CaseParameter.objects.create(code="share-days", value=days, valid_from=dt.date(2026, 1, 1), source=SHARE_SOURCE)


def disclose(
    person: InsuredPerson, *, by: User, second: User, deferral: Deferral | None = None, amc: str = "0000000021"
) -> tuple[IdentityLift, SharedSignal]:
    """A case of this person: their identity is lifted, a fault is established and a mutual told of it."""
    report = make_sent_report(person)
    take_in_reports()
    case = hold(CaseReport.objects.get(report=report).case, by=by)
    line, partner = report.lines.get(), PartnerInsurer.objects.create(code=amc)
    PartnerMembership.objects.create(insured_id=line.beneficiary_id, partner=partner, starts_on=line.care_start)
    accuse_lines(case.pk, line_ids=[line.pk], by=by)
    agreed = agree(case, ApprovalSubject.LIFT_IDENTITY, asked_by=by, granted_by=second, report_id=report.pk)
    lifted = lift(
        case.pk,
        approval_id=agreed.pk,
        ground=LiftGround.REQUISITION,
        reference="PV 2026/118",
        deferral=deferral,
        by=by,
    )
    change_case(case.pk, severity=Severity.HIGH, author_category=AuthorCategory.PROFESSIONAL, by=by)
    decide(case.pk, outcome=CaseOutcome.FAULT, by=by)
    agreed = agree(case, ApprovalSubject.SHARE, asked_by=by, granted_by=second, partner_id=partner.pk)
    return lifted, share(case.pk, approval_id=agreed.pk, by=by)

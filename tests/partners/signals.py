"""A case about a professional, established, and shared with a mutual by two people."""

import datetime as dt

from accounts.partners.models import PartnerInsurer
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.deciding import accuse_lines, decide
from fraud.cases.decision_models import CaseParameter, LegalBasis
from fraud.cases.disclosure_models import SharedSignal
from fraud.cases.enums import ApprovalSubject, AuthorCategory, CaseOutcome
from fraud.cases.models import CaseReport
from fraud.cases.noting import change_case
from fraud.cases.sharing import share
from fraud.cases.starting_rules import add_starting_rules
from fraud.intake.enums import Severity
from tests.fraud.cases.agreed import agree
from tests.fraud.cases.rows import hold
from tests.partners.alerts import make_public_report
from tests.partners.rows import join
from tests.reimbursements.payments.rows import make_person
from tests.staff import make_staff

SHARED_DAYS = 90


def make_signal(partner: PartnerInsurer, *, person: InsuredPerson | None = None) -> SharedSignal:
    """About care of a member of the mutual, who consented to nothing when none is given."""
    if person is None:
        person = make_person("Patiente")
        join(person, partner)
    add_starting_rules(CaseParameter.objects, LegalBasis.objects)
    CaseParameter.objects.get_or_create(
        code="share-days", valid_from=dt.date(2026, 1, 1), defaults={"value": SHARED_DAYS, "source": "essai"}
    )
    report = make_public_report(person)
    investigator, supervisor = _staff("agent-partage", Role.INVESTIGATOR), _staff("agent-accord", Role.SUPERVISOR)
    case = hold(CaseReport.objects.get(report=report).case, by=investigator)
    accuse_lines(case.pk, line_ids=[line.pk for line in report.lines.all()], by=investigator)
    change_case(case.pk, severity=Severity.HIGH, author_category=AuthorCategory.PROFESSIONAL, by=investigator)
    decide(case.pk, outcome=CaseOutcome.FAULT, by=investigator)
    agreed = agree(case, ApprovalSubject.SHARE, asked_by=investigator, granted_by=supervisor, partner_id=partner.pk)
    return share(case.pk, approval_id=agreed.pk, by=investigator)


def _staff(name: str, role: Role) -> User:
    return User.objects.filter(username=name).first() or make_staff(name, role=role)

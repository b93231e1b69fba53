"""The rows that tests/test_url_access.py needs for the pages of cases."""

import datetime as dt

from django.utils import timezone

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from fraud.cases.decision_models import CaseParameter, LegalBasis
from fraud.cases.disclosure_models import LiftBasis
from fraud.cases.models import CaseReport
from fraud.cases.opening import take_in_reports
from fraud.cases.staffing_models import AssignmentRule, CaseOpening, Workload
from fraud.cases.starting_rules import add_lift_bases, add_starting_rules
from fraud.staffing.models import Absence
from tests.fraud.cases.disclosed import disclose, open_sharing
from tests.fraud.cases.editions import make_edition
from tests.fraud.cases.rows import make_sent_report
from tests.reimbursements.payments.rows import make_person
from tests.staff import make_staff


def case_rows(person: InsuredPerson, user: User) -> dict[str, object]:
    """A new case about a report of this person, and one row of each page beside it."""
    add_starting_rules(CaseParameter.objects, LegalBasis.objects)
    add_lift_bases(LiftBasis.objects)
    report = make_sent_report(person)
    take_in_reports()
    case = CaseReport.objects.get(report=report).case
    today = timezone.localdate()
    opening = CaseOpening.objects.create(
        case=case, reason="urgency", asked_by=user, ends_at=timezone.now() - dt.timedelta(days=1)
    )
    basis = LegalBasis.objects.order_by("pk")[0]
    make_edition(2025)
    open_sharing()
    other = make_staff("agent-second")
    lifted, signal = disclose(make_person("Zacharie"), by=user, second=other)
    rule = AssignmentRule.objects.create(position=1, investigator=user)
    return {
        "case": case.pk,
        "fraud_fraudcase": case.pk,
        "fraud_caseopening": opening.pk,
        "fraud_assignmentrule": rule.pk,
        "fraud_workload": Workload.objects.create(investigator=user, most_cases=3).pk,
        "fraud_absence": Absence.objects.create(investigator=user, starts_on=today, ends_on=today).pk,
        "fraud_caseparameter": CaseParameter.objects.order_by("pk")[0].pk,
        "fraud_legalbasis": basis.pk,
        "fraud_liftbasis": LiftBasis.objects.order_by("pk")[0].pk,
        "fraud_identitylift": lifted.pk,
        "fraud_sharedsignal": signal.pk,
    }

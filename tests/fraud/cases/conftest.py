"""People of the console, and cases made the way the house makes them."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.decision_models import CaseParameter, LegalBasis
from fraud.cases.disclosure_models import LiftBasis
from fraud.cases.models import CaseReport, FraudCase
from fraud.cases.opening import take_in_reports
from fraud.cases.starting_rules import add_lift_bases, add_starting_rules
from tests.fraud.cases.rows import CaseMaker, hold, make_sent_report
from tests.reimbursements.payments.rows import make_person
from tests.staff import make_staff


@pytest.fixture
def case_rules(db: None) -> None:
    """The figures of the migration, also after a test that emptied every table."""
    add_starting_rules(CaseParameter.objects, LegalBasis.objects)
    add_lift_bases(LiftBasis.objects)


@pytest.fixture
def new_case(case_rules: None) -> CaseMaker:
    """Makes a case of one report, as the house takes it in."""

    def make(
        *, person: InsuredPerson | None = None, amount: str = "21.00", severity: int = 3, **line: Any
    ) -> FraudCase:
        report = make_sent_report(
            person or make_person("Zélie"), amount_at_stake=Decimal(amount), severity=severity, line=line
        )
        take_in_reports()
        return CaseReport.objects.get(report=report, unlinked_at=None).case

    return make


@pytest.fixture
def investigator(db: None) -> User:
    return make_staff("agent-enquete", role=Role.INVESTIGATOR)


@pytest.fixture
def supervisor(db: None) -> User:
    return make_staff("agent-supervision", role=Role.SUPERVISOR)


@pytest.fixture
def held_case(new_case: CaseMaker, investigator: User) -> FraudCase:
    """A case that the investigator has taken and begun."""
    return hold(new_case(), by=investigator)

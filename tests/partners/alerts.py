"""Members who reported something, for tests of what their mutual is told."""

from collections.abc import Iterable
from typing import Any

from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import PartnerInsurer
from accounts.people.models import InsuredPerson
from fraud.cases.opening import take_in_reports
from fraud.intake.models import FraudReport
from tests.fraud.cases.rows import make_sent_report
from tests.partners.rows import consent, join
from tests.reimbursements.payments.rows import make_person

ALERTS: Any = (ConsentPurpose.ALERTS,)
BOTH: Any = (ConsentPurpose.ALERTS, ConsentPurpose.PAYMENTS)


def make_alerted(partner: PartnerInsurer, purposes: Iterable[ConsentPurpose] = ALERTS) -> InsuredPerson:
    person = make_person("Membre")
    join(person, partner)
    consent(person, partner, purposes)
    return person


def make_public_report(person: InsuredPerson, *, snapshot: object = None, **line: Any) -> FraudReport:
    """A report about a line that is not under secrecy, unless its snapshot says so, in a case of its own."""
    frozen = {"is_confidential": False} if snapshot is None else snapshot
    report = make_sent_report(person, line={"snapshot": frozen, **line})
    take_in_reports()
    return report

"""Sent reports and cases for tests."""

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any, Protocol

from django.utils import timezone

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from fraud.cases.assigning import claim
from fraud.cases.enums import CaseStatus
from fraud.cases.models import FraudCase
from fraud.cases.moving import move_case, reports_of
from fraud.intake.models import FraudReport, ReportedLine
from fraud.intake.questionnaire.publishing import current
from tests.fraud.rows import make_report

RPPS = 10000000012
CARE_DAY = dt.date(2026, 3, 16)

_receipts = count(1)


class CaseMaker(Protocol):
    """What the fixture ``new_case`` gives."""

    def __call__(
        self, *, person: InsuredPerson | None = None, amount: str = "21.00", severity: int = 3, **line: Any
    ) -> FraudCase: ...


def make_sent_report(person: InsuredPerson, *, line: dict[str, Any] | None = None, **values: Any) -> FraudReport:
    """A received report with one frozen line of a professional."""
    report = make_report(
        person, receipt_no=f"SR{next(_receipts):012}", answers_sealed=None, fund_code="01C751000", **values
    )
    FraudReport.objects.filter(pk=report.pk).update(questionnaire=current())
    report.refresh_from_db()
    fields: dict[str, Any] = {
        "line_id": report.pk, "payment_date": CARE_DAY, "policyholder_id": person.pk, "beneficiary_id": person.pk,
        "nature_code": 1110, "amount_charged": 30, "title": "Consultation de votre médecin", "paid_to": "Cabinet essai",
        "snapshot": {"id": report.pk, "amount_paid": "21.00"}, "frozen_at": timezone.now(),
        "performer_rpps": RPPS, "care_start": CARE_DAY, "amount_paid": values.get("amount_at_stake", Decimal("21.00")),
    }  # fmt: skip
    ReportedLine.objects.create(insured=person, report=report, **{**fields, **(line or {})})
    return report


def hold(case: FraudCase, *, by: User) -> FraudCase:
    """The case, taken and begun."""
    claim(case.pk, by=by)
    return move_case(case.pk, to=CaseStatus.INVESTIGATING, by=by)


def add_lines(case: FraudCase, number: int) -> None:
    """So many more frozen lines in the case's first report, a day of care each."""
    report = reports_of(case).order_by("pk")[0]
    ReportedLine.objects.bulk_create(
        ReportedLine(
            insured_id=report.insured_id, report=report, line_id=10_000_000 + place, payment_date=CARE_DAY,
            policyholder_id=report.insured_id, beneficiary_id=report.insured_id, nature_code=1110,
            amount_charged=Decimal(30), amount_paid=Decimal(21), title=f"Soin numéro {place:04}", paid_to="Cabinet",
            care_start=CARE_DAY + dt.timedelta(days=place), performer_rpps=RPPS, frozen_at=timezone.now(),
            snapshot={"id": 10_000_000 + place},
        )
        for place in range(1, number + 1)
    )  # fmt: skip

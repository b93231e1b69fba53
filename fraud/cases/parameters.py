"""The dated figures of the house."""

import datetime as dt
from decimal import Decimal
from typing import Final

from fraud.cases.decision_models import CaseParameter
from fraud.cases.enums import ParameterCode
from fraud.intake.enums import Severity

DAYS: Final = {
    Severity.LOW: ParameterCode.DAYS_LOW,
    Severity.MEDIUM: ParameterCode.DAYS_MEDIUM,
    Severity.HIGH: ParameterCode.DAYS_HIGH,
}


class ParameterError(LookupError):
    """No figure holds on that day."""


def parameter(code: ParameterCode, *, day: dt.date) -> Decimal:
    """The figure that holds on a day. Raises ParameterError."""
    rows = CaseParameter.objects.on(day).filter(code=code).order_by("-valid_from")
    value: Decimal | None = rows.values_list("value", flat=True).first()
    if value is None:
        raise ParameterError(f"no value of {code} holds on {day}")
    return value


def working_days_for(severity: int, *, day: dt.date) -> int:
    """In how many working days a case of this severity is decided."""
    return int(parameter(DAYS[Severity(severity)], day=day))

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


class Figures(dict[str, Decimal]):
    """The figures that hold on ``day``, by their codes. Asking for one that does not hold raises ParameterError."""

    def __init__(self, day: dt.date) -> None:
        rows = CaseParameter.objects.on(day).order_by("valid_from").values_list("code", "value")
        super().__init__(rows)  # of two that hold, the one that began later
        self.day = day

    def __missing__(self, code: str) -> Decimal:
        raise ParameterError(f"no value of {code} holds on {self.day}")


def parameter(code: ParameterCode, *, day: dt.date) -> Decimal:
    """The figure that holds on a day. Raises ParameterError."""
    return Figures(day)[code]


def working_days_for(severity: int, *, day: dt.date) -> int:
    """In how many working days a case of this severity is decided."""
    return int(parameter(DAYS[Severity(severity)], day=day))

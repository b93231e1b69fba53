"""What the engine is told: the lines of one statement, who reads, and what was borne this year."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

CREATE: Final = "C"
CANCEL: Final = "A"
REGULARISE: Final = "R"
DUE: Final = "DUE"
STATUTORY: Final = 0
ZERO: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line of a statement, as the feed gives it. Amounts are signed euros, the rate is in percent."""

    line_no: int
    rem_type: int
    operation: str
    insured_id: int
    beneficiary_id: int
    beneficiary_quality: int
    care_start: dt.date
    care_end: dt.date | None
    payment_date: dt.date
    nature_code: int
    act_system: str
    act_code: str
    quantity: Decimal
    amount_charged: Decimal
    base_amount: Decimal
    rate_pct: Decimal
    amount_paid: Decimal
    excess_amount: Decimal
    exemption_reason: int | None
    care_path: int | None
    insurance_nature: int | None
    is_confidential: bool
    performer_specialty: str
    payee: int
    settlement_ref: str
    amc_code: str
    amc_amount: Decimal | None
    is_amc_transmitted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CopayStanding:
    """What a beneficiary has borne in a civil year, this statement included, in positive euros."""

    year: int
    was_minor: bool
    flat_contribution: Decimal = ZERO
    deductible: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who reads: decides between « vous », « votre enfant » and « votre proche ».

    ``standings``: by beneficiary, for the year of the care; without one, no counter is shown.
    """

    person_id: int
    standings: Mapping[int, CopayStanding] = field(default_factory=dict)

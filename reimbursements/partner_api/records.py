"""Lines as partners are told them: families instead of acts, amounts as decimal texts, ids of their own."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from ameli_notify.core.sql import fetch_all
from reimbursements.explanations.payees import DIRECT, DOCTOR, INTEGRAL_THIRD_PARTY, STATUTORY_THIRD_PARTY
from reimbursements.lines.models import LineOperation
from reimbursements.partner_api.identifiers import LineKey, line_identifier
from reimbursements.partner_api.schema import NATURE

OTHER: Final = "other"
ACT: Final = "act"
FLAT_CONTRIBUTION: Final = "flat_contribution"
DEDUCTIBLE: Final = "deductible"
KINDS: Final = (ACT, FLAT_CONTRIBUTION, DEDUCTIBLE)
OPERATIONS: Final = {
    LineOperation.CREATE: "created",
    LineOperation.CANCEL: "cancelled",
    LineOperation.REGULARISE: "regularised",
}
MEMBER: Final = "member"
CARE_GIVER: Final = "care_giver"
PAYEES: Final = {
    DIRECT: MEMBER,
    DOCTOR: CARE_GIVER,
    STATUTORY_THIRD_PARTY: CARE_GIVER,
    INTEGRAL_THIRD_PARTY: CARE_GIVER,
}
"""By the code of the payee; every other one is « other »."""

COLUMNS: Final = (
    "insured_id", "payment_date", "id", "emitter_code", "statement_no", "line_no", "rem_type", "operation",
    "care_start", "care_end", "nature_code", "payee", "amount_charged", "base_amount", "rate_pct", "amount_paid",
    "excess_amount", "amc_amount", "is_amc_transmitted",
)  # fmt: skip
"""Of a line, in the order that ``Recorder.record`` takes them."""

_NATURES: Final = f"""
SELECT code, valid_from, valid_to, family, is_flat_contribution, is_deductible FROM {NATURE} ORDER BY code, valid_from
"""


@dataclass(frozen=True, slots=True)
class _Nature:
    valid_from: dt.date
    valid_to: dt.date | None
    family: str
    kind: str


class Recorder:
    """Writes lines down for one partner. Made within ``as_partner``; one query."""

    def __init__(self, partner_id: int) -> None:
        self._partner_id = partner_id
        self._natures: dict[int, list[_Nature]] = {}
        for code, valid_from, valid_to, family, is_flat, is_deductible in fetch_all(_NATURES):
            kind = FLAT_CONTRIBUTION if is_flat else DEDUCTIBLE if is_deductible else ACT
            self._natures.setdefault(code, []).append(_Nature(valid_from, valid_to, family, kind))

    def record(self, member_id: UUID, line: Sequence[Any]) -> Mapping[str, object]:
        """One line, with COLUMNS."""
        (insured_id, payment_date, pk, emitter, statement_no, line_no, rem_type, operation, care_start, care_end,
         nature_code, payee, charged, base, rate, paid, excess, amc, is_transmitted) = line  # fmt: skip
        nature = self._nature(nature_code, care_start)
        key = LineKey(insured_id, payment_date, pk)
        return {
            "id": line_identifier(key, partner_id=self._partner_id),
            "member_id": str(member_id),
            "fund_code": emitter,
            "statement_no": str(statement_no),
            "line_no": line_no,
            "operation": OPERATIONS[operation],
            "kind": nature.kind if nature else ACT,
            "act_family": nature.family if nature else OTHER,
            "care_start": care_start.isoformat(),
            "care_end": care_end.isoformat() if care_end else None,
            "payment_date": payment_date.isoformat(),
            "payee": PAYEES.get(payee, OTHER),
            "remuneration_type": rem_type,
            "amount_charged": _decimal(charged),
            "base_amount": _decimal(base),
            "rate_pct": _decimal(rate),
            "amount_paid": _decimal(paid),
            "excess_amount": _decimal(excess),
            "partner_amount": None if amc is None else _decimal(amc),
            "is_sent_to_partner": is_transmitted,
        }

    def _nature(self, code: int, day: dt.date) -> _Nature | None:
        """What held on a day; a code that no period covers is of the latest."""
        known = self._natures.get(code, [])
        holding = (one for one in known if one.valid_from <= day and (one.valid_to is None or day <= one.valid_to))
        return next(holding, known[-1] if known else None)


def instant(at: dt.datetime) -> str:
    """``2026-10-19T08:00:00.000000Z``: UTC, one spelling."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _decimal(amount: Decimal) -> str:
    return f"{amount:.2f}"

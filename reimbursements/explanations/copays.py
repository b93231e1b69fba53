"""Participation forfaitaire and franchises: which line is which, and what the dated rules say."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.lines import DUE, LineView
from reimbursements.reference.rows import CopayRuleRow, NatureRow


class Counter(StrEnum):
    """What is counted up to a yearly ceiling of its own."""

    FLAT_CONTRIBUTION = "flat_contribution"
    DEDUCTIBLE = "deductible"


class CopayKind(StrEnum):
    """Kinds of the dated rules, and the deductible of which the feed does not say the kind."""

    FLAT_CONTRIBUTION = "flat_contribution"
    DEDUCTIBLE_MEDICINE = "deductible_medicine"
    DEDUCTIBLE_PARAMEDICAL = "deductible_paramedical"
    DEDUCTIBLE_TRANSPORT = "deductible_transport"
    DEDUCTIBLE = "deductible"

    @property
    def counter(self) -> Counter:
        return Counter.FLAT_CONTRIBUTION if self is CopayKind.FLAT_CONTRIBUTION else Counter.DEDUCTIBLE


class Settlement(StrEnum):
    """``WITHHELD`` on this payment, ``DUE`` on a later one, ``RECOVERED`` now for earlier care."""

    WITHHELD = "withheld"
    DUE = "due"
    RECOVERED = "recovered"


# Codes of IR_NAT_V: without third-party payment, then with it.
_KINDS: Final = {
    1951: CopayKind.FLAT_CONTRIBUTION,
    1952: CopayKind.FLAT_CONTRIBUTION,
    1971: CopayKind.DEDUCTIBLE_MEDICINE,
    1972: CopayKind.DEDUCTIBLE_MEDICINE,
    1973: CopayKind.DEDUCTIBLE_TRANSPORT,
    1974: CopayKind.DEDUCTIBLE_TRANSPORT,
    1975: CopayKind.DEDUCTIBLE_PARAMEDICAL,
    1976: CopayKind.DEDUCTIBLE_PARAMEDICAL,
}
THIRD_PARTY_NATURES: Final = frozenset({1952, 1972, 1974, 1976, 1978})
RULED_KINDS: Final = tuple(kind for kind in CopayKind if kind is not CopayKind.DEDUCTIBLE)
NAMES: Final = {
    Counter.FLAT_CONTRIBUTION: "[[participation forfaitaire|participation-forfaitaire-et-franchise]]",
    Counter.DEDUCTIBLE: "[[franchise médicale|participation-forfaitaire-et-franchise]]",
}
# Families of natures on which each kind is borne (CSS art. L. 160-13, II and III).
FAMILIES: Final = {
    "consultation": CopayKind.FLAT_CONTRIBUTION,
    "surgery": CopayKind.FLAT_CONTRIBUTION,
    "imaging": CopayKind.FLAT_CONTRIBUTION,
    "biology": CopayKind.FLAT_CONTRIBUTION,
    "medicine": CopayKind.DEDUCTIBLE_MEDICINE,
    "nursing": CopayKind.DEDUCTIBLE_PARAMEDICAL,
    "physiotherapy": CopayKind.DEDUCTIBLE_PARAMEDICAL,
    "paramedical": CopayKind.DEDUCTIBLE_PARAMEDICAL,
    "transport": CopayKind.DEDUCTIBLE_TRANSPORT,
}


@dataclass(frozen=True, slots=True)
class Copay:
    """A participation or deductible line. ``borne`` in positive euros when it costs the person something."""

    kind: CopayKind
    settlement: Settlement
    borne: Decimal

    @property
    def name(self) -> str:
        return NAMES[self.kind.counter]


def copay_of(line: LineView, nature: NatureRow | None) -> Copay | None:
    """What the line takes from the person, when its nature is one that takes."""
    if nature is None or not (nature.is_flat_contribution or nature.is_deductible):
        return None
    unruled = CopayKind.FLAT_CONTRIBUTION if nature.is_flat_contribution else CopayKind.DEDUCTIBLE
    return Copay(_KINDS.get(nature.code, unruled), _settlement(line), -line.amount_paid)


def yearly_ceiling(counter: Counter, book: ReferenceBook, *, on: dt.date) -> Decimal | None:
    """Euros a civil year; the three deductibles share one ceiling. None when no rule holds on the day."""
    caps = [rule.yearly_cap for rule in _rules(counter, book, on=on)]
    return max(caps, default=None)


def _rules(counter: Counter, book: ReferenceBook, *, on: dt.date) -> list[CopayRuleRow]:
    found = (book.copay_rule(kind, on=on) for kind in RULED_KINDS if kind.counter is counter)
    return [rule for rule in found if rule is not None]


def _settlement(line: LineView) -> Settlement:
    if line.settlement_ref == DUE:
        return Settlement.DUE
    return Settlement.RECOVERED if line.nature_code in THIRD_PARTY_NATURES else Settlement.WITHHELD

"""Participation and deductibles in force on a day, from the dated rules, in cents."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from reimbursements.reference.rows import CopayRuleRow
from reimbursements.simulation.settings import SimulationError


@dataclass(frozen=True, slots=True)
class Copay:
    """Cents; no daily ceiling is a ceiling out of reach."""

    amount: int
    daily: int
    yearly: int


@dataclass(frozen=True, slots=True)
class CopayTable:
    flat: Copay
    medicine: Copay
    paramedical: Copay
    transport: Copay


def copays_on(day: dt.date, rules: list[CopayRuleRow]) -> CopayTable:
    """The rules that hold on a day. Raises SimulationError when one is missing."""
    return CopayTable(
        flat=_copay("flat_contribution", day, rules),
        medicine=_copay("deductible_medicine", day, rules),
        paramedical=_copay("deductible_paramedical", day, rules),
        transport=_copay("deductible_transport", day, rules),
    )


def _copay(kind: str, day: dt.date, rules: list[CopayRuleRow]) -> Copay:
    for rule in rules:
        if rule.kind == kind and rule.valid_from <= day and (rule.valid_to is None or day <= rule.valid_to):
            daily = rule.yearly_cap if rule.daily_cap is None else rule.daily_cap
            return Copay(_cents(rule.amount), _cents(daily), _cents(rule.yearly_cap))
    raise SimulationError(f"Aucune règle « {kind} » n’est en vigueur le {day:%d/%m/%Y}.")


def _cents(euros: Decimal) -> int:
    return int(euros * 100)

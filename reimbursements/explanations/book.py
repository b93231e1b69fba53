"""The reference book: every dated reference row that an explanation may need, immutable."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from reimbursements.reference.rows import (
    ActRow,
    CodedRow,
    CopayRuleRow,
    DatedRow,
    NatureRow,
    PayeeRow,
    SpecialtyRow,
)

Row = TypeVar("Row", bound=DatedRow)
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceBook:
    """Rows by code, latest first. A label holds outside its period for want of a better one; an amount does not."""

    natures: Mapping[int, tuple[NatureRow, ...]]
    acts: Mapping[tuple[str, str], tuple[ActRow, ...]]
    specialties: Mapping[str, tuple[SpecialtyRow, ...]]
    payees: Mapping[int, tuple[PayeeRow, ...]]
    exemptions: Mapping[int, tuple[CodedRow, ...]]
    insurance_natures: Mapping[int, tuple[CodedRow, ...]]
    copay_rules: Mapping[str, tuple[CopayRuleRow, ...]]

    def nature(self, code: int, *, on: dt.date) -> NatureRow | None:
        return _label_row(self.natures.get(code, ()), on)

    def act(self, system: str, code: str, *, on: dt.date) -> ActRow | None:
        return _label_row(self.acts.get((system, code), ()), on)

    def act_in_force(self, system: str, code: str, *, on: dt.date) -> ActRow | None:
        """The row whose tariff and rate hold on the day, or nothing."""
        return _row_in_force(self.acts.get((system, code), ()), on)

    def specialty(self, code: str, *, on: dt.date) -> SpecialtyRow | None:
        return _label_row(self.specialties.get(code, ()), on)

    def payee(self, code: int, *, on: dt.date) -> PayeeRow | None:
        return _label_row(self.payees.get(code, ()), on)

    def exemption(self, code: int, *, on: dt.date) -> CodedRow | None:
        return _label_row(self.exemptions.get(code, ()), on)

    def insurance_nature(self, code: int, *, on: dt.date) -> CodedRow | None:
        return _label_row(self.insurance_natures.get(code, ()), on)

    def copay_rule(self, kind: str, *, on: dt.date) -> CopayRuleRow | None:
        return _row_in_force(self.copay_rules.get(kind, ()), on)

    def with_acts(self, acts: Iterable[ActRow]) -> "ReferenceBook":
        """The same book with other acts: a page needs only those of its lines."""
        return replace(self, acts=_indexed(acts, key=_act_key))


def make_book(
    *,
    natures: Iterable[NatureRow],
    acts: Iterable[ActRow],
    specialties: Iterable[SpecialtyRow],
    payees: Iterable[PayeeRow],
    exemptions: Iterable[CodedRow],
    insurance_natures: Iterable[CodedRow],
    copay_rules: Iterable[CopayRuleRow],
) -> ReferenceBook:
    return ReferenceBook(
        natures=_indexed(natures, key=lambda row: row.code),
        acts=_indexed(acts, key=_act_key),
        specialties=_indexed(specialties, key=lambda row: row.code),
        payees=_indexed(payees, key=lambda row: row.code),
        exemptions=_indexed(exemptions, key=lambda row: row.code),
        insurance_natures=_indexed(insurance_natures, key=lambda row: row.code),
        copay_rules=_indexed(copay_rules, key=lambda row: row.kind),
    )


def _act_key(row: ActRow) -> tuple[str, str]:
    return row.system, row.code


def _indexed(rows: Iterable[Row], *, key: Callable[[Row], Key]) -> Mapping[Key, tuple[Row, ...]]:
    by_key: dict[Key, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.valid_from, reverse=True):
        by_key[key(row)].append(row)
    return MappingProxyType({name: tuple(periods) for name, periods in by_key.items()})


def _row_in_force(rows: Sequence[Row], day: dt.date) -> Row | None:
    return next((row for row in rows if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)), None)


def _label_row(rows: Sequence[Row], day: dt.date) -> Row | None:
    return _row_in_force(rows, day) or (rows[0] if rows else None)

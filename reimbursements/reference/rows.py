"""Rows of the reference files: the column names of the files are the field names here and in the models."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedRow:
    """A fact that holds from ``valid_from`` to ``valid_to`` inclusive (None: still), and who says so."""

    key: ClassVar[tuple[str, ...]] = ("code", "valid_from")

    valid_from: dt.date
    valid_to: dt.date | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FundRow(DatedRow):
    key: ClassVar[tuple[str, ...]] = ("code",)

    code: str
    name: str
    department: str
    territory: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NatureRow(DatedRow):
    code: int
    key_letter: str
    label: str
    family: str
    plain_label: str
    is_confidential: bool
    is_flat_contribution: bool
    is_deductible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRow(DatedRow):
    """``tariff`` in euros and ``rate_pct`` in percent; None when the source does not say."""

    key: ClassVar[tuple[str, ...]] = ("system", "code", "valid_from")

    system: str
    code: str
    label: str
    plain_label: str
    tariff: Decimal | None
    rate_pct: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialtyRow(DatedRow):
    code: str
    label: str
    profession: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedRow(DatedRow):
    code: int
    label: str
    plain_label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeRow(CodedRow):
    is_third_party: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CopayRuleRow(DatedRow):
    """Euros; ``daily_cap`` None where the law sets none."""

    key: ClassVar[tuple[str, ...]] = ("kind", "valid_from")

    kind: str
    amount: Decimal
    daily_cap: Decimal | None
    yearly_cap: Decimal

"""What cases came to in a year: money by author, outcomes, delays. Figures about few cases are hidden outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Avg, Count, F
from django.utils import timezone

from ameli_notify.core.import_report import french_euros
from fraud.cases.decision_models import CaseAmount
from fraud.cases.enums import AmountKind, AuthorCategory, CaseOutcome
from fraud.cases.models import FraudCase

FEWEST: Final = 5
"""A figure about fewer cases could lead to somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorRow:
    """One author's row: an amount for each AmountKind in order, None where it is hidden."""

    author: str
    amounts: Sequence[Decimal | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """One outcome of the year's decisions; ``cases`` and ``days`` are None where they are hidden."""

    outcome: str
    cases: int | None
    share_pct: int | None
    days: int | None


def money_by_author(*, year: int, fewest: int = 0) -> list[AuthorRow]:
    """The table of the yearly results: authors by kinds, and the total of the year last.

    With ``fewest``, a cell about fewer cases is hidden, and the total of its column with it: a single hidden cell
    would otherwise be what is missing from the total.
    """
    found = {(row.author, row.kind): row for row in CaseAmount.objects.totals_by_author(year=year)}
    hidden_kinds = {kind for (_, kind), row in found.items() if row.cases < fewest}

    def cell(author: str, kind: str) -> Decimal | None:
        row = found.get((author, kind))
        if row is None:
            return Decimal(0)
        return None if row.cases < fewest else row.total

    def total(kind: str) -> Decimal | None:
        if kind in hidden_kinds:
            return None
        return sum((row.total for (_, of_kind), row in found.items() if of_kind == kind), Decimal(0))

    rows = [
        AuthorRow(author=author.label, amounts=[cell(author, kind) for kind in AmountKind]) for author in AuthorCategory
    ]
    return [*rows, AuthorRow(author="total", amounts=[total(kind) for kind in AmountKind])]


def outcomes(*, year: int, fewest: int = 0) -> list[OutcomeRow]:
    """How the year's decisions divide, and how many days they took from opening, on average.

    With ``fewest``, an outcome of fewer cases is hidden; one alone takes the next smallest with it, from whose share
    it could else be computed.
    """
    decided = FraudCase.objects.filter(decided_at__year=year).order_by("outcome")
    found = {
        row["outcome"]: row
        for row in decided.values("outcome").annotate(cases=Count("pk"), took=Avg(F("decided_at") - F("opened_at")))
    }
    number = sum(row["cases"] for row in found.values())
    hidden = _hidden({outcome: row["cases"] for outcome, row in found.items()}, fewest=fewest)
    rows = []
    for outcome in CaseOutcome:
        row = found.get(outcome)
        if row is None or outcome in hidden:
            none = 0 if row is None else None
            rows.append(OutcomeRow(outcome=outcome.label, cases=none, share_pct=none, days=None))
        else:
            share = round(100 * row["cases"] / number)
            rows.append(OutcomeRow(outcome=outcome.label, cases=row["cases"], share_pct=share, days=row["took"].days))
    return rows


def _hidden(counts: Mapping[str, int], *, fewest: int) -> set[str]:
    smallest_first = sorted(counts, key=lambda outcome: counts[outcome])
    few = sum(number < fewest for number in counts.values())
    return set(smallest_first[: 2 if few == 1 else few])


def results_page(query: Mapping[str, str]) -> dict[str, Any]:
    """What the page of results shows for what its form asks; an unreadable year is this year."""
    asked = query.get("annee", "")
    is_year = len(asked) == 4 and asked.isascii() and asked.isdigit() and asked > "1999"
    year = int(asked) if is_year else timezone.localdate().year
    fewest = FEWEST if query.get("public") == "oui" else 0
    return {
        "year": year,
        "is_public": fewest > 0,
        "fewest": FEWEST,
        "kinds": [kind.label for kind in AmountKind],
        "money": [
            {"author": row.author, "amounts": ["masqué" if one is None else french_euros(one) for one in row.amounts]}
            for row in money_by_author(year=year, fewest=fewest)
        ],
        "outcomes": outcomes(year=year, fewest=fewest),
    }

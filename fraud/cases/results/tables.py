"""The tables of results: who shows them says from how few on a figure is hidden."""

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from ameli_notify.core.import_report import french_euros, french_number
from fraud.cases.decision_models import CaseAmount
from fraud.cases.enums import AmountKind, AuthorCategory, CaseOutcome
from fraud.cases.results.counting import (
    delay_counts,
    motive_counts,
    outcome_counts,
    specialty_counts,
    specialty_money,
)
from fraud.cases.results.hiding import hidden_rows, is_total_safe
from fraud.cases.results.periods import Period
from fraud.intake.enums import Severity
from reimbursements.reference.models import Specialty


class Unit(StrEnum):
    """What the figures of a column are."""

    EUROS = "euros"
    COUNT = "count"
    PERCENT = "percent"
    DAYS = "days"


class Blank(StrEnum):
    """A cell without a figure: hidden, or nothing to count (the share of nothing)."""

    HIDDEN = "hidden"
    NOTHING = "nothing"


Cell = Decimal | int | Blank


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTable:
    """``heading`` names what the rows are, ``columns`` the figures with their unit."""

    code: str
    caption: str
    heading: str
    columns: tuple[tuple[str, Unit], ...]
    rows: tuple[ResultRow, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted at all."""
        return all(cell in (0, Blank.NOTHING) for row in self.rows for cell in row.cells)


MOTIVES_FR: Final[Mapping[str, str]] = {
    "acte-non-realise": "soin non réalisé",
    "montant-quantite": "montant ou quantité plus élevés",
    "acte-different": "soin différent",
    "carte-vitale": "carte Vitale utilisée",
    "professionnel-inconnu": "professionnel inconnu",
    "ordonnance": "ordonnance ou médicaments",
    "transport": "transport",
    "arret": "arrêt de travail",
    "autre": "autre",
}
"""Motives of every version of the questionnaire; another one is shown under its own name."""
NO_SPECIALTY: Final = "établissement, ou spécialité inconnue"


def result_tables(period: Period, *, fewest: int = 0) -> list[ResultTable]:
    """All tables of a period, in their order. ``fewest``: figures about fewer are hidden; 0 hides none."""
    return [
        money_by_author(period, fewest=fewest),
        money_by_specialty(period, fewest=fewest),
        outcomes(period, fewest=fewest),
        delays(period, fewest=fewest),
        reports_by_motive(period, fewest=fewest),
        false_alarms(period, fewest=fewest),
    ]


def money_by_author(period: Period, *, fewest: int = 0) -> ResultTable:
    """Euros by who would have done it and by what they stand for, net of corrections; the total last.

    Hidden cell by cell, each column for itself: no total of a row is shown.
    """
    found = CaseAmount.objects.totals_by_author(first=period.first, last=period.last)
    columns = []
    for kind in AmountKind:
        of_kind = {row.author: row for row in found if row.kind == kind}
        counts = {author: (row.cases, row.subjects) for author, row in of_kind.items()}
        hidden = hidden_rows(counts, fewest=fewest)
        cells: list[Cell] = [
            Blank.HIDDEN if author in hidden else of_kind[author].total if author in of_kind else Decimal(0)
            for author in AuthorCategory
        ]
        total = sum((row.total for row in of_kind.values()), Decimal(0))
        columns.append([*cells, total if is_total_safe(counts, hidden, fewest=fewest) else Blank.HIDDEN])
    labels = [*(str(author.label) for author in AuthorCategory), "total"]
    return ResultTable(
        code="montants",
        caption="Montants par auteur, corrections comprises",
        heading="Auteur",
        columns=tuple((str(kind.label), Unit.EUROS) for kind in AmountKind),
        rows=tuple(
            ResultRow(label=label, cells=cells) for label, cells in zip(labels, zip(*columns, strict=True), strict=True)
        ),
    )


def money_by_specialty(period: Period, *, fewest: int = 0) -> ResultTable:
    """What of it was about professionals, by specialty and by what it stands for; the total last.

    Hidden cell by cell. Where the totals by author hide what professionals come to, this column says nothing either:
    its sum would tell it.
    """
    found = specialty_money(period)
    names = _specialty_names({row.specialty for row in found}, day=period.last)
    specialties = sorted(names, key=lambda code: names[code])
    authors = CaseAmount.objects.totals_by_author(first=period.first, last=period.last)
    columns = []
    for kind in AmountKind:
        of_kind = {row.specialty: row for row in found if row.kind == kind}
        counts = {code: (row.cases, row.subjects) for code, row in of_kind.items()}
        by_author = {row.author: (row.cases, row.subjects) for row in authors if row.kind == kind}
        is_told = AuthorCategory.PROFESSIONAL not in hidden_rows(by_author, fewest=fewest)
        hidden = hidden_rows(counts, fewest=fewest) if is_told else frozenset(of_kind)
        cells: list[Cell] = [
            Blank.HIDDEN if code in hidden else of_kind[code].total if code in of_kind else Decimal(0)
            for code in specialties
        ]
        total = sum((row.total for row in of_kind.values()), Decimal(0))
        columns.append([*cells, total if is_told and is_total_safe(counts, hidden, fewest=fewest) else Blank.HIDDEN])
    labels = [*(names[code] for code in specialties), "total"]
    return ResultTable(
        code="montants-par-specialite",
        caption="Montants des professionnels de ville, par spécialité",
        heading="Spécialité",
        columns=tuple((str(kind.label), Unit.EUROS) for kind in AmountKind),
        rows=tuple(
            ResultRow(label=label, cells=cells) for label, cells in zip(labels, zip(*columns, strict=True), strict=True)
        ),
    )


def outcomes(period: Period, *, fewest: int = 0) -> ResultTable:
    """How the decisions of the period divide."""
    found = {row.outcome: row for row in outcome_counts(period)}
    number = sum(row.cases for row in found.values())
    hidden = hidden_rows({key: (row.cases, row.subjects) for key, row in found.items()}, fewest=fewest)
    rows = []
    for outcome in CaseOutcome:
        cases = found[outcome].cases if outcome in found else 0
        rows.append(_row(outcome.label, [cases, _share(cases, number)], is_hidden=outcome in hidden))
    return ResultTable(
        code="issues",
        caption="Décisions, par issue",
        heading="Issue",
        columns=(("dossiers", Unit.COUNT), ("part", Unit.PERCENT)),
        rows=tuple(rows),
    )


def delays(period: Period, *, fewest: int = 0) -> ResultTable:
    """How long decided cases took, gravest first, in whole days begun."""
    found = {row.severity: row for row in delay_counts(period)}
    hidden = hidden_rows({str(key): (row.cases,) for key, row in found.items()}, fewest=fewest)
    rows = []
    for severity in sorted(Severity, reverse=True):
        row = found.get(severity)
        cells: list[Cell] = [0, Blank.NOTHING, Blank.NOTHING]
        if row is not None:
            cells = [row.cases, math.ceil(row.median), math.ceil(row.ninth)]
        rows.append(_row(severity.label, cells, is_hidden=str(int(severity)) in hidden))
    return ResultTable(
        code="delais",
        caption="Délais de décision, par gravité",
        heading="Gravité",
        columns=(
            ("dossiers", Unit.COUNT),
            ("la moitié en moins de", Unit.DAYS),
            ("neuf sur dix en moins de", Unit.DAYS),
        ),
        rows=tuple(rows),
    )


def reports_by_motive(period: Period, *, fewest: int = 0) -> ResultTable:
    """From reports to outcomes: of those that came to one, how many were right that something was wrong."""
    found = {row.motive: row for row in motive_counts(period)}
    counts = {key: (row.received, row.anomalies, row.nothing, row.people) for key, row in found.items()}
    hidden = hidden_rows(counts, fewest=fewest)
    rows = []
    for motive in [*MOTIVES_FR, *sorted(found.keys() - MOTIVES_FR.keys())]:
        received, right, nothing, _ = counts.get(motive, (0, 0, 0, 0))
        cells = [received, right + nothing, right, _share(right, right + nothing)]
        rows.append(_row(MOTIVES_FR.get(motive, motive), cells, is_hidden=motive in hidden))
    return ResultTable(
        code="signalements",
        caption="Des signalements à leur issue, par motif",
        heading="Motif",
        columns=(
            ("signalements reçus", Unit.COUNT),
            ("arrivés à une issue", Unit.COUNT),
            ("dont anomalie", Unit.COUNT),
            ("part d’anomalies", Unit.PERCENT),
        ),
        rows=tuple(rows),
    )


def false_alarms(period: Period, *, fewest: int = 0) -> ResultTable:
    """Of the decided cases about a specialty, those in which nothing was held against anybody; most cases first."""
    found = specialty_counts(period)
    counts = {row.specialty: (row.anomalies, row.nothing, row.subjects) for row in found}
    hidden = hidden_rows(counts, fewest=fewest)
    names = _specialty_names(counts, day=period.last)
    # The order would tell how many: what is hidden stands last, by its name.
    found.sort(
        key=lambda row: (
            row.specialty in hidden,
            0 if row.specialty in hidden else -row.anomalies - row.nothing,
            names[row.specialty],
        )
    )
    rows = [
        _row(
            names[row.specialty],
            [row.anomalies + row.nothing, row.nothing, _share(row.nothing, row.anomalies + row.nothing)],
            is_hidden=row.specialty in hidden,
        )
        for row in found
    ]
    return ResultTable(
        code="fausses-alertes",
        caption="Fausses alertes, par spécialité",
        heading="Spécialité",
        columns=(("dossiers", Unit.COUNT), ("fausses alertes", Unit.COUNT), ("taux", Unit.PERCENT)),
        rows=tuple(rows),
    )


def said(cell: Cell, unit: Unit) -> str:
    """A cell in words: « 1 234,50 € », « 12 % », « masqué »."""
    if cell is Blank.HIDDEN:
        return "masqué"
    if cell is Blank.NOTHING:
        return "–"
    if unit is Unit.EUROS:
        return french_euros(Decimal(cell))
    text = french_number(int(cell))
    return {Unit.PERCENT: f"{text}\u00a0%", Unit.DAYS: f"{text}\u00a0j"}.get(unit, text)


def as_json(tables: Iterable[ResultTable]) -> list[dict[str, Any]]:
    """Tables as they are kept: amounts as text, blanks by their name."""
    return [
        {
            "code": table.code,
            "caption": table.caption,
            "heading": table.heading,
            "columns": [[label, str(unit)] for label, unit in table.columns],
            "rows": [
                {"label": row.label, "cells": [cell if isinstance(cell, int) else str(cell) for cell in row.cells]}
                for row in table.rows
            ],
        }
        for table in tables
    ]


def from_json(content: Iterable[Mapping[str, Any]]) -> list[ResultTable]:
    """The tables that ``as_json`` kept."""
    return [
        ResultTable(
            code=one["code"],
            caption=one["caption"],
            heading=one["heading"],
            columns=tuple((label, Unit(unit)) for label, unit in one["columns"]),
            rows=tuple(
                ResultRow(label=row["label"], cells=tuple(_cell(cell) for cell in row["cells"])) for row in one["rows"]
            ),
        )
        for one in content
    ]


def _cell(kept: int | str) -> Cell:
    if isinstance(kept, int):
        return kept
    return Blank(kept) if kept in set(Blank) else Decimal(kept)


def _row(label: str, cells: Sequence[Cell], *, is_hidden: bool) -> ResultRow:
    return ResultRow(label=str(label), cells=(Blank.HIDDEN,) * len(cells) if is_hidden else tuple(cells))


def _share(part: int, whole: int) -> Cell:
    """Per cent, rounded half up; nothing of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else Blank.NOTHING


def _specialty_names(codes: Iterable[str], *, day: dt.date) -> dict[str, str]:
    """Names by code; a specialty that the reference does not know by its code."""
    known = dict(Specialty.objects.on(day).filter(code__in=set(codes)).values_list("code", "label"))
    return {code: known.get(code, f"spécialité {code}") if code else NO_SPECIALTY for code in codes}

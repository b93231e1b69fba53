"""The page of results in the console: a period that somebody chooses, in full or as it would be published."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils import timezone

from fraud.cases.results.hiding import FEWEST
from fraud.cases.results.periods import Period
from fraud.cases.results.tables import ResultTable, result_tables, said

DAY: Final = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
"""A browser's own calendar takes days in this form only."""


class PeriodForm(forms.Form):
    """Days in the address, so that a page of results can be kept as a bookmark."""

    du = forms.DateField(label="Du", widget=DAY)
    au = forms.DateField(label="Au", widget=DAY)
    public = forms.BooleanField(label="Version publique", required=False)

    def clean(self) -> dict[str, Any]:
        """Published figures are those of whole years: periods that overlap would tell what is hidden in one of them."""
        data = super().clean() or {}
        first, last = data.get("du"), data.get("au")
        if first is None or last is None:
            return data
        if last < first:
            raise forms.ValidationError("La période finit avant de commencer.")
        if data["public"] and not Period(first, last).is_a_year:
            raise forms.ValidationError(
                "La version publique porte sur une année entière, du 1er janvier au 31 décembre : deux périodes qui se "
                "recoupent permettraient de retrouver ce qui est masqué."
            )
        return data


def asked_results(query: QueryDict) -> tuple[PeriodForm, list[ResultTable] | None]:
    """The form as it was sent, and its tables; None while it is wrong. Without a period: this year."""
    year = Period.of_year(timezone.localdate().year)
    data = {"du": query.get("du") or year.first, "au": query.get("au") or year.last, "public": query.get("public")}
    form = PeriodForm(data)
    if not form.is_valid():
        return form, None
    period = Period(form.cleaned_data["du"], form.cleaned_data["au"])
    return form, result_tables(period, fewest=FEWEST if form.cleaned_data["public"] else 0)


def shown(tables: Iterable[ResultTable]) -> list[dict[str, Any]]:
    """Tables in words, for a template; each cell with its column's name."""
    return [
        {
            "code": table.code,
            "caption": table.caption,
            "heading": table.heading,
            "columns": [label for label, _ in table.columns],
            "rows": [
                {
                    "label": row.label,
                    "cells": [
                        {"column": label, "text": said(cell, unit)}
                        for (label, unit), cell in zip(table.columns, row.cells, strict=True)
                    ],
                }
                for row in table.rows
            ],
        }
        for table in tables
    ]


def results_context(query: QueryDict) -> dict[str, Any]:
    """What the template shows for what its form asks."""
    form, tables = asked_results(query)
    this_year = timezone.localdate().year
    return {
        "form": form,
        "tables": None if tables is None else shown(tables),
        "fewest": FEWEST,
        "is_public": form.is_valid() and form.cleaned_data["public"],
        "years": [Period.of_year(year) for year in range(this_year, this_year - 4, -1)],
        "query": query.urlencode(),
    }


def file_name(first: dt.date, last: dt.date) -> str:
    """``resultats-2026-01-01-2026-12-31.csv``."""
    return f"resultats-{first.isoformat()}-{last.isoformat()}.csv"

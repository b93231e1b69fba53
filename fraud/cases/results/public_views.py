"""« Les signalements en chiffres »: what was published, the same for everybody; nothing is counted for a visitor."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from fraud.cases.results.export import results_csv
from fraud.cases.results.hiding import FEWEST
from fraud.cases.results.models import ResultsEdition
from fraud.cases.results.page import shown
from fraud.cases.results.publishing import edition_of, next_publication
from fraud.cases.results.tables import from_json


@login_not_required
@require_safe
def figures(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """The figures of a year, or of the latest one that was published."""
    edition = edition_of(year)
    if edition is None and year is not None:
        raise Http404
    next_year, next_on = next_publication(today=timezone.localdate())
    context = {
        "edition": edition,
        "tables": shown(from_json(edition.content)) if edition else [],
        "others": [] if edition is None else list(ResultsEdition.objects.exclude(pk=edition.pk).order_by("-year")),
        "next_year": next_year,
        "next_on": next_on,
        "fewest": FEWEST,
    }
    return render(request, "fraud/results/figures.html", context)


@login_not_required
@require_safe
def figures_csv(request: HttpRequest, year: int) -> HttpResponse:
    """The same figures for a spreadsheet."""
    edition = edition_of(year)
    if edition is None:
        raise Http404
    return HttpResponse(
        results_csv(from_json(edition.content)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="signalements-en-chiffres-{year}.csv"'},
    )

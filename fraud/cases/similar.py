"""Reports like those of a case: the same professional, the same motive, the same kind of care, about the same time."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db.models import Max, Min

from fraud.cases.models import CaseReport, FraudCase
from fraud.cases.moving import reports_of
from fraud.intake.models import FraudReport, ReportedLine
from fraud.intake.review import subject_of

AROUND: Final = dt.timedelta(days=183)
"""Care so long before the first or after the last reported care of the case is about the same time."""
MOST_SIMILAR: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarReport:
    """A report of another case. ``likeness``: what it has in common besides the professional."""

    report: FraudReport
    subject: str
    case: FraudCase | None
    likeness: str


def similar_reports(case: FraudCase) -> list[SimilarReport]:
    """About the same professional and the same time, most alike first, then newest; none without a known RPPS."""
    if case.performer_rpps is None:
        return []
    own = reports_of(case)
    lines = ReportedLine.objects.filter(report__in=own)
    span = lines.aggregate(first=Min("care_start"), last=Max("care_start"))
    if span["first"] is None:
        return []
    motives = set(own.values_list("motive", flat=True))
    natures = set(lines.values_list("nature_code", flat=True))
    found = (
        ReportedLine.objects.filter(
            performer_rpps=case.performer_rpps,
            care_start__range=(span["first"] - AROUND, span["last"] + AROUND),
            report__in=FraudReport.objects.sent(),
        )
        .exclude(report__in=own)
        .select_related("report")
    )
    alike: dict[int, tuple[FraudReport, set[int]]] = {}
    for line in found.order_by("-pk")[: MOST_SIMILAR * 10]:
        alike.setdefault(line.report_id, (line.report, set()))[1].add(line.nature_code)
    scored = sorted(
        alike.values(),
        key=lambda one: ((one[0].motive in motives) + bool(one[1] & natures), one[0].sent_at),
        reverse=True,
    )[:MOST_SIMILAR]
    links = CaseReport.objects.filter(report__in=[one[0] for one in scored], unlinked_at=None).select_related("case")
    cases = {link.report_id: link.case for link in links}
    return [
        SimilarReport(
            report=report,
            subject=subject_of(report),
            case=cases.get(report.pk),
            likeness=_likeness(has_motive=report.motive in motives, has_nature=bool(of & natures)),
        )
        for report, of in scored
    ]


def _likeness(*, has_motive: bool, has_nature: bool) -> str:
    words = [word for word, has in (("même motif", has_motive), ("même soin", has_nature)) if has]
    return " et ".join(words) or "même professionnel"

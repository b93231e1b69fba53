"""Reports like those of a case: the same professional, the same motive, the same kind of care, about the same time."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from ameli_notify.core.sql import fetch_all
from fraud.cases.models import FraudCase
from fraud.intake.enums import ReportStatus
from fraud.intake.review import subject_at

AROUND_DAYS: Final = 183
"""Care so long before the first or after the last reported care of the case is about the same time."""
MOST_SIMILAR: Final = 10
_LINES_READ: Final = 10 * MOST_SIMILAR
"""The newest of the professional's lines about that time; beyond, nobody would be told which is more alike."""

_ALIKE: Final = f"""
WITH own AS MATERIALIZED (
    SELECT report_id FROM fraud_casereport WHERE case_id = %(case)s AND unlinked_at IS NULL
), care AS MATERIALIZED (
    SELECT min(care_start) - %(around)s::int AS since, max(care_start) + %(around)s::int AS until,
        array_agg(DISTINCT nature_code) AS natures
    FROM own JOIN fraud_reportedline USING (report_id)
), told AS MATERIALIZED (
    SELECT array_agg(DISTINCT motive) AS motives FROM own JOIN fraud_fraudreport report ON report.id = own.report_id
), near AS (
    SELECT line.id, line.report_id, line.nature_code
    FROM care JOIN fraud_reportedline line ON line.care_start BETWEEN care.since AND care.until
    JOIN fraud_fraudreport report ON report.id = line.report_id
    WHERE line.performer_rpps = %(rpps)s AND report.status <> '{ReportStatus.DRAFT}'
        AND NOT EXISTS (SELECT FROM own WHERE own.report_id = line.report_id)
    ORDER BY line.id DESC LIMIT %(lines)s
), alike AS (
    SELECT report_id, max(id) AS newest, bool_or(nature_code = ANY (natures)) AS has_nature
    FROM near, care GROUP BY report_id
), judged AS (
    SELECT report.*, newest, has_nature, motive = ANY (motives) AS has_motive
    FROM alike JOIN fraud_fraudreport report ON report.id = report_id, told
)
SELECT receipt_no, sent_at, questionnaire_id, leaf, has_motive, has_nature, link.case_id
FROM judged LEFT JOIN fraud_casereport link ON link.report_id = judged.id AND link.unlinked_at IS NULL
ORDER BY has_motive::int + has_nature::int DESC, sent_at DESC, newest DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarReport:
    """A report of another case. ``likeness``: what it has in common besides the professional."""

    receipt_no: str
    sent_at: dt.datetime
    subject: str
    case: FraudCase | None
    likeness: str


def similar_reports(case: FraudCase) -> list[SimilarReport]:
    """About the same professional and the same time, most alike first, then newest; none without a known RPPS."""
    if case.performer_rpps is None:
        return []
    rows = fetch_all(
        _ALIKE,
        {
            "case": case.pk,
            "rpps": case.performer_rpps,
            "around": AROUND_DAYS,
            "lines": _LINES_READ,
            "most": MOST_SIMILAR,
        },
    )
    cases = FraudCase.objects.in_bulk({row[-1] for row in rows if row[-1] is not None})
    return [
        SimilarReport(
            receipt_no=receipt_no,
            sent_at=sent_at,
            subject=subject_at(questionnaire_id, leaf),
            case=cases.get(case_id),
            likeness=_likeness(has_motive=has_motive, has_nature=has_nature),
        )
        for receipt_no, sent_at, questionnaire_id, leaf, has_motive, has_nature, case_id in rows
    ]


def _likeness(*, has_motive: bool, has_nature: bool) -> str:
    words = [word for word, has in (("même motif", has_motive), ("même soin", has_nature)) if has]
    return " et ".join(words) or "même professionnel"

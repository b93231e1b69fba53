"""From a report to a case: nothing that was sent is left without one."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Sum
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.sql import fetch_value
from ameli_notify.core.working_calendar import add_working_days
from fraud.cases.enums import CaseEventKind
from fraud.cases.events import CaseError, locked_standing, record
from fraud.cases.models import CaseMerge, CaseReport, FraudCase
from fraud.cases.parameters import working_days_for
from fraud.intake.enums import ReportStatus
from fraud.intake.models import FraudReport

BATCH: Final = 500
_NEXT_RANK: Final = """
INSERT INTO fraud_casecounter (year, last) VALUES (%s, 1)
ON CONFLICT (year) DO UPDATE SET last = fraud_casecounter.last + 1 RETURNING last
"""


def take_in_reports() -> int:
    """Give each received report without a case one; returns how many. Twice at once does it once.

    A report that joins another about the same line goes to the other's case while that is open.
    """
    linked = CaseReport.objects.filter(report=OuterRef("pk"), unlinked_at=None)
    waiting = FraudReport.objects.filter(~Exists(linked), status=ReportStatus.RECEIVED)
    ids = list(waiting.order_by("-severity", "sent_at").values_list("pk", flat=True)[:BATCH])
    return sum(_take_in(report_id) for report_id in ids)


@transaction.atomic
def _take_in(report_id: int) -> bool:
    report = FraudReport.objects.select_for_update(of=("self",)).sent().get(pk=report_id)
    if CaseReport.objects.filter(report=report, unlinked_at=None).exists():
        return False
    joined = CaseReport.objects.filter(report=report.joins_id, unlinked_at=None).select_related("case").first()
    if report.joins_id is not None and joined is not None and joined.case.is_open:
        link_report(joined.case_id, report=report, by=None)
    else:
        open_case([report], by=None)
    return True


def open_case(reports: Sequence[FraudReport], *, by: User | None) -> FraudCase:
    """A new case about reports that are in none; in the caller's transaction. Raises CaseError without a report."""
    if not reports:
        raise CaseError("Un dossier s’ouvre avec au moins un signalement.")
    today = timezone.localdate()
    severity = max(report.severity or 1 for report in reports)
    rpps, finess = _performer(reports)
    case = FraudCase.objects.create(
        year=today.year,
        rank=fetch_value(_NEXT_RANK, [today.year]),
        severity=severity,
        fund_code=reports[0].fund_code,
        performer_rpps=rpps,
        performer_finess=finess,
        opened_by=by,
        due_on=add_working_days(_received_on(reports), working_days_for(severity, day=today)),
    )
    record(case, CaseEventKind.OPENED, by=by, after={"severity": severity, "due_on": case.due_on.isoformat()})
    for report in reports:
        link(case, report, by=by)
    refresh_stake(case)
    return case


def link_report(case_id: int, *, report: FraudReport, by: User | None) -> FraudCase:
    """Link one more report to an open case, in the caller's transaction. Raises CaseError."""
    case = locked_standing(case_id)
    if not case.is_open:
        raise CaseError("Ce dossier est clos : rouvrez-le d’abord.")
    link(case, report, by=by)
    refresh_stake(case)
    return case


def unlink(link: CaseReport, *, by: User | None) -> None:
    """End a link, in the caller's transaction."""
    link.unlinked_at, link.unlinked_by = timezone.now(), by
    link.save(update_fields=["unlinked_at", "unlinked_by"])
    record(link.case, CaseEventKind.UNLINKED, by=by, before={"report": link.report_id})


def link(case: FraudCase, report: FraudReport, *, by: User | None, merge: CaseMerge | None = None) -> None:
    """Begin a link, in the caller's transaction; ``refresh_stake`` comes after the last one."""
    CaseReport.objects.create(case=case, report=report, merge=merge, linked_by=by)
    record(case, CaseEventKind.LINKED, by=by, after={"report": report.pk})


def refresh_stake(case: FraudCase) -> None:
    """Money at stake and severity follow the reports that are linked now; severity never falls by itself.

    While other cases are merged into it, what it would be without them is kept beside.
    """
    refresh_amount(case)
    case.severity = max(case.severity, _worst_of(case))
    if case.severity_alone is not None:
        case.severity_alone = max(case.severity_alone, _worst_of(case, case_links__merge=None))
    case.save(update_fields=["severity", "severity_alone"])


def refresh_amount(case: FraudCase) -> None:
    """Money at stake follows the reports that are linked now."""
    linked = FraudReport.objects.filter(case_links__case=case, case_links__unlinked_at=None)
    case.amount_at_stake = linked.aggregate(amount=Sum("amount_at_stake"))["amount"] or Decimal(0)
    case.save(update_fields=["amount_at_stake"])


def _worst_of(case: FraudCase, **links: object) -> int:
    """The gravest of the reports that are linked now, 0 without any; ``links`` says which links count."""
    linked = FraudReport.objects.filter(case_links__case=case, case_links__unlinked_at=None, **links)
    return linked.aggregate(worst=Max("severity"))["worst"] or 0


def _performer(reports: Sequence[FraudReport]) -> tuple[int | None, str]:
    """The professional and the establishment that all lines share, each alone; nothing when they differ."""
    lines = [line for report in reports for line in report.lines.all()]
    rpps = {line.performer_rpps for line in lines}
    finess = {line.performer_finess for line in lines}
    return (rpps.pop() if len(rpps) == 1 else None, finess.pop() if len(finess) == 1 else "")


def _received_on(reports: Sequence[FraudReport]) -> dt.date:
    """Deadlines count from the day on which the first report came."""
    return min(timezone.localdate(report.sent_at or timezone.now()) for report in reports)

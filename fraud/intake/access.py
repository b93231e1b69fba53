"""The doors through which an insured person's own reports are read: behind the wall, by their public id."""

import uuid
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.identity.models import OpenSession
from accounts.identity.perms import View as SessionView
from accounts.identity.perms import insured_required
from ameli_notify.core.walls import as_insured
from fraud.intake.enums import ReportStatus
from fraud.intake.lines import LineKey
from fraud.intake.models import FraudReport, ReportAttachment, ReportedLine, ReportEvent, ReportMessage
from fraud.intake.walls import OWN_COLUMNS

_P = ParamSpec("_P")
_M = TypeVar("_M", bound=Model)
Guarded = Callable[..., HttpResponseBase]
DraftView = Callable[Concatenate[HttpRequest, OpenSession, FraudReport, _P], HttpResponseBase]

_TABLES: Final = (FraudReport, ReportedLine, ReportAttachment, ReportMessage, ReportEvent)
_COLUMNS: Final[dict[type[Model], tuple[str, ...]]] = {model: OWN_COLUMNS[model._meta.db_table] for model in _TABLES}


def own_report(insured_id: int, public_id: uuid.UUID) -> FraudReport:
    """A draft or a sent report of this person. Raises Http404 for what is not theirs, and for an overdue draft."""
    with as_insured(insured_id):
        report = _own(FraudReport).filter(insured_id=insured_id, public_id=public_id).first()
    if report is None or (report.expires_at is not None and report.expires_at <= timezone.now()):
        raise Http404
    return report


def own_reports(insured_id: int) -> list[FraudReport]:
    """Newest first, drafts among them; overdue drafts are gone."""
    with as_insured(insured_id):
        found = list(_own(FraudReport).filter(insured_id=insured_id).order_by("-started_at", "-id"))
    now = timezone.now()
    return [report for report in found if report.expires_at is None or report.expires_at > now]


def own_lines(report: FraudReport) -> list[ReportedLine]:
    with as_insured(report.insured_id):
        return list(_own(ReportedLine).filter(report_id=report.pk).order_by("payment_date", "line_id"))


def titles_by_report(insured_id: int) -> dict[int, list[str]]:
    """What each report of the person is about, in the words of « Mes paiements »; each title once. One query."""
    titles: dict[int, list[str]] = defaultdict(list)
    with as_insured(insured_id):
        lines = ReportedLine.objects.filter(insured_id=insured_id).order_by("payment_date", "line_id")
        for report_id, title in lines.values_list("report_id", "title"):
            if title not in titles[report_id]:
                titles[report_id].append(title)
    return titles


def keys_by_report(insured_id: int) -> dict[int, set[LineKey]]:
    """The lines of each report of the person. One query."""
    keys: dict[int, set[LineKey]] = defaultdict(set)
    with as_insured(insured_id):
        lines = ReportedLine.objects.filter(insured_id=insured_id)
        for report_id, day, line_id in lines.values_list("report_id", "payment_date", "line_id"):
            keys[report_id].add((day, line_id))
    return keys


def own_attachments(report: FraudReport) -> list[ReportAttachment]:
    with as_insured(report.insured_id):
        return list(_own(ReportAttachment).filter(report_id=report.pk).order_by("added_at", "id"))


def own_messages(report: FraudReport) -> list[ReportMessage]:
    with as_insured(report.insured_id):
        return list(_own(ReportMessage).filter(report_id=report.pk).order_by("written_at", "id"))


def own_events(report: FraudReport) -> list[ReportEvent]:
    with as_insured(report.insured_id):
        return list(_own(ReportEvent).filter(report_id=report.pk).order_by("id"))


def unread_counts(insured_id: int) -> dict[int, int]:
    """Messages of the house that were not read, by report."""
    with as_insured(insured_id):
        rows = _own(ReportMessage).filter(insured_id=insured_id, author="staff", read_at=None)
        reports = list(rows.values_list("report_id", flat=True))
    return {report: reports.count(report) for report in set(reports)}


def _own(model: type[_M]) -> QuerySet[_M]:
    """Only the columns that the insured person's role may read."""
    return model._default_manager.only(*_COLUMNS[model])


def draft_required(view: DraftView[_P]) -> Guarded:
    """Give the view the person's draft. What was sent meanwhile leads to its page; anything else is not found."""

    @wraps(view)
    def guarded(
        request: HttpRequest, session: OpenSession, public_id: uuid.UUID, *args: _P.args, **kwargs: _P.kwargs
    ) -> HttpResponseBase:
        report = own_report(session.account.insured_id, public_id)
        if report.status != ReportStatus.DRAFT:
            return redirect("report", public_id=public_id)
        return view(request, session, report, *args, **kwargs)

    return insured_required(cast("SessionView[...]", guarded))


def report_required(view: DraftView[_P]) -> Guarded:
    """Give the view the person's sent report; a draft leads to its next page, anything else is not found."""

    @wraps(view)
    def guarded(
        request: HttpRequest, session: OpenSession, public_id: uuid.UUID, *args: _P.args, **kwargs: _P.kwargs
    ) -> HttpResponseBase:
        report = own_report(session.account.insured_id, public_id)
        if report.status == ReportStatus.DRAFT:
            return redirect("report-draft", public_id=public_id)
        return view(request, session, report, *args, **kwargs)

    return insured_required(cast("SessionView[...]", guarded))


def to_draft(report: FraudReport, name: str = "report-draft", **kwargs: str) -> HttpResponse:
    """To a page of a draft."""
    return HttpResponseRedirect(reverse(name, kwargs={"public_id": report.public_id, **kwargs}))

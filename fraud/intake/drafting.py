"""A draft from its first line to the moment before it is sent. Each step is kept when it is taken."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.utils import timezone

from ameli_notify.core.sql import run
from fraud.intake.enums import ReportStatus
from fraud.intake.lines import PaidLine
from fraud.intake.models import FraudReport, ReportedLine
from fraud.intake.questionnaire.publishing import current, published
from fraud.intake.questionnaire.structure import Explanation, ReportLeaf, Step
from fraud.intake.sealed import Answer, answers_of, seal_answers
from fraud.intake.walking import FILES, walk, with_answer

KEPT: Final = dt.timedelta(days=183)
"""Six months from the last change."""
MOST_DRAFTS: Final = 20
MOST_LINES: Final = 30

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class TooManyDraftsError(Exception):
    """The person has as many drafts as the house keeps."""


class NoLineError(ValueError):
    """A report needs at least one line that its author may see, and at most MOST_LINES."""


def lock_person(insured_id: int) -> None:
    """One change of somebody's reports at a time, until the transaction ends."""
    run(_LOCK, [f"fraud.reports|{insured_id}"])


@transaction.atomic
def start_draft(insured_id: int, *, lines: Sequence[PaidLine], motive: str = "") -> FraudReport:
    """A new draft about these lines, or the one that is already there about the same.

    ``lines`` were read as the person. ``motive`` answers the first page. Raises NoLineError, TooManyDraftsError.
    """
    lock_person(insured_id)
    if not lines or len(lines) > MOST_LINES:
        raise NoLineError
    known = draft_about(insured_id, lines=lines)
    if known is not None:
        return known
    if FraudReport.objects.for_person(insured_id).drafts().count() >= MOST_DRAFTS:
        raise TooManyDraftsError
    version = current()
    draft = FraudReport(
        insured_id=insured_id,
        questionnaire=version,
        expires_at=timezone.now() + KEPT,
        step=published(version.pk).first,
    )
    draft.answers_sealed = seal_answers(draft, _first_answer(version.pk, motive))
    _place(draft)
    draft.save()
    ReportedLine.objects.bulk_create(reported_line(draft, line) for line in lines)
    return draft


def draft_about(insured_id: int, *, lines: Sequence[PaidLine]) -> FraudReport | None:
    """The person's draft about just these lines, if there is one."""
    wanted = {line.key for line in lines}
    drafts = FraudReport.objects.for_person(insured_id).drafts().prefetch_related("lines")
    return next(
        (one for one in drafts if {(line.payment_date, line.line_id) for line in one.lines.all()} == wanted), None
    )


def save_answer(draft_id: int, answer: Answer) -> FraudReport:
    """Keep one page's answer; ``step`` of the result is where the way goes on. Raises DoesNotExist for what is sent."""
    with transaction.atomic():
        draft = _locked(draft_id)
        draft.answers_sealed = seal_answers(draft, with_answer(answers_of(draft), answer))
        _place(draft)
        _keep(draft)
    return draft


def go_to(draft_id: int, step: str) -> FraudReport:
    """Note the page after the questionnaire that the person has reached."""
    with transaction.atomic():
        draft = _locked(draft_id)
        draft.step = step
        _keep(draft)
    return draft


@transaction.atomic
def choose_lines(draft_id: int, *, lines: Sequence[PaidLine]) -> FraudReport:
    """Replace the lines of a draft. Raises NoLineError."""
    if not lines or len(lines) > MOST_LINES:
        raise NoLineError
    draft = _locked(draft_id)
    draft.lines.all().delete()
    ReportedLine.objects.bulk_create(reported_line(draft, line) for line in lines)
    _keep(draft)
    return draft


@transaction.atomic
def discard(draft_id: int) -> None:
    """Throw a draft away with all that hangs on it; what was sent stays."""
    FraudReport.objects.drafts().filter(pk=draft_id).delete()


def own_draft_id(insured_id: int, public_id: uuid.UUID) -> int | None:
    """The id of a draft of this person; None for everybody else's, and for what is sent or overdue."""
    drafts = FraudReport.objects.for_person(insured_id).drafts().filter(expires_at__gt=timezone.now())
    return drafts.filter(public_id=public_id).values_list("pk", flat=True).first()


def reported_line(report: FraudReport, line: PaidLine) -> ReportedLine:
    """The unsaved row of a line, not frozen."""
    return ReportedLine(
        insured_id=report.insured_id,
        report=report,
        line_id=line.line_id,
        payment_date=line.payment_date,
        policyholder_id=line.policyholder_id,
        beneficiary_id=line.beneficiary_id,
        care_start=line.care_start,
        nature_code=line.nature_code,
        performer_rpps=line.performer_rpps,
        performer_finess=line.performer_finess,
        amount_charged=line.amount_charged,
        amount_paid=line.amount_paid,
        title=line.title,
        paid_to=line.paid_to,
    )


def _locked(draft_id: int) -> FraudReport:
    return FraudReport.objects.select_for_update().get(pk=draft_id, status=ReportStatus.DRAFT)


def _keep(draft: FraudReport) -> None:
    draft.expires_at = timezone.now() + KEPT
    draft.save(update_fields=["answers_sealed", "step", "motive", "leaf", "expires_at", "updated_at"])


def _first_answer(version_id: int, motive: str) -> list[Answer]:
    questionnaire = published(version_id)
    first = questionnaire.step(questionnaire.first)
    return [Answer(step=first.name, choice=motive, story="")] if first.option(motive) else []


def _place(draft: FraudReport) -> None:
    """Where the answers lead: the next page, and the leaf once there is one."""
    way = walk(published(draft.questionnaire_id), answers_of(draft))
    draft.answers_sealed = seal_answers(draft, way.answers)
    draft.motive = way.end.motive if isinstance(way.end, ReportLeaf) else ""
    draft.leaf = "" if isinstance(way.end, Step) else way.end.name
    draft.step = way.end.name if isinstance(way.end, Step | Explanation) else FILES

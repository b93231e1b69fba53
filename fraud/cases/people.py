"""The people of a case and what they wrote, for whoever has leave; each read goes into the access log."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from fraud.cases.models import FraudCase
from fraud.cases.moving import reports_of
from fraud.cases.staffing_models import CaseOpening
from fraud.intake.attachments import attachments_of
from fraud.intake.following import messages_of
from fraud.intake.models import FraudReport, ReportAttachment
from fraud.intake.review import AnswerRow, answers_in_words
from fraud.intake.sealed import open_name, open_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidMessage:
    """One message in clear; ``by`` in words."""

    by: str
    written_at: object
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnveiledReport:
    """A report with its sender and their words."""

    report: FraudReport
    name: str
    answers: list[AnswerRow]
    messages: list[SaidMessage]
    attachments: list[tuple[ReportAttachment, str]]


@transaction.atomic
def unveiled_reports(
    reports: Iterable[FraudReport], *, case: FraudCase, opening: CaseOpening, by: User
) -> list[UnveiledReport]:
    """These reports of a case in clear, each logged for its sender with the reason that was given."""
    found = []
    for report in reports:
        log_seen(report, case=case, opening=opening, by=by)
        person = InsuredPerson.objects.only("birth_name", "usage_name", "first_names").get(pk=report.insured_id)
        found.append(
            UnveiledReport(
                report=report,
                name=f"{person.first_names} {person.usage_name or person.birth_name}",
                answers=answers_in_words(report),
                messages=[
                    SaidMessage(
                        by="la personne" if one.author == "insured" else "l’Assurance Maladie",
                        written_at=one.written_at,
                        text=open_text(one),
                    )
                    for one in messages_of(report)
                ],
                attachments=[(one, open_name(one)) for one in attachments_of(report)],
            )
        )
    return found


@transaction.atomic
def attachment_in_case(
    case: FraudCase, public_id: uuid.UUID, *, opening: CaseOpening, by: User
) -> ReportAttachment | None:
    """A document of one of the case's reports, logged; None when it is of none."""
    found = ReportAttachment.objects.filter(report__in=reports_of(case), public_id=public_id).first()
    if found is not None:
        log_seen(found.report, case=case, opening=opening, by=by)
    return found


def log_seen(report: FraudReport, *, case: FraudCase, opening: CaseOpening, by: User) -> None:
    """Its author reads in their list of accesses who saw it, for which case and why."""
    log_access(
        by=by,
        action=AccessAction.VIEW,
        object_kind="fraud.fraudreport",
        object_id=report.pk,
        insured_id=report.insured_id,
        reason=f"dossier {case.number} : {opening.get_reason_display()}",
    )

"""« Doute sur un paiement », the result of a call: made a report of the person who had the doubt.

The calls are polled, since they know nothing of reports. The report's public identifier is made from the call's, so
that the database forbids a second one for the same call; a run that was missed is made up for by the next one.
"""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.people.models import InsuredPerson
from ameli_notify.core.crypto import key_ring
from fraud.intake.enums import Author, EventKind, ReportStatus
from fraud.intake.following import write_message
from fraud.intake.models import FraudReport, ReportEvent
from fraud.intake.questionnaire.publishing import current, published
from fraud.intake.sealed import Answer, seal_answers
from fraud.intake.sending import save_with_number
from fraud.intake.walking import reported_leaf, walk
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.claiming.models import CallAttempt
from reimbursements.explanations.typography import french_date

LOOK_BACK: Final = dt.timedelta(days=90)
"""How old a call may be that no run has seen yet."""
BATCH: Final = 500
_REPORTS: Final = uuid.UUID("0f9c1f0a-6f0f-5d0c-8d35-8e8f0c0a6b52")
"""Name space of the identifiers of these reports (RFC 9562, 5.5)."""
_TOLD: Final = (
    "Lors de notre appel, vous avez dit à un conseiller que vous aviez un doute sur un paiement. Il l’a transmis, et "
    "ce signalement est le vôtre. Dites-nous ici quel paiement vous fait douter, si vous ne l’avez pas encore dit. Si "
    "le doute est levé, vous pouvez retirer ce signalement."
)


def take_in_doubts() -> int:
    """Make a report of each call in which a doubt was told and that has none; returns how many.

    Twice at once makes one.
    """
    since = timezone.now() - LOOK_BACK
    doubts = CallAttempt.objects.filter(disposition=Disposition.FRAUD_DOUBT, ended_at__gte=since)
    ids = {report_id_of(attempt_id): attempt_id for attempt_id in doubts.order_by("pk").values_list("pk", flat=True)}
    known = FraudReport.objects.filter(public_id__in=ids).values_list("public_id", flat=True)
    waiting = sorted(attempt_id for public_id, attempt_id in ids.items() if public_id not in set(known))
    return sum(_take_in(attempt_id) for attempt_id in waiting[:BATCH])


def report_id_of(attempt_id: int) -> uuid.UUID:
    """The public identifier of the report that a call becomes."""
    return uuid.uuid5(_REPORTS, str(attempt_id))


def _take_in(attempt_id: int) -> bool:
    """Whether the report was made now, with its event and its message, in one transaction."""
    attempt = CallAttempt.objects.select_related("adviser").get(pk=attempt_id)
    try:
        with transaction.atomic():
            report = _report_of(attempt)
            ReportEvent.objects.create(
                insured_id=report.insured_id, report=report, kind=EventKind.SENT, author=Author.STAFF,
                status=report.status, actor_id=attempt.adviser_id,
            )  # fmt: skip
            write_message(report.pk, text=_TOLD, by=attempt.adviser)
    except IntegrityError:
        if FraudReport.objects.filter(public_id=report_id_of(attempt_id)).exists():
            return False  # another worker was faster
        raise
    return True


def _report_of(attempt: CallAttempt) -> FraudReport:
    """A received report without lines: the person has named no payment yet."""
    version = current()
    answers = [
        Answer(step="motif", choice="autre", story=""),
        Answer(step="autre", choice="", story=_noted(attempt)),
    ]
    questionnaire = published(version.pk)
    leaf = reported_leaf(questionnaire, walk(questionnaire, answers).end)
    if leaf is None:
        raise RuntimeError("the questionnaire has no longer a way to tell of any other doubt")
    person = InsuredPerson.objects.only("fund_code").get(pk=attempt.insured_id)
    report = FraudReport(
        public_id=report_id_of(attempt.pk), insured_id=attempt.insured_id, questionnaire=version,
        status=ReportStatus.RECEIVED, sent_at=timezone.now(), motive=leaf.motive, leaf=leaf.name,
        severity=leaf.severity, fund_code=person.fund_code, amount_at_stake=Decimal(0),
    )  # fmt: skip
    report.answers_sealed = seal_answers(report, answers)
    save_with_number(report)
    return report


def _noted(attempt: CallAttempt) -> str:
    """The adviser's note, said to be theirs."""
    note = "" if attempt.note_sealed is None else key_ring().open(attempt.note_sealed, context=attempt.note_context)
    day = french_date(timezone.localdate(attempt.ended_at))
    return f"Noté par un conseiller, au téléphone, le {day} : {note}"

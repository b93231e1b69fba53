"""« Accueil » of « Mon espace »: the last message, alerts, what is new."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone

from accounts.identity.activity import sign_ins
from accounts.identity.models import OpenSession
from ameli_notify.core.walls import as_insured
from ameli_notify.my_space.alerts import ACTIVITY_SHOWN, Alert, alerts_of, waiting_number
from ameli_notify.my_space.appointment_alerts import appointment_alerts
from ameli_notify.my_space.conversation_alerts import conversation_alerts
from ameli_notify.my_space.report_alerts import report_alerts
from outreach.my_messages.reading import last_message
from outreach.my_messages.rows import Message
from reimbursements.payments.listing import latest_payments
from reimbursements.payments.news import payments_since
from reimbursements.payments.statements import StatementRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """``news_fr`` is empty at the first visit: nothing is new to somebody who was never here."""

    alerts: tuple[Alert, ...]
    news_fr: str
    message: Message | None
    payments: tuple[StatementRow, ...]
    year: int


def home_of(request: HttpRequest, session: OpenSession) -> Home:
    """What the page shows to the person of a session."""
    person = session.account.insured
    now = timezone.now()
    with as_insured(person.pk):
        visits = sign_ins(person.pk, session_started_at=session.started_at, since=now - ACTIVITY_SHOWN)
        message = last_message(person)
        alerts = [
            *alerts_of(person, new_devices=visits.from_new_device, last_message=message),
            *appointment_alerts(person.pk),
        ]
    news = ""
    if visits.last is not None:
        news = news_fr(payments_since(request, visits.last.at))
    return Home(
        alerts=(*conversation_alerts(person.pk), *report_alerts(person.pk), *alerts, *waiting_number(person)),
        news_fr=news,
        message=message,
        payments=latest_payments(request),
        year=timezone.localdate(now).year,
    )


def news_fr(count: int) -> str:
    """How many payments came in since the last visit."""
    if count == 0:
        return "Aucun nouveau paiement depuis votre dernière visite."
    return (
        "Un nouveau paiement depuis votre dernière visite."
        if count == 1
        else f"{count} nouveaux paiements depuis votre dernière visite."
    )

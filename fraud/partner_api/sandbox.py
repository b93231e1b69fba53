"""An alert to try the API with: a member of the sandbox reports a payment, by the services that people use."""

from typing import Final

from django.utils import timezone

from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import MemberConsent
from fraud.cases.opening import take_in_reports
from fraud.intake.drafting import save_answer, start_draft
from fraud.intake.lines import latest_lines, reader_for
from fraud.intake.sealed import Answer
from fraud.intake.sending import send_report
from fraud.partner_api.enums import AlertStatus
from fraud.partner_api.models import PartnerAlert
from fraud.partner_api.publishing import publish_alerts
from reimbursements.reference.models import NatureReference

MOTIVE: Final = "acte-non-realise"
NEVER: Final = "jamais"
WORDS_FR: Final = "Je n’ai jamais eu ce rendez-vous."
_ASKED: Final = 40
"""Members who are looked at for a payment that can be reported."""


def open_alert(partner_id: int) -> int:
    """Make sure that there is an alert, where any member has a payment; returns how many are open.

    Nobody can report before reference data is loaded: a payment has no words yet.
    """
    publish_alerts()
    for person_id in _consenting(partner_id) if NatureReference.objects.exists() else ():
        if _open(partner_id):
            break
        if _report(person_id):
            take_in_reports()
            publish_alerts()
    return _open(partner_id)


def _consenting(partner_id: int) -> list[int]:
    given = MemberConsent.objects.filter(partner_id=partner_id, purpose=ConsentPurpose.ALERTS, withdrawn_at=None)
    return list(given.order_by("insured_id").values_list("insured_id", flat=True)[:_ASKED])


def _open(partner_id: int) -> int:
    return PartnerAlert.objects.filter(partner_id=partner_id).exclude(status=AlertStatus.REMOVED).count()


def _report(person_id: int) -> bool:
    """Of the person's own latest payment; False without one."""
    lines = latest_lines(reader_for(person_id, today=timezone.localdate()), most=1)
    own = [line for line in lines if line.beneficiary_id == person_id]
    if not own:
        return False
    draft = start_draft(person_id, lines=own, motive=MOTIVE)
    save_answer(draft.pk, Answer(step=MOTIVE, choice=NEVER, story=WORDS_FR))
    send_report(draft.pk, insured_id=person_id)
    return True

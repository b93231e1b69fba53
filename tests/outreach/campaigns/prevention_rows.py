"""Prevention campaigns made the way the staff makes them, and people whom they may invite."""

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from outreach.campaigns.prevention.enums import Arm, PreventionStatus
from outreach.campaigns.prevention.listing import advance_lists
from outreach.campaigns.prevention.models import PreventionCampaign, PreventionPerson
from outreach.campaigns.prevention.services import approve_prevention, create_prevention, move_prevention
from tests.reimbursements.payments.rows import make_person


def definition(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Bilan des soixante ans",
        "legal_basis": "RGPD, art. 6.1.e ; CSP, art. L. 1411-6-2",
        "bands": ["60-65"],
        "funds": [],
        "months_without_visit": None,
        "without_doctor": False,
        "means": "messages",
        "control_share": 50,
        **changes,
    }


def make_prevention(*, by: User | None = None, **changes: Any) -> PreventionCampaign:
    """A draft."""
    return create_prevention(definition(**changes), by=by or staff("agent-auteur"))


def make_listed(*, by: User | None = None, **changes: Any) -> PreventionCampaign:
    """With its frozen list."""
    return freeze(make_prevention(by=by, **changes))


def freeze(campaign: PreventionCampaign) -> PreventionCampaign:
    move_prevention(campaign.pk, to=PreventionStatus.LISTING, by=staff("agent-auteur"))
    advance_lists()
    campaign.refresh_from_db()
    return campaign


def launch(campaign: PreventionCampaign) -> PreventionCampaign:
    """Listed, approved by two, running since today."""
    freeze(campaign)
    for name in ("agent-un", "agent-deux"):
        approve_prevention(campaign.pk, by=staff(name))
    return move_prevention(campaign.pk, to=PreventionStatus.RUNNING, by=staff("agent-un"))


def staff(username: str) -> User:
    return User.objects.get_or_create(username=username)[0]


def make_sixty(name: str, *, age: int = 62, **fields: Any) -> InsuredPerson:
    """Somebody of an age at which a check-up is offered."""
    today = timezone.localdate()
    return make_person(name, born=today - dt.timedelta(days=365 * age + 100), **{"has_email": True, **fields})


def arm_of(person: InsuredPerson) -> str:
    return PreventionPerson.objects.get(insured=person).arm


def surround_with_prevention(person: InsuredPerson) -> None:
    """An invitation of theirs, and a campaign that compares with them, which nobody shows them."""
    campaign = make_prevention()
    PreventionPerson.objects.create(
        campaign=campaign, insured=person, band="60-65", arm=Arm.INVITED, invited_at=timezone.now()
    )
    PreventionPerson.objects.create(campaign=make_prevention(), insured=person, band="60-65", arm=Arm.CONTROL)

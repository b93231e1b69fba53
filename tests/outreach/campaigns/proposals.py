"""Campaigns that a mutual proposed, for tests."""

import datetime as dt

from django.utils import timezone

from accounts.partners.models import PartnerInsurer
from outreach.campaigns.proposals.models import CampaignProposal


def make_proposal(partner: PartnerInsurer | None = None) -> CampaignProposal:
    first = timezone.localdate() + dt.timedelta(days=10)
    return CampaignProposal.objects.create(
        partner=partner or PartnerInsurer.objects.create(code="99000090", name="Mutuelle d’essai"),
        name="Bilan de prévention",
        purpose="check_up",
        rationale="Peu de nos membres ont fait leur bilan.",
        starts_on=first,
        ends_on=first + dt.timedelta(days=30),
        min_age=45,
    )

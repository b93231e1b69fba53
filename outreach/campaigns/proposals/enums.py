"""Closed lists of a proposal, in the words of the API."""

from typing import Final

from django.db import models

from outreach.campaigns.campaign.enums import CampaignPurpose, CampaignStatus


class ProposalPurpose(models.TextChoices):
    """What a mutual may propose calls for. Never what follows from an illness: who has one is not its to know."""

    TREATING_DOCTOR = "treating_doctor", "recherche d’un médecin traitant"
    CHECK_UP = "check_up", "bilan de prévention"


PURPOSES: Final = {
    ProposalPurpose.TREATING_DOCTOR: CampaignPurpose.TREATING_DOCTOR,
    ProposalPurpose.CHECK_UP: CampaignPurpose.CHECK_UP,
}


class ProposalStatus(models.TextChoices):
    """``proposed`` until it is ``accepted`` by two people, which makes a draft of it, or ``refused`` by one."""

    PROPOSED = "proposed", "à examiner"
    ACCEPTED = "accepted", "acceptée"
    REFUSED = "refused", "refusée"


class RefusalReason(models.TextChoices):
    """Why a proposal is refused, as the mutual reads it."""

    PERIOD = "period", "période impossible"
    AUDIENCE = "audience", "public trop large ou trop étroit"
    ALREADY_PLANNED = "already_planned", "déjà prévue par l’Assurance Maladie"
    PURPOSE = "purpose", "finalité qui ne justifie pas d’appels"


CALL_STATES: Final = {
    CampaignStatus.DRAFT: "preparing",
    CampaignStatus.COUNTED: "preparing",
    CampaignStatus.READY: "preparing",
    CampaignStatus.RUNNING: "running",
    CampaignStatus.PAUSED: "paused",
    CampaignStatus.CLOSED: "closed",
}
"""Of the campaign that came of a proposal, as the mutual reads it."""

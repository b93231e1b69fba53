"""Closed lists of a campaign, and the one table of where it may go."""

from collections.abc import Mapping
from typing import Final

from django.db import models


class CampaignPurpose(models.TextChoices):
    """Why people are called."""

    FOLLOW_UP = "follow-up", "suivi d’une affection de longue durée"
    TREATING_DOCTOR = "treating-doctor", "recherche d’un médecin traitant"
    CHECK_UP = "check-up", "bilan de prévention"


class CampaignStatus(models.TextChoices):
    """``draft → counted → ready → running ⇄ paused → closed``; see NEXT. Only a draft can be changed."""

    DRAFT = "draft", "en préparation"
    COUNTED = "counted", "comptée"
    READY = "ready", "approuvée"
    RUNNING = "running", "en cours"
    PAUSED = "paused", "suspendue"
    CLOSED = "closed", "close"


NEXT: Final[Mapping[CampaignStatus, frozenset[CampaignStatus]]] = {
    CampaignStatus.DRAFT: frozenset({CampaignStatus.COUNTED, CampaignStatus.CLOSED}),
    CampaignStatus.COUNTED: frozenset({CampaignStatus.DRAFT, CampaignStatus.READY, CampaignStatus.CLOSED}),
    CampaignStatus.READY: frozenset({CampaignStatus.RUNNING, CampaignStatus.CLOSED}),
    CampaignStatus.RUNNING: frozenset({CampaignStatus.PAUSED, CampaignStatus.CLOSED}),
    CampaignStatus.PAUSED: frozenset({CampaignStatus.RUNNING, CampaignStatus.CLOSED}),
    CampaignStatus.CLOSED: frozenset(),
}
"""Where a campaign may go. The database refuses any other step, see ``outreach.campaigns.campaign.schema``."""

APPROVED: Final = (CampaignStatus.READY, CampaignStatus.RUNNING, CampaignStatus.PAUSED)
"""States in which the people of a campaign are its own: no other campaign takes them."""


class CampaignEventKind(models.TextChoices):
    """What happened to a campaign."""

    CREATED = "created", "campagne créée"
    CHANGED = "changed", "définition modifiée"
    ASKED = "asked", "comptage demandé"
    MOVED = "moved", "changement d’état"
    APPROVED = "approved", "approbation"
    FROZEN = "frozen", "liste figée"
    REFRESHED = "refreshed", "liste revue"
    FREED = "freed", "appel libéré"

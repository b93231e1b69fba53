"""Closed lists of prevention campaigns, and the one table of where one may go."""

from collections.abc import Mapping
from typing import Final

from django.db import models


class AgeBand(models.TextChoices):
    """The ages of the check-ups of « Mon bilan prévention » (décret 2024-512, CSP, art. L. 1411-6-2)."""

    YOUNG = "18-25", "18 à 25 ans"
    MIDDLE = "45-50", "45 à 50 ans"
    SIXTIES = "60-65", "60 à 65 ans"
    SEVENTIES = "70-75", "70 à 75 ans"


class Means(models.TextChoices):
    """How the people of the invited arm are invited."""

    MESSAGES = "messages", "messages"
    CALLS = "calls", "appels"
    BOTH = "both", "messages et appels"


class Arm(models.TextChoices):
    """Who is invited; and who is not, so that there is something to compare with."""

    INVITED = "invited", "personnes invitées"
    CONTROL = "control", "groupe témoin"


class PreventionStatus(models.TextChoices):
    """``draft → listing → listed → ready → running → closed``; see NEXT. Only a draft can be changed.

    A listed one can become a draft again: its list and the words given for it no longer count.
    """

    DRAFT = "draft", "en préparation"
    LISTING = "listing", "mise en liste"
    LISTED = "listed", "liste figée"
    READY = "ready", "approuvée"
    RUNNING = "running", "en cours"
    CLOSED = "closed", "close"


NEXT: Final[Mapping[PreventionStatus, frozenset[PreventionStatus]]] = {
    PreventionStatus.DRAFT: frozenset({PreventionStatus.LISTING, PreventionStatus.CLOSED}),
    PreventionStatus.LISTING: frozenset({PreventionStatus.LISTED, PreventionStatus.CLOSED}),
    PreventionStatus.LISTED: frozenset({PreventionStatus.DRAFT, PreventionStatus.READY, PreventionStatus.CLOSED}),
    PreventionStatus.READY: frozenset({PreventionStatus.RUNNING, PreventionStatus.CLOSED}),
    PreventionStatus.RUNNING: frozenset({PreventionStatus.CLOSED}),
    PreventionStatus.CLOSED: frozenset(),
}
"""Where one may go. The database refuses any other step, see ``outreach.campaigns.prevention.schema``."""


class PreventionEventKind(models.TextChoices):
    """What happened to a prevention campaign."""

    CREATED = "created", "campagne créée"
    CHANGED = "changed", "définition modifiée"
    MOVED = "moved", "changement d’état"
    APPROVED = "approved", "approbation"

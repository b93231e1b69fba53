"""Closed lists of conversations."""

from django.db import models


class ConversationStatus(models.TextChoices):
    """``waiting`` for an adviser ``-> open -> closed``; also from waiting to closed, when the person gives up."""

    WAITING = "waiting", "en attente d’un conseiller"
    OPEN = "open", "en cours"
    CLOSED = "closed", "terminée"


class Origin(models.TextChoices):
    """Where a person asked for an adviser."""

    ASSISTANT = "assistant", "assistant"
    FORM = "form", "formulaire de signalement"
    REPORT = "report", "page d’un signalement"
    SPACE = "space", "mon espace"


class Speaker(models.TextChoices):
    """Who wrote a message of a conversation."""

    INSURED = "insured", "la personne"
    ADVISER = "adviser", "le conseiller"


class TransferReason(models.TextChoices):
    """Why a conversation changes hands."""

    ABSENCE = "absence", "absence du conseiller"
    GIVEN_BACK = "given-back", "rendue par le conseiller"
    SUPERVISION = "supervision", "décision de la supervision"


class Satisfaction(models.TextChoices):
    """« Avez-vous eu la réponse que vous attendiez ? »"""

    YES = "yes", "Oui"
    PARTLY = "partly", "En partie"
    NO = "no", "Non"

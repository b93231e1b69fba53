"""Closed lists of an alert, in the words of the API."""

from typing import Final

from django.db import models

from fraud.intake.enums import Severity


class AlertKind(models.TextChoices):
    """What is in doubt; never what exactly is said against it. A habit of billing comes with detection."""

    PAYMENT = "payment", "des paiements"
    PATTERN = "pattern", "une façon de facturer"


class AlertSource(models.TextChoices):
    """Who doubts: the member, the house in a case that holds a payment, or, later, an automatic detection."""

    REPORT = "report", "signalement du membre"
    CASE = "case", "dossier de l’Assurance Maladie"
    DETECTION = "detection", "détection automatique"


class AlertStatus(models.TextChoices):
    """``open`` until the house has answered the member. ``removed``: nothing of it may be told any more."""

    OPEN = "open", "en cours"
    CONFIRMED = "confirmed", "anomalie confirmée"
    CORRECTED = "corrected", "paiement corrigé"
    NOT_ESTABLISHED = "not_established", "anomalie non établie"
    REMOVED = "removed", "retirée"


class Verdict(models.TextChoices):
    """What a mutual made of an alert."""

    CONFIRMED = "confirmed", "anomalie confirmée par la mutuelle"
    UNFOUNDED = "unfounded", "alerte infondée selon la mutuelle"
    ALREADY_HANDLED = "already_handled", "déjà traitée par la mutuelle"


WITH_AMOUNT: Final = (Verdict.CONFIRMED, Verdict.ALREADY_HANDLED)
"""Verdicts beside which something can have been recovered."""

SEVERITIES: Final = {Severity.LOW: "low", Severity.MEDIUM: "medium", Severity.HIGH: "high"}

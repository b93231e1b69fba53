"""Closed lists of appointments: where one stands, what happened to it, what makes one difficult."""

from collections.abc import Mapping
from typing import Final

from django.db import models


class AppointmentStatus(models.TextChoices):
    """``planned → kept | missed | cancelled``; a missed or cancelled one that gets a new date is planned again."""

    PLANNED = "planned", "prévu"
    KEPT = "kept", "honoré"
    MISSED = "missed", "manqué"
    CANCELLED = "cancelled", "annulé"


MOVABLE: Final = (AppointmentStatus.PLANNED, AppointmentStatus.MISSED, AppointmentStatus.CANCELLED)
"""States in which an appointment can get another date."""
ENDINGS: Final = (AppointmentStatus.KEPT, AppointmentStatus.MISSED, AppointmentStatus.CANCELLED)


class AppointmentEventKind(models.TextChoices):
    """What happened to an appointment."""

    PLANNED = "planned", "noté"
    MOVED = "moved", "déplacé"
    KEPT = "kept", "honoré"
    MISSED = "missed", "manqué"
    CANCELLED = "cancelled", "annulé"


EVENT_OF: Final[Mapping[AppointmentStatus, AppointmentEventKind]] = {
    AppointmentStatus.KEPT: AppointmentEventKind.KEPT,
    AppointmentStatus.MISSED: AppointmentEventKind.MISSED,
    AppointmentStatus.CANCELLED: AppointmentEventKind.CANCELLED,
}


class Obstacle(models.TextChoices):
    """What a person says makes seeing a doctor difficult: the codes of call centres, as the person means them."""

    NO_NEW_PATIENTS = "no-new-patients", "Aucun médecin ne prend de nouveau patient"
    DELAY = "delay", "Délai trop long"
    DISTANCE = "distance", "Trop loin"
    TRANSPORT = "transport", "Pas de moyen de transport"
    COST = "cost", "Coût ou avance de frais"
    TIME = "time", "Pas de temps : travail, enfants, proche à aider"
    MOBILITY = "mobility", "Difficulté à se déplacer"
    BOOKING = "booking", "Difficulté à prendre rendez-vous"
    LANGUAGE = "language", "Langue"
    WORRY = "worry", "Appréhension"
    ALREADY_FOLLOWED = "already-followed", "Déjà suivie ailleurs"
    REFUSES = "refuses", "Ne le souhaite pas"
    OTHER = "other", "Autre raison"

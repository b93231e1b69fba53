"""Closed lists about insured people and how they are reached."""

from django.db import models


class Sex(models.IntegerChoices):
    """First digit of the NIR."""

    MALE = 1, "homme"
    FEMALE = 2, "femme"


class ContactKind(models.TextChoices):
    """What an address is good for."""

    EMAIL = "email", "adresse e-mail"
    MOBILE = "mobile", "téléphone mobile"
    LANDLINE = "landline", "téléphone fixe"


class PreferredChannel(models.TextChoices):
    """How the person wants the ten-day digest (feed format assures-v1)."""

    EMAIL = "email", "e-mail"
    SMS = "sms", "SMS"
    POST = "post", "courrier"
    NONE = "none", "aucun message"


class Purpose(models.TextChoices):
    """Why we write or call; a refusal of one is no refusal of the others."""

    DIGEST = "digest", "information de paiement"
    CALLS = "calls", "appels d’accompagnement"
    INFORMATION = "information", "information de prévention"


class EndReason(models.TextChoices):
    """Why an address is no longer current."""

    REPLACED = "replaced", "remplacée"
    WITHDRAWN = "withdrawn", "retirée"
    BOUNCED = "bounced", "n’existe plus"


class DirectoryKind(models.TextChoices):
    """The two directories that precede the lines."""

    PERSONS = "persons", "assurés"
    PROFESSIONALS = "professionals", "professionnels de santé"

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


class PreferenceAnswer(models.TextChoices):
    """What somebody answered for a purpose: a channel, plain consent where there is but one, or a refusal."""

    EMAIL = "email", "e-mail"
    SMS = "sms", "SMS"
    POST = "post", "courrier"
    YES = "yes", "accepté"
    NONE = "none", "refusé"


class ContactSource(models.TextChoices):
    """Who gave an address. One that the person gave and verified outlives the files of the fund."""

    FEED = "feed", "fichier de la caisse"
    PERSON = "person", "saisie dans Mon espace"


class EndReason(models.TextChoices):
    """Why an address is no longer current, or never was."""

    REPLACED = "replaced", "remplacée"
    WITHDRAWN = "withdrawn", "retirée"
    BOUNCED = "bounced", "n’existe plus"
    NOT_USED = "not-used", "reçue, non utilisée"


class DirectoryKind(models.TextChoices):
    """The two directories that precede the lines."""

    PERSONS = "persons", "assurés"
    PROFESSIONALS = "professionals", "professionnels de santé"

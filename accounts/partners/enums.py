"""Closed lists about partner insurers."""

from django.db import models


class PartnerState(models.TextChoices):
    """Whether a partner is connected. One that a file of the fund merely names is not."""

    NOT_CONNECTED = "not-connected", "non relié"
    ACTIVE = "active", "relié"
    PAUSED = "paused", "suspendu"


class ConsentPurpose(models.TextChoices):
    """What a member lets a partner have; consent to one is no consent to the others."""

    PAYMENTS = "payments", "remboursements"
    ALERTS = "alerts", "alertes de fraude"
    CAMPAIGNS = "campaigns", "appels communs"


class Scope(models.TextChoices):
    """What a client may be allowed to ask for (RFC 6749, 3.3)."""

    MEMBERS_READ = "members.read", "lire les membres"
    REIMBURSEMENTS_READ = "reimbursements.read", "lire les remboursements"
    ALERTS_READ = "alerts.read", "lire les alertes"
    EXPORT = "export", "exporter"
    CAMPAIGNS_WRITE = "campaigns.write", "proposer des appels"
    WEBHOOKS_MANAGE = "webhooks.manage", "gérer les avis"


class StateCause(models.TextChoices):
    """What a change of state came from."""

    DECIDED = "decided", "décision"
    ANOMALY = "anomaly", "volume inhabituel"


class KeySetError(models.TextChoices):
    """Why the last look at a client's JWKS address gave nothing. The first seven are those of ``core.outgoing``."""

    UNFIT_URL = "unfit-url", "adresse inacceptable"
    UNKNOWN_NAME = "unknown-name", "nom introuvable"
    REFUSED_ADDRESS = "refused-address", "adresse réseau interdite"
    UNREACHABLE = "unreachable", "connexion impossible"
    UNTRUSTED = "untrusted", "certificat refusé"
    TOO_SLOW = "too-slow", "délai dépassé"
    BAD_ANSWER = "bad-answer", "réponse illisible ou trop longue"
    STATUS = "status", "réponse autre que 200"
    NO_KEY_SET = "no-key-set", "ce n’est pas un jeu de clés"
    PRIVATE_KEY = "private-key", "une clé privée est publiée"
    NO_FIT_KEY = "no-fit-key", "aucune clé utilisable"

"""How a partner's machines prove who they are: clients, their public keys, what was granted to them.

Nothing here speaks of a person. No secret of a partner is known here: a key is the public half, a token is kept as
a keyed hash.
"""

import uuid
from typing import Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.lookups import LessThanOrEqual

from accounts.partners.enums import KeySetError, Scope
from accounts.partners.models import PartnerInsurer
from accounts.partners.networks import MOST_NETWORKS

DEFAULT_PER_MINUTE: Final = 600
_WITHDRAWN_BY_SOMEBODY: Final = Q(withdrawn_at=None, withdrawn_by="") | (
    Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="")
)
_NETWORKS_SET_BY_SOMEBODY: Final = Q(networks_set_at=None, networks_set_by="") | (
    Q(networks_set_at__isnull=False) & ~Q(networks_set_by="")
)
_NETWORKS: Final = models.Func(
    models.F("allowed_networks"), function="jsonb_array_length", output_field=models.IntegerField()
)


class PartnerClient(models.Model):
    """One program of a partner. ``scopes``: the most that it can be granted.

    ``jwks_url``: where its keys are fetched from besides those that were registered (``partners.key_sets``).
    ``certificate_thumbprints``: when there are any, tokens are given to, and taken from, these client certificates
    only (RFC 8705, ``partners.certificates``).
    ``allowed_networks``: when there are any, from these networks only (``partners.networks``).
    """

    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="clients", verbose_name="organisme")
    client_id = models.UUIDField("identifiant client", default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("nom", max_length=80)
    scopes = models.JSONField("droits", default=list)
    requests_per_minute = models.PositiveIntegerField(
        "requêtes par minute",
        default=DEFAULT_PER_MINUTE,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
    )
    jwks_url = models.CharField("adresse de ses clés (JWKS)", max_length=500, blank=True, default="", db_default="")
    jwks_tried_at = models.DateTimeField("clés demandées le", null=True, blank=True)
    jwks_fetched_at = models.DateTimeField("clés obtenues le", null=True, blank=True)
    jwks_error = models.CharField(
        "dernier échec", max_length=20, choices=KeySetError, blank=True, default="", db_default=""
    )
    certificate_thumbprints = models.JSONField("empreintes des certificats", default=list, db_default=[])
    allowed_networks = models.JSONField("réseaux autorisés", default=list, db_default=[])
    networks_set_at = models.DateTimeField("réseaux choisis le", null=True, blank=True)
    networks_set_by = models.CharField("réseaux choisis par", max_length=150, blank=True, default="", db_default="")
    created_at = models.DateTimeField("créé le", auto_now_add=True)
    created_by = models.CharField("créé par", max_length=150)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)
    withdrawn_by = models.CharField("retiré par", max_length=150, blank=True)

    class Meta:
        verbose_name = "programme d’un partenaire"
        verbose_name_plural = "programmes des partenaires"
        constraints = [
            models.CheckConstraint(condition=_WITHDRAWN_BY_SOMEBODY, name="client_withdrawn_by_somebody"),
            models.CheckConstraint(condition=Q(requests_per_minute__gte=1), name="client_may_ask"),
            models.CheckConstraint(condition=_NETWORKS_SET_BY_SOMEBODY, name="client_networks_set_by_somebody"),
            models.CheckConstraint(
                condition=LessThanOrEqual(_NETWORKS, MOST_NETWORKS), name="client_networks_few_enough"
            ),
        ]

    def __str__(self) -> str:
        return f"programme {self.client_id}"

    def allowed_scopes(self) -> list[str]:
        """Of the scopes that exist, those of this client, in their usual order."""
        return [scope for scope in Scope.values if scope in self.scopes]


class PartnerKey(models.Model):
    """A public key of a client; several may be in use, so that one can follow another.

    One that came from the client's JWKS address is withdrawn when the address no longer shows it, and comes back with
    it; one that somebody withdrew stays withdrawn.
    """

    client = models.ForeignKey(PartnerClient, models.PROTECT, related_name="keys", verbose_name="programme")
    kid = models.CharField("identifiant de clé", max_length=100)
    jwk = models.JSONField("clé publique")
    is_from_url = models.BooleanField("vient de l’adresse JWKS", default=False, db_default=False)
    added_at = models.DateTimeField("ajoutée le", auto_now_add=True)
    added_by = models.CharField("ajoutée par", max_length=150)
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)
    withdrawn_by = models.CharField("retirée par", max_length=150, blank=True)

    class Meta:
        verbose_name = "clé d’un partenaire"
        verbose_name_plural = "clés des partenaires"
        constraints = [
            models.UniqueConstraint(fields=["client", "kid"], name="key_once_per_client"),
            models.CheckConstraint(condition=_WITHDRAWN_BY_SOMEBODY, name="key_withdrawn_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"clé {self.pk}"


class PartnerToken(models.Model):
    """A granted token, as a keyed hash; it dies with its key, its client and its partner.

    ``certificate_thumbprint``: of the only client certificate that it is taken from; empty: of any, or none.
    """

    token_lookup = models.UUIDField("empreinte du jeton", unique=True)
    client = models.ForeignKey(PartnerClient, models.CASCADE, related_name="+")
    key = models.ForeignKey(PartnerKey, models.CASCADE, related_name="+", verbose_name="clé")
    scopes = models.JSONField("droits")
    certificate_thumbprint = models.CharField("certificat", max_length=43, blank=True, default="", db_default="")
    issued_at = models.DateTimeField("émis le")
    expires_at = models.DateTimeField("expire le", db_index=True)

    class Meta:
        verbose_name = "jeton d’un partenaire"
        verbose_name_plural = "jetons des partenaires"

    def __str__(self) -> str:
        return f"jeton {self.pk}"


class PartnerAssertion(models.Model):
    """An assertion that was used: its ``jti``, as a keyed hash of the client and it, good once."""

    jti_lookup = models.UUIDField("empreinte", primary_key=True)
    expires_at = models.DateTimeField("expire le", db_index=True)

    class Meta:
        verbose_name = "preuve utilisée"
        verbose_name_plural = "preuves utilisées"

    def __str__(self) -> str:
        return f"preuve {self.pk}"

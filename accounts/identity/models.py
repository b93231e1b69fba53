"""Accounts of insured people and what their sign-in keeps: proofs of identity, open sessions, changes of address.

No row holds a NIR, a clear code or a clear address. References to people carry no foreign-key constraint where a
request that matches nobody must do the same work as one that matches somebody.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.identity.enums import ProofPurpose
from accounts.identity.one_time_codes import OneTimeCode
from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel, InsuredPerson


class InsuredAccount(models.Model):
    """The account with which an insured person signs in. The user's name is the person's opaque public id."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="insured_account", verbose_name="compte"
    )
    insured = models.OneToOneField(
        InsuredPerson, models.PROTECT, related_name="account", verbose_name="personne assurée"
    )
    created_at = models.DateTimeField("créé le", auto_now_add=True)

    class Meta:
        verbose_name = "compte d’assuré"
        verbose_name_plural = "comptes d’assuré"

    def __str__(self) -> str:
        return f"compte d’assuré {self.pk}"


class IdentityProof(OneTimeCode):
    """Somebody said who they are and was sent a code at the address that the insurer knows.

    ``insured_id`` is empty when nobody matched; the row and its code are made all the same.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField("motif", max_length=6, choices=ProofPurpose)
    insured = models.ForeignKey(
        InsuredPerson,
        models.CASCADE,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name="personne assurée",
    )
    person_bucket = models.UUIDField("compteur d’essais", help_text="empreinte sous laquelle ses essais sont comptés")
    created_at = models.DateTimeField("demandée le", auto_now_add=True, db_index=True)
    proven_at = models.DateTimeField("établie le", null=True)
    used_at = models.DateTimeField("utilisée le", null=True)

    class Meta:
        verbose_name = "preuve d’identité"
        verbose_name_plural = "preuves d’identité"
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(proven_at__isnull=False, insured__isnull=False),
                name="proof_used_only_when_proven",
            ),
        ]

    def __str__(self) -> str:
        return f"preuve d’identité {self.pk}"


class OpenSession(models.Model):
    """A session of an insured person, with nothing more about the device than its families of browser and system.

    ``key_lookup`` is a keyed hash of the session key: whoever reads this table cannot take a session over.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(InsuredAccount, models.CASCADE, related_name="sessions", verbose_name="compte")
    key_lookup = models.UUIDField("empreinte de la clé de session", unique=True)
    browser = models.CharField("navigateur", max_length=20)
    system = models.CharField("système", max_length=20)
    started_at = models.DateTimeField("ouverte le")
    last_seen_at = models.DateTimeField("dernière activité")

    class Meta:
        verbose_name = "session ouverte"
        verbose_name_plural = "sessions ouvertes"
        indexes = [models.Index(fields=["last_seen_at"], name="open_session_by_activity")]

    def __str__(self) -> str:
        return f"session {self.pk}"


class ContactChange(OneTimeCode):
    """A change of address asked for by the person, done once the code sent to the new address came back.

    The new address is sealed with the context ``change_context(id)`` until then. ``codes_from_at`` is when sign-in
    codes start going to the new address; until then they go to the old one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    insured = models.ForeignKey(
        InsuredPerson,
        models.CASCADE,
        db_constraint=False,
        related_name="contact_changes",
        verbose_name="personne assurée",
    )
    kind = models.CharField("type", max_length=8, choices=ContactKind)
    address_sealed = models.BinaryField("nouvelle adresse chiffrée", null=True)
    asked_at = models.DateTimeField("demandé le", auto_now_add=True)
    confirmed_at = models.DateTimeField("confirmé le", null=True)
    codes_from_at = models.DateTimeField("codes envoyés à partir du", null=True)
    old_contact = models.ForeignKey(
        ContactChannel,
        models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name="ancienne coordonnée",
    )
    new_contact = models.ForeignKey(
        ContactChannel,
        models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name="nouvelle coordonnée",
    )

    class Meta:
        verbose_name = "changement de coordonnée"
        verbose_name_plural = "changements de coordonnée"
        indexes = [models.Index(fields=["insured", "codes_from_at"], name="contact_change_by_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(address_sealed=None, codes_from_at__isnull=False),
                name="contact_change_wiped_when_done",
            ),
        ]

    def __str__(self) -> str:
        return f"changement de coordonnée {self.pk}"


def change_context(change_id: uuid.UUID) -> str:
    """What the sealed new address of a change is bound to."""
    return f"contactchange.address|{change_id}"

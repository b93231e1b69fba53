"""The outbox of sign-in messages: codes and notices that a sender on a floor above takes away.

At most once: a message is claimed, durably, before it is handed over, and what a dead sender had claimed becomes
``unknown``. A person who misses a code asks for another. Sealed codes and addresses are wiped with the outcome.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.identity.enums import CodeChannel, SecurityMessageKind, SendState
from accounts.people.models import ContactChannel


class SecurityMessage(models.Model):
    """One code or notice to one address.

    It goes to ``contact`` (current or ended), or to ``address_sealed`` for an address that is being verified.
    ``not_before_at`` is the next try of a waiting row, and the end of the lease of a claimed one. Instants are the
    database's own.
    """

    id = models.BigAutoField(primary_key=True)
    reference = models.UUIDField("référence", default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("message", max_length=16, choices=SecurityMessageKind)
    channel = models.CharField("canal", max_length=5, choices=CodeChannel)
    contact = models.ForeignKey(
        ContactChannel,
        models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name="coordonnée",
    )
    address_sealed = models.BinaryField("adresse chiffrée", null=True)
    code_sealed = models.BinaryField("code chiffré", null=True)
    created_at = models.DateTimeField("créé le", db_default=Now())
    expires_at = models.DateTimeField("à envoyer avant")
    not_before_at = models.DateTimeField("prochain essai", db_default=Now())
    state = models.CharField("état", max_length=7, choices=SendState, default=SendState.WAITING)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    claim_token = models.UUIDField("bail", null=True)
    settled_at = models.DateTimeField("issue connue le", null=True)

    class Meta:
        verbose_name = "message de sécurité"
        verbose_name_plural = "messages de sécurité"
        indexes = [
            models.Index(
                fields=["channel", "not_before_at"],
                condition=Q(state__in=[SendState.WAITING, SendState.CLAIMED]),
                name="security_message_open",
            ),
            models.Index(fields=["settled_at"], name="security_message_settled"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[SendState.WAITING, SendState.CLAIMED])
                | Q(code_sealed=None, address_sealed=None, settled_at__isnull=False),
                name="security_message_wiped_when_settled",
            ),
            models.CheckConstraint(
                condition=~Q(state=SendState.CLAIMED) | Q(claim_token__isnull=False),
                name="security_message_claimed_with_token",
            ),
        ]

    def __str__(self) -> str:
        return f"message de sécurité {self.pk}"

    def context(self, column: str) -> str:
        """What a sealed column of this row is bound to."""
        return f"securitymessage.{column}|{self.reference}"

"""How conversations changed hands."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from fraud.conversations.enums import TransferReason
from fraud.conversations.models import Conversation


def _staff(label: str, *, null: bool = False) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=null, related_name="+", verbose_name=label)


class ConversationTransfer(models.Model):
    """One change of hands, which only grows. ``to_adviser`` is empty for a conversation that went back to the queue,
    ``transferred_by`` when the house did it by itself.
    """

    conversation = models.ForeignKey(
        Conversation, models.PROTECT, related_name="transfers", verbose_name="conversation"
    )
    from_adviser = _staff("de")
    to_adviser = _staff("à", null=True)
    reason = models.CharField("motif", max_length=11, choices=TransferReason)
    transferred_at = models.DateTimeField("le", db_default=Now())
    transferred_by = _staff("par", null=True)

    class Meta:
        verbose_name = "passage d’une conversation"
        verbose_name_plural = "passages des conversations"
        constraints = [
            models.CheckConstraint(
                condition=Q(to_adviser=None) | ~Q(to_adviser=F("from_adviser")), name="transfer_to_another"
            ),
            models.CheckConstraint(
                condition=~Q(transferred_by=None) | Q(reason=TransferReason.ABSENCE), name="transfer_by_somebody"
            ),
        ]
        indexes = [models.Index(fields=["conversation", "id"], name="transfer_by_conversation")]

    def __str__(self) -> str:
        return f"passage {self.pk}"

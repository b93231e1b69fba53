"""A request to talk with an adviser, with what the person had said and done before."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.people.models import InsuredPerson
from fraud.conversations.enums import ConversationStatus, Origin
from fraud.intake.models import FraudReport


class Conversation(models.Model):
    """One person, one adviser. ``context_sealed`` is a JSON object with what the adviser should not ask again.

    A person has one conversation under way at most: asking twice leads to the same.
    """

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    insured = models.ForeignKey(
        InsuredPerson, models.PROTECT, related_name="+", db_constraint=False, verbose_name="personne assurée"
    )
    report = models.ForeignKey(
        FraudReport, models.SET_NULL, null=True, related_name="conversations", verbose_name="signalement"
    )
    origin = models.CharField("demandée depuis", max_length=9, choices=Origin)
    status = models.CharField("état", max_length=7, choices=ConversationStatus, default=ConversationStatus.WAITING)
    context_sealed = models.BinaryField("contexte chiffré")
    asked_at = models.DateTimeField("demandée le", db_default=Now())
    opened_at = models.DateTimeField("ouverte le", null=True)
    closed_at = models.DateTimeField("terminée le", null=True)

    class Meta:
        verbose_name = "conversation"
        verbose_name_plural = "conversations"
        constraints = [
            models.UniqueConstraint(
                fields=["insured"],
                condition=~Q(status=ConversationStatus.CLOSED),
                name="conversation_one_under_way",
            ),
            models.CheckConstraint(
                condition=Q(status=ConversationStatus.CLOSED, closed_at__isnull=False)
                | ~Q(status=ConversationStatus.CLOSED) & Q(closed_at=None),
                name="conversation_closed_at_an_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=Q(status=ConversationStatus.WAITING), name="conversation_queue"
            ),
        ]

    def __str__(self) -> str:
        return f"conversation {self.pk}"

    @property
    def context_context(self) -> str:
        return f"conversation.context|{self.public_id}"

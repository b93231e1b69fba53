"""A request to talk with an adviser, with what the person had said and done before; and what both then write."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.people.models import InsuredPerson
from fraud.conversations.enums import ConversationStatus, Origin, Satisfaction, Speaker
from fraud.intake.message_model import SealedMessage
from fraud.intake.models import FraudReport


class Conversation(models.Model):
    """One person, one adviser. ``context_sealed`` is a JSON object with what the adviser should not ask again.

    A person has one conversation under way at most: asking twice leads to the same. ``first_opened_at`` ends the
    waiting; a conversation whose adviser leaves goes back to the queue (``returned_at``), at the place of ``asked_at``.
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
    first_opened_at = models.DateTimeField("ouverte une première fois le", null=True)
    opened_at = models.DateTimeField("ouverte le", null=True)
    returned_at = models.DateTimeField("rendue à la file le", null=True)
    closed_at = models.DateTimeField("terminée le", null=True)
    adviser = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="conseiller"
    )
    satisfaction = models.CharField("avis de la personne", max_length=6, choices=Satisfaction, blank=True)
    rated_at = models.DateTimeField("avis donné le", null=True)

    class Meta:
        verbose_name = "conversation"
        verbose_name_plural = "conversations"
        permissions = [
            ("answer_conversation", "Peut répondre aux personnes qui demandent un conseiller"),
            ("supervise_conversation", "Peut lire, rendre et réattribuer les conversations des autres"),
        ]
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
            models.CheckConstraint(
                condition=Q(adviser=None, opened_at=None) | Q(adviser__isnull=False, opened_at__isnull=False),
                name="conversation_opened_by_an_adviser",
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None, returned_at=None) | Q(first_opened_at__isnull=False),
                name="conversation_first_opened_once",
            ),
            models.CheckConstraint(
                condition=Q(status=ConversationStatus.CLOSED)
                | Q(status=ConversationStatus.WAITING, adviser=None)
                | Q(status=ConversationStatus.OPEN, adviser__isnull=False),
                name="conversation_open_with_an_adviser",
            ),
            models.CheckConstraint(
                condition=Q(satisfaction="", rated_at=None)
                | Q(status=ConversationStatus.CLOSED, rated_at__isnull=False) & ~Q(satisfaction=""),
                name="conversation_rated_once_closed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=Q(status=ConversationStatus.WAITING), name="conversation_queue"
            ),
            models.Index(
                fields=["adviser"], condition=Q(status=ConversationStatus.OPEN), name="conversation_by_adviser"
            ),
            models.Index(fields=["insured", "-asked_at"], name="conversation_by_person"),
        ]

    def __str__(self) -> str:
        return f"conversation {self.pk}"

    @property
    def context_context(self) -> str:
        return f"conversation.context|{self.public_id}"


class ConversationMessage(SealedMessage):
    """One message, sealed. ``read_at``: when the other side had read it."""

    insured = models.ForeignKey(
        InsuredPerson, models.PROTECT, related_name="+", db_constraint=False, verbose_name="personne assurée"
    )
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages", verbose_name="conversation")
    author = models.CharField("auteur", max_length=7, choices=Speaker)

    class Meta(SealedMessage.Meta):
        verbose_name = "message d’une conversation"
        verbose_name_plural = "messages des conversations"
        constraints = [
            models.CheckConstraint(
                condition=Q(author=Speaker.INSURED, written_by=None)
                | Q(author=Speaker.ADVISER, written_by__isnull=False),
                name="conversation_message_signed",
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "id"], name="conversation_message_thread"),
            models.Index(
                fields=["insured"],
                condition=Q(author=Speaker.ADVISER, read_at=None),
                name="conversation_message_unread",
            ),
            models.Index(
                fields=["conversation"],
                condition=Q(author=Speaker.INSURED, read_at=None),
                name="conversation_message_new",
            ),
        ]

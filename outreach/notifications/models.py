"""Templates, the outbox of notifications, and the chunks in which senders lease it.

``outreach_notification`` is made by SQL (outreach migration 0002): partitioned by day of ``created_on``, primary
key ``(created_on, id)``. A row holds ids only, never a text or an address.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from outreach.notifications.enums import Channel, ChunkStatus, MessageKind, Status


class MessageTemplate(models.Model):
    """One version of a text. A version that was used is never edited: a change is a new version."""

    kind = models.CharField("message", max_length=20, choices=MessageKind)
    channel = models.CharField("canal", max_length=5, choices=Channel)
    version = models.PositiveIntegerField("version")
    subject = models.CharField("objet", max_length=100, blank=True)
    text = models.TextField("texte")
    html = models.TextField("HTML", blank=True)
    created_at = models.DateTimeField("créé le", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="créé par",
    )
    activated_at = models.DateTimeField("mis en service le", null=True, blank=True)

    class Meta:
        verbose_name = "modèle de message"
        verbose_name_plural = "modèles de message"
        constraints = [
            models.UniqueConstraint(fields=["kind", "channel", "version"], name="template_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_channel_display()}, version {self.version}"


class Notification(models.Model):
    """One message to one person on one channel.

    ``next_attempt_at`` puts a row in the lane of single messages: a later try, or a lease that ends then.
    """

    id = models.BigAutoField(primary_key=True)
    created_on = models.DateField("jour")
    run_id = models.BigIntegerField("vague", null=True)
    insured_id = models.BigIntegerField("personne")
    template_id = models.BigIntegerField("modèle", null=True)
    channel = models.CharField("canal", max_length=5, choices=Channel)
    status = models.CharField("état", max_length=17, choices=Status)
    status_reason = models.CharField("motif", max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    claim_token = models.UUIDField("bail", null=True)
    next_attempt_at = models.DateTimeField("prochain essai", null=True)
    first_tried_at = models.DateTimeField("premier essai", null=True)
    settled_at = models.DateTimeField("issue connue le", null=True)

    class Meta:
        managed = False
        db_table = "outreach_notification"
        verbose_name = "notification"

    def __str__(self) -> str:
        return f"notification {self.pk}"


class NotificationChunk(models.Model):
    """A range of a run's notifications on one channel, leased to one sender at a time.

    ``handed_up_to`` is committed before each window: nothing above it was tried; below it, what has no outcome
    when the lease ends may have been handed over. ``claim_token`` is the fence: every write of a sender checks it.
    """

    run = models.ForeignKey("outreach.DigestRun", models.CASCADE, related_name="chunks")
    created_on = models.DateField()
    channel = models.CharField(max_length=5, choices=Channel)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    status = models.CharField(max_length=7, choices=ChunkStatus, default=ChunkStatus.READY)
    claim_token = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    sender = models.CharField(max_length=120, blank=True)
    handed_up_to = models.BigIntegerField()
    starts = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "lot d’envoi"
        verbose_name_plural = "lots d’envoi"
        constraints = [
            models.CheckConstraint(condition=Q(last_id__gte=F("first_id")), name="chunk_range_in_order"),
            models.CheckConstraint(
                condition=Q(handed_up_to__gte=F("first_id") - 1, handed_up_to__lte=F("last_id")),
                name="chunk_handed_within_range",
            ),
            models.CheckConstraint(
                condition=~Q(status="claimed") | Q(claim_token__isnull=False, leased_until__isnull=False),
                name="chunk_claimed_with_token_and_lease",
            ),
        ]
        indexes = [
            models.Index(fields=["channel", "id"], condition=~Q(status="done"), name="chunk_open"),
        ]

    def __str__(self) -> str:
        return f"lot d’envoi {self.pk}"

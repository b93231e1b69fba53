"""Who is due, the daily runs, and who was in which run.

``outreach_digestrunrecipient`` is made by SQL (outreach migration 0002): partitioned by month of ``planned_on``,
primary key ``(insured_id, planned_on)``, the constraint that makes a digest go out once.
"""

from django.db import models
from django.db.models import Q

from outreach.notifications.models import MessageTemplate


class RunStatus(models.TextChoices):
    """Life of a daily run."""

    SENDING = "sending", "en cours d’envoi"
    PAUSED = "paused", "suspendue"
    FINISHED = "finished", "terminée"


class CollectedBatch(models.Model):
    """A loaded batch whose people were added to DigestDue; the row and the additions are one transaction."""

    batch_id = models.BigIntegerField(primary_key=True)
    collected_at = models.DateTimeField(auto_now_add=True)
    people = models.PositiveIntegerField()

    class Meta:
        verbose_name = "fichier relevé"
        verbose_name_plural = "fichiers relevés"

    def __str__(self) -> str:
        return f"fichier relevé {self.pk}"


class DigestDue(models.Model):
    """One row for each person with a payment not yet announced. Confidential lines are never counted.

    Primary key ``(cohort, insured_id)`` in the database (migration 0002): planning reads one cohort in order.
    """

    insured_id = models.BigIntegerField(primary_key=True)
    cohort = models.PositiveSmallIntegerField()
    first_payment_on = models.DateField()
    last_payment_on = models.DateField()
    line_count = models.PositiveIntegerField()

    class Meta:
        managed = False
        db_table = "outreach_digestdue"
        verbose_name = "personne à informer"
        verbose_name_plural = "personnes à informer"

    def __str__(self) -> str:
        return f"personne à informer {self.pk}"


class DigestRun(models.Model):
    """The wave of one day: one cohort of the ten."""

    planned_on = models.DateField("jour", unique=True)
    cohort = models.PositiveSmallIntegerField("cohorte")
    status = models.CharField("état", max_length=8, choices=RunStatus, default=RunStatus.SENDING)
    people = models.PositiveIntegerField("personnes", default=0)
    counts = models.JSONField("répartition au départ", default=dict, help_text="canal ou motif d’annulation → nombre")
    email_template = models.ForeignKey(MessageTemplate, models.PROTECT, null=True, related_name="+")
    sms_template = models.ForeignKey(MessageTemplate, models.PROTECT, null=True, related_name="+")
    post_template = models.ForeignKey(MessageTemplate, models.PROTECT, null=True, related_name="+")
    planned_at = models.DateTimeField("planifiée le", auto_now_add=True)
    finished_at = models.DateTimeField("terminée le", null=True, blank=True)

    class Meta:
        verbose_name = "vague d’information"
        verbose_name_plural = "vagues d’information"
        constraints = [
            models.CheckConstraint(
                condition=Q(status="finished", finished_at__isnull=False)
                | (~Q(status="finished") & Q(finished_at=None)),
                name="run_finished_with_instant",
            ),
        ]

    def __str__(self) -> str:
        return f"vague du {self.planned_on:%d/%m/%Y}"


class DigestRunRecipient(models.Model):
    """A person in a run. ``(insured_id, planned_on)`` is the primary key in the database."""

    insured_id = models.BigIntegerField(primary_key=True)
    planned_on = models.DateField()
    run_id = models.BigIntegerField()
    notification_id = models.BigIntegerField()
    first_payment_on = models.DateField()
    last_payment_on = models.DateField()
    line_count = models.PositiveIntegerField()

    class Meta:
        managed = False
        db_table = "outreach_digestrunrecipient"
        verbose_name = "destinataire d’une vague"
        verbose_name_plural = "destinataires d’une vague"

    def __str__(self) -> str:
        return f"destinataire {self.pk}"

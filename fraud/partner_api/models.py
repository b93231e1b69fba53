"""Alerts as they were told to each mutual, and what it answered."""

import uuid

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.partners.models import PartnerInsurer
from accounts.people.models import InsuredPerson
from fraud.intake.enums import Severity
from fraud.partner_api.enums import WITH_AMOUNT, AlertKind, AlertSource, AlertStatus, Verdict


class PartnerAlert(models.Model):
    """One report about one member's care, as one mutual may know it; ``publishing`` alone writes it.

    ``position`` grows with each change of the row and becomes visible in order: whoever reads on from a position misses
    nothing. ``care``: months and families of care, ``[{"month": "2026-10", "act_family": "consultation"}]``.
    ``report_id`` has no constraint: a report that was forgotten takes its alert away at the next publication.
    """

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    position = models.BigIntegerField("position", unique=True)
    partner = models.ForeignKey(
        PartnerInsurer, models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name="mutuelle"
    )
    insured = models.ForeignKey(
        InsuredPerson, models.DO_NOTHING, related_name="+", db_constraint=False, verbose_name="membre"
    )
    member_id = models.UUIDField("identifiant chez le partenaire")
    report_id = models.BigIntegerField("signalement", db_index=True)
    status = models.CharField("état", max_length=15, choices=AlertStatus)
    kind = models.CharField("sorte", max_length=7, choices=AlertKind)
    source = models.CharField("origine", max_length=9, choices=AlertSource)
    severity = models.PositiveSmallIntegerField("gravité", choices=Severity, null=True)
    care = models.JSONField("soins", default=list)
    has_amount = models.BooleanField("montant dit", default=False)
    opened_at = models.DateTimeField("ouverte le", null=True)
    changed_at = models.DateTimeField("changée le")

    class Meta:
        verbose_name = "alerte à une mutuelle"
        verbose_name_plural = "alertes aux mutuelles"
        constraints = [
            models.UniqueConstraint(fields=["partner", "report_id", "insured"], name="alert_once_per_member"),
            models.CheckConstraint(
                condition=Q(status=AlertStatus.REMOVED, severity=None, opened_at=None, has_amount=False, care=[])
                | ~Q(status=AlertStatus.REMOVED) & Q(severity__isnull=False, opened_at__isnull=False) & ~Q(care=[]),
                name="alert_removed_is_empty",
            ),
        ]
        indexes = [models.Index(fields=["partner", "position"], name="alert_by_position")]

    def __str__(self) -> str:
        return f"alerte {self.pk}"


class PartnerAlertAmount(models.Model):
    """What the payments in doubt come to, in euros: in a table of its own, behind the consent to payments."""

    alert = models.OneToOneField(
        PartnerAlert, models.CASCADE, primary_key=True, related_name="amount", verbose_name="alerte"
    )
    partner = models.ForeignKey(
        PartnerInsurer, models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name="mutuelle"
    )
    insured = models.ForeignKey(
        InsuredPerson, models.DO_NOTHING, related_name="+", db_constraint=False, verbose_name="membre"
    )
    amount_paid = models.DecimalField("montant remboursé", max_digits=11, decimal_places=2)

    class Meta:
        verbose_name = "montant d’une alerte"
        verbose_name_plural = "montants des alertes"

    def __str__(self) -> str:
        return f"montant de l’alerte {self.pk}"


class AlertFeedback(models.Model):
    """What a mutual made of an alert; a later row corrects an earlier one. ``amount_recovered``: by the mutual."""

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    alert = models.ForeignKey(PartnerAlert, models.CASCADE, related_name="feedback", verbose_name="alerte")
    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="+", verbose_name="mutuelle")
    verdict = models.CharField("réponse", max_length=15, choices=Verdict)
    amount_recovered = models.DecimalField(
        "montant récupéré par la mutuelle",
        max_digits=11,
        decimal_places=2,
        null=True,
        validators=[MinValueValidator(0)],
    )
    given_at = models.DateTimeField("donné le", db_default=Now())

    class Meta:
        verbose_name = "retour d’une mutuelle"
        verbose_name_plural = "retours des mutuelles"
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="feedback_verdict_known"),
            models.CheckConstraint(
                condition=Q(amount_recovered=None) | Q(amount_recovered__gte=0, verdict__in=WITH_AMOUNT),
                name="feedback_amount_of_something",
            ),
        ]
        indexes = [models.Index(fields=["alert", "id"], name="feedback_by_alert")]

    def __str__(self) -> str:
        return f"retour {self.pk}"

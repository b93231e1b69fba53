"""A campaign and its definition, the numbers it shows, who approved it, what happened to it."""

from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from outreach.campaigns.campaign.definition import default_retries, default_windows
from outreach.campaigns.campaign.enums import CampaignEventKind, CampaignPurpose, CampaignStatus
from outreach.campaigns.scripts.models import CallScriptVersion
from reimbursements.reference.models import DatedReference


def _staff(label: str, *, null: bool = False) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=null, related_name="+", verbose_name=label)


class DisplayedNumber(DatedReference):
    """A number that people see when they are called, from one day to another. Four digits, or ten."""

    number = models.CharField("numéro affiché", max_length=10, validators=[RegexValidator(r"^(\d{4}|0[1-59]\d{8})$")])

    class Meta(DatedReference.Meta):
        verbose_name = "numéro affiché"
        verbose_name_plural = "numéros affichés"
        constraints = [
            *DatedReference.Meta.constraints,
            models.UniqueConstraint(fields=["number", "valid_from"], name="displayed_number_once_per_period"),
        ]

    def __str__(self) -> str:
        return f"numéro affiché {self.pk}"

    @property
    def number_fr(self) -> str:
        """« 3646 », « 05 53 35 62 37 »."""
        if len(self.number) == 4:
            return self.number
        return "\u00a0".join(self.number[start : start + 2] for start in range(0, 10, 2))


class CallCampaign(models.Model):
    """Whom we call, why, when and by which rules. Its definition can be changed in a draft only.

    ``criteria``: see ``targeting.criteria``; ``windows``, ``retry_rules``, ``quotas``: see ``campaign.definition``.
    ``counts``: what counting found; ``frozen_counts``: what the frozen list holds, both by decision and fund.
    """

    name = models.CharField("nom", max_length=80)
    purpose = models.CharField("finalité", max_length=15, choices=CampaignPurpose)
    legal_basis = models.CharField("base légale", max_length=200)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")
    script = models.ForeignKey(CallScriptVersion, models.PROTECT, related_name="+", verbose_name="script")
    displayed_number = models.ForeignKey(
        DisplayedNumber, models.PROTECT, related_name="+", verbose_name="numéro affiché"
    )
    max_attempts = models.PositiveSmallIntegerField("appels au plus", default=4, validators=[MinValueValidator(1)])
    criteria = models.JSONField("critères", default=dict)
    windows = models.JSONField("plages d’appel", default=default_windows)
    retry_rules = models.JSONField("nouveaux essais", default=default_retries)
    quotas = models.JSONField("quotas par caisse", default=dict, blank=True)
    status = models.CharField("état", max_length=7, choices=CampaignStatus, default=CampaignStatus.DRAFT)
    created_at = models.DateTimeField("créée le", db_default=Now())
    created_by = _staff("créée par")
    counted_at = models.DateTimeField("comptée le", null=True)
    counts = models.JSONField("comptage", default=dict)
    frozen_at = models.DateTimeField("liste figée le", null=True)
    frozen_counts = models.JSONField("liste figée", default=dict)
    closed_at = models.DateTimeField("close le", null=True)

    class Meta:
        verbose_name = "campagne d’appels"
        verbose_name_plural = "campagnes d’appels"
        permissions = [
            ("approve_callcampaign", "Peut approuver une campagne d’appels"),
            ("run_callcampaign", "Peut lancer, suspendre et clore une campagne d’appels"),
            ("call_callcampaign", "Peut appeler les personnes d’une campagne"),
            ("review_callcampaign", "Peut relire les appels d’une campagne"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="campaign_period_in_order"),
            models.CheckConstraint(condition=Q(max_attempts__gte=1, max_attempts__lte=10), name="campaign_attempts"),
            models.CheckConstraint(
                condition=Q(status=CampaignStatus.DRAFT, counted_at=None)
                | Q(status=CampaignStatus.CLOSED)
                | ~Q(status=CampaignStatus.DRAFT) & Q(counted_at__isnull=False),
                name="campaign_counted_at_an_instant",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[CampaignStatus.RUNNING, CampaignStatus.PAUSED]) | Q(frozen_at__isnull=False),
                name="campaign_runs_on_a_frozen_list",
            ),
            models.CheckConstraint(
                condition=Q(status=CampaignStatus.CLOSED, closed_at__isnull=False)
                | ~Q(status=CampaignStatus.CLOSED) & Q(closed_at=None),
                name="campaign_closed_at_an_instant",
            ),
        ]

    def __str__(self) -> str:
        return f"campagne {self.pk}"


class CampaignApproval(models.Model):
    """One person's word for a counted campaign. Two people's words make it ready; a draft again withdraws them."""

    campaign = models.ForeignKey(CallCampaign, models.PROTECT, related_name="approvals", verbose_name="campagne")
    approved_at = models.DateTimeField("approuvée le", db_default=Now())
    approved_by = _staff("approuvée par")
    withdrawn_at = models.DateTimeField("retirée le", null=True)

    class Meta:
        verbose_name = "approbation d’une campagne"
        verbose_name_plural = "approbations des campagnes"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "approved_by"],
                condition=Q(withdrawn_at=None),
                name="campaign_approved_once_by_each",
            ),
        ]

    def __str__(self) -> str:
        return f"approbation {self.pk}"


class CampaignEvent(models.Model):
    """The timeline of a campaign; rows are only added. ``details`` holds codes, ids, days and counts."""

    campaign = models.ForeignKey(CallCampaign, models.PROTECT, related_name="events", verbose_name="campagne")
    at = models.DateTimeField("quand", db_default=Now())
    actor_id = models.BigIntegerField("compte", null=True)
    kind = models.CharField("événement", max_length=9, choices=CampaignEventKind)
    details = models.JSONField("détail", default=dict)

    class Meta:
        verbose_name = "événement d’une campagne"
        verbose_name_plural = "événements des campagnes"
        indexes = [models.Index(fields=["campaign", "at"], name="campaign_event_by_campaign")]

    def __str__(self) -> str:
        return f"événement {self.pk}"

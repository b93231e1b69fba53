"""A proposal of a mutual, and the words of those who agree to it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.partners.models import PartnerInsurer
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.proposals.enums import ProposalPurpose, ProposalStatus, RefusalReason


class CampaignProposal(models.Model):
    """Calls to members who consented to joint campaigns, as a mutual asks for them. What it asked never changes.

    ``rationale`` is the mutual's own text: about no one person. ``campaign`` is the draft that came of it.
    """

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="+", verbose_name="organisme")
    name = models.CharField("nom", max_length=80)
    purpose = models.CharField("finalité", max_length=15, choices=ProposalPurpose)
    rationale = models.CharField("raisons", max_length=500)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")
    min_age = models.PositiveSmallIntegerField("âge minimal", null=True)
    max_age = models.PositiveSmallIntegerField("âge maximal", null=True)
    status = models.CharField("état", max_length=8, choices=ProposalStatus, default=ProposalStatus.PROPOSED)
    refusal = models.CharField("motif du refus", max_length=15, choices=RefusalReason, blank=True)
    campaign = models.OneToOneField(
        CallCampaign, models.PROTECT, null=True, related_name="proposal", verbose_name="campagne"
    )
    proposed_at = models.DateTimeField("proposée le", db_default=Now())
    decided_at = models.DateTimeField("décidée le", null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="décidée par"
    )

    class Meta:
        verbose_name = "campagne proposée"
        verbose_name_plural = "campagnes proposées"
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="proposal_period_in_order"),
            models.CheckConstraint(
                condition=Q(min_age=None) | Q(max_age=None) | Q(max_age__gte=F("min_age")),
                name="proposal_ages_in_order",
            ),
            models.CheckConstraint(
                condition=Q(status=ProposalStatus.PROPOSED, decided_at=None, decided_by=None, campaign=None, refusal="")
                | Q(
                    status=ProposalStatus.ACCEPTED,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    campaign__isnull=False,
                    refusal="",
                )
                | Q(status=ProposalStatus.REFUSED, decided_at__isnull=False, decided_by__isnull=False, campaign=None)
                & Q(refusal__in=RefusalReason.values),
                name="proposal_decided_whole",
            ),
        ]
        indexes = [models.Index(fields=["partner", "id"], name="proposal_by_partner")]

    def __str__(self) -> str:
        return f"proposition {self.pk}"


class ProposalApproval(models.Model):
    """One person's word for a proposal; two people's words make a draft of it."""

    proposal = models.ForeignKey(CampaignProposal, models.PROTECT, related_name="approvals", verbose_name="proposition")
    approved_at = models.DateTimeField("approuvée le", db_default=Now())
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="approuvée par"
    )

    class Meta:
        verbose_name = "approbation d’une proposition"
        verbose_name_plural = "approbations des propositions"
        constraints = [
            models.UniqueConstraint(fields=["proposal", "approved_by"], name="proposal_approved_once_by_each")
        ]

    def __str__(self) -> str:
        return f"approbation {self.pk}"

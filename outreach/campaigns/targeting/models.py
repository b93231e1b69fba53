"""The ledger of a count, of freezing a list, and of going over it again: a chunk is a range of people's ids."""

from django.db import models
from django.db.models import F, Q

from outreach.campaigns.campaign.models import CallCampaign


class ChunkKind(models.TextChoices):
    """What is done with the people of a chunk."""

    COUNT = "count", "comptage"
    FREEZE = "freeze", "mise en liste"


class TargetChunk(models.Model):
    """People ``first_id`` to ``last_id``. Done or not in one transaction with its work, so it needs no lease."""

    campaign = models.ForeignKey(CallCampaign, models.CASCADE, related_name="chunks", verbose_name="campagne")
    kind = models.CharField("travail", max_length=6, choices=ChunkKind)
    first_id = models.BigIntegerField("du numéro")
    last_id = models.BigIntegerField("au numéro")
    done_at = models.DateTimeField("fait le", null=True)
    counts = models.JSONField("comptage", default=dict)

    class Meta:
        verbose_name = "tranche d’une liste"
        verbose_name_plural = "tranches des listes"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "kind", "first_id"], name="target_chunk_once"),
            models.CheckConstraint(condition=Q(last_id__gte=F("first_id")), name="target_chunk_in_order"),
        ]
        indexes = [
            models.Index(fields=["campaign", "kind", "first_id"], condition=Q(done_at=None), name="target_chunk_open"),
        ]

    def __str__(self) -> str:
        return f"tranche {self.pk}"

"""The grid as it was published, and the calls drawn for review with what was said of them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.models import CallAttempt
from outreach.campaigns.quality.enums import Verdict


def _staff(label: str, *, null: bool = False) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=null, related_name="+", verbose_name=label)


class ReviewGrid(models.Model):
    """A published version of the grid; never changed. ``name`` and ``version`` tell which file it came from."""

    name = models.CharField("grille", max_length=40)
    version = models.PositiveSmallIntegerField("version")
    checksum = models.CharField("empreinte", max_length=64)
    content = models.JSONField("contenu")
    published_at = models.DateTimeField("publiée le", db_default=Now())

    class Meta:
        verbose_name = "grille de relecture"
        verbose_name_plural = "grilles de relecture"
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="review_grid_once")]

    def __str__(self) -> str:
        return f"grille {self.pk}"


class QualityReview(models.Model):
    """A call drawn for review, in the week of its result; ``week_on`` is its Monday.

    Nobody reviews a call of their own: the database refuses it. ``marks``: what was said of each point of the grid, by
    its code. ``attempt`` is empty once the call itself is past its term.
    """

    attempt = models.OneToOneField(
        CallAttempt, models.PROTECT, null=True, related_name="review", verbose_name="appel passé"
    )
    campaign = models.ForeignKey(CallCampaign, models.PROTECT, related_name="+", verbose_name="campagne")
    adviser = _staff("conseiller")
    week_on = models.DateField("semaine du")
    grid = models.ForeignKey(ReviewGrid, models.PROTECT, related_name="+", verbose_name="grille")
    drawn_at = models.DateTimeField("tiré le", db_default=Now())
    reviewed_at = models.DateTimeField("relu le", null=True)
    reviewed_by = _staff("relu par", null=True)
    marks = models.JSONField("points", default=dict, db_default={})
    verdict = models.CharField("avis", max_length=6, choices=Verdict, blank=True, default="", db_default="")
    advice_sealed = models.BinaryField("conseil chiffré", null=True)
    read_at = models.DateTimeField("lu par le conseiller le", null=True)

    class Meta:
        verbose_name = "relecture d’un appel"
        verbose_name_plural = "relectures des appels"
        constraints = [
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("adviser")), name="review_never_of_oneself"
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None, reviewed_at=None, verdict="", read_at=None)
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False) & ~Q(verdict=""),
                name="review_done_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["week_on"], condition=Q(reviewed_at=None), name="review_to_do"),
            models.Index(fields=["adviser", "-reviewed_at"], name="review_by_adviser"),
        ]

    def __str__(self) -> str:
        return f"relecture {self.pk}"

    @property
    def advice_context(self) -> str:
        return f"qualityreview.advice|{self.pk}"

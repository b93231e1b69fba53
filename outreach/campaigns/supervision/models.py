"""Figures of a campaign that a job keeps, so that no page counts a list. They name nobody and outlive the list."""

from django.db import models

from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.enums import TaskStatus


class CampaignProgress(models.Model):
    """People of a campaign's list by fund and state. ``due``: promised calls whose hour is less than an hour away."""

    campaign = models.ForeignKey(CallCampaign, models.PROTECT, related_name="progress", verbose_name="campagne")
    fund_code = models.CharField("caisse", max_length=9)
    status = models.CharField("état", max_length=9, choices=TaskStatus)
    people = models.PositiveIntegerField("personnes")
    due = models.PositiveIntegerField("rappels à faire")
    counted_at = models.DateTimeField("compté le")

    class Meta:
        verbose_name = "avancement d’une campagne"
        verbose_name_plural = "avancements des campagnes"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "fund_code", "status"], name="campaign_progress_once"),
        ]

    def __str__(self) -> str:
        return f"avancement {self.pk}"


class CampaignDay(models.Model):
    """How a day of a campaign ended: people whose calls had ended, by calling or otherwise, and those who were left.

    ``called``: ended by calls, that is done or not reached; ``ended``: these and whoever was taken off the list.
    """

    campaign = models.ForeignKey(CallCampaign, models.PROTECT, related_name="days", verbose_name="campagne")
    day_on = models.DateField("jour")
    remaining = models.PositiveIntegerField("restantes")
    called = models.PositiveIntegerField("terminées par des appels")
    ended = models.PositiveIntegerField("terminées")
    counted_at = models.DateTimeField("compté le")

    class Meta:
        verbose_name = "jour d’une campagne"
        verbose_name_plural = "jours des campagnes"
        constraints = [models.UniqueConstraint(fields=["campaign", "day_on"], name="campaign_day_once")]

    def __str__(self) -> str:
        return f"jour {self.pk}"


class CallHour(models.Model):
    """Calls of a campaign and fund whose result was saved in an hour.

    ``handling_seconds``: from the number shown to the result saved, that is talk and wrap-up: without telephony they
    cannot be told apart. ``work_seconds``: the advisers' time for these calls, what passed since their call before
    included unless it was a pause or longer than half an hour.
    """

    campaign = models.ForeignKey(CallCampaign, models.PROTECT, related_name="hours", verbose_name="campagne")
    fund_code = models.CharField("caisse", max_length=9)
    hour_at = models.DateTimeField("heure")
    attempts = models.PositiveIntegerField("appels")
    human = models.PositiveIntegerField("quelqu’un a répondu")
    reached = models.PositiveIntegerField("personnes jointes")
    successes = models.PositiveIntegerField("résultats favorables")
    handling_seconds = models.PositiveIntegerField("secondes d’appel et de saisie")
    work_seconds = models.PositiveIntegerField("secondes de travail")

    class Meta:
        verbose_name = "heure d’une campagne"
        verbose_name_plural = "heures des campagnes"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "fund_code", "hour_at"], name="call_hour_once"),
            models.CheckConstraint(
                condition=models.Q(reached__lte=models.F("human"), human__lte=models.F("attempts")),
                name="call_hour_reached_among_attempts",
            ),
        ]
        indexes = [models.Index(fields=["hour_at"], name="call_hour_by_hour")]

    def __str__(self) -> str:
        return f"heure {self.pk}"

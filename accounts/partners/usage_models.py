"""What partners used of the API, a row a day, and who changed their state, when and why.

Nothing here speaks of a person.
"""

from typing import Final

from django.db import models
from django.db.models import F, Q

from accounts.partners.enums import PartnerState, StateCause
from accounts.partners.models import PartnerInsurer

LONGEST_REASON: Final = 300


class PartnerUsage(models.Model):
    """One day of one partner. ``rows_allowed``: beyond so many rows the partner is stopped, that day."""

    partner = models.ForeignKey(
        PartnerInsurer, models.CASCADE, related_name="+", db_index=False, verbose_name="organisme"
    )
    used_on = models.DateField("jour")
    requests = models.BigIntegerField("requêtes", default=0)
    rows = models.BigIntegerField("lignes lues", default=0)
    refusals = models.BigIntegerField("refus", default=0)
    bytes_sent = models.BigIntegerField("octets envoyés", default=0)
    rows_allowed = models.BigIntegerField("lignes permises ce jour")

    class Meta:
        verbose_name = "usage d’un partenaire"
        verbose_name_plural = "usages des partenaires"
        constraints = [
            models.UniqueConstraint(fields=["partner", "used_on"], name="usage_once_a_day"),
            models.CheckConstraint(
                condition=Q(
                    requests__gte=F("refusals"), rows__gte=0, refusals__gte=0, bytes_sent__gte=0, rows_allowed__gte=0
                ),
                name="usage_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"usage {self.pk}"


class PartnerStateChange(models.Model):
    """A partner was connected, paused or resumed. Never altered; the partner reads the reason in its portal."""

    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="+", verbose_name="organisme")
    state = models.CharField("état", max_length=13, choices=PartnerState)
    cause = models.CharField("origine", max_length=7, choices=StateCause)
    reason = models.CharField("motif", max_length=LONGEST_REASON)
    changed_at = models.DateTimeField("le")
    changed_by = models.CharField("par", max_length=150)

    class Meta:
        verbose_name = "changement d’état d’un partenaire"
        verbose_name_plural = "changements d’état des partenaires"
        constraints = [
            models.CheckConstraint(condition=~Q(reason="") & ~Q(changed_by=""), name="state_changed_for_a_reason"),
        ]

    def __str__(self) -> str:
        return f"changement d’état {self.pk}"

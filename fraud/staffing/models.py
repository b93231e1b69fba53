"""Days on which somebody is away."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: dt.date) -> Self:
        """Absences that this day falls in."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)


class Absence(models.Model):
    """Days, both included, on which an investigator is given no case, and an adviser no conversation."""

    investigator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="absences", verbose_name="agent"
    )
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = "absence"
        verbose_name_plural = "absences"
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="absence_period_in_order"),
        ]
        indexes = [models.Index(fields=["investigator", "ends_on"], name="absence_by_investigator")]

    def __str__(self) -> str:
        return f"absence {self.pk}"

"""Days on which somebody is away; and who wants no keyboard shortcuts."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


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


class KeyboardSwitch(models.Model):
    """Somebody who wants no keyboard shortcuts has a row."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+", verbose_name="propriétaire"
    )
    switched_off_at = models.DateTimeField("désactivés le", db_default=Now())

    class Meta:
        verbose_name = "raccourcis clavier désactivés"
        verbose_name_plural = "raccourcis clavier désactivés"

    def __str__(self) -> str:
        return f"raccourcis désactivés {self.pk}"

"""The figures as they were published, a year at a time."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class ResultsEdition(models.Model):
    """The published figures of one whole year, never changed: two editions of a year, compared, would tell what one
    of them hides. ``content``: a list of ``tables.ResultTable`` as JSON, hidden cells already left out."""

    year = models.PositiveSmallIntegerField("année", unique=True)
    published_on = models.DateField("publiés le")
    content = models.JSONField("chiffres")
    made_at = models.DateTimeField("comptés le", db_default=Now())

    class Meta:
        verbose_name = "chiffres publiés d’une année"
        verbose_name_plural = "chiffres publiés"
        constraints = [
            models.CheckConstraint(
                condition=Q(published_on__year__gt=models.F("year")), name="edition_of_a_whole_year"
            ),
        ]

    def __str__(self) -> str:
        return f"chiffres de {self.year}"

"""How many months things are kept: dated figures of the house, put in by the migration, set by the fund."""

from django.db import models

from reimbursements.reference.models import DatedReference


class TermCode(models.TextChoices):
    """What is kept so long."""

    NOTE = "keep-note", "notes des appels"
    ATTEMPT = "keep-attempt", "appels passés"
    PERSON = "keep-person", "personnes d’une liste close"
    OBSTACLE = "keep-obstacle", "obstacles dits dans un appel"


class CallTerm(DatedReference):
    """Months after the end. Below the floor of ``schema.FLOORS`` nothing goes, whatever a figure says."""

    code = models.CharField("donnée", max_length=16, choices=TermCode)
    months = models.PositiveSmallIntegerField("mois")

    class Meta(DatedReference.Meta):
        verbose_name = "durée de conservation des appels"
        verbose_name_plural = "durées de conservation des appels"
        constraints = [
            *DatedReference.Meta.constraints,
            models.UniqueConstraint(fields=["code", "valid_from"], name="call_term_once_per_period"),
        ]

    def __str__(self) -> str:
        return f"durée {self.pk}"

"""Health professionals and where they practise."""

from django.db import models


class HealthProfessional(models.Model):
    """A professional, known for life by the RPPS number (11 digits, Luhn)."""

    rpps = models.BigIntegerField("RPPS", unique=True)
    last_name = models.CharField("nom", max_length=80)
    first_name = models.CharField("prénom", max_length=80)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "professionnel de santé"
        verbose_name_plural = "professionnels de santé"

    def __str__(self) -> str:
        return f"professionnel {self.pk}"


class PracticePlace(models.Model):
    """One place of practice: its Assurance Maladie number changes with each move, the RPPS does not."""

    professional = models.ForeignKey(HealthProfessional, models.CASCADE, related_name="places")
    am_no = models.CharField("numéro Assurance Maladie", max_length=9)
    finess = models.CharField("FINESS", max_length=9, blank=True)
    specialty = models.CharField("spécialité", max_length=2)
    department = models.CharField("département", max_length=3)
    convention = models.PositiveSmallIntegerField("convention", null=True, blank=True)
    active_from = models.DateField("depuis")
    active_to = models.DateField("jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "lieu d’exercice"
        verbose_name_plural = "lieux d’exercice"
        constraints = [
            models.UniqueConstraint(fields=["professional", "am_no", "active_from"], name="place_once"),
        ]

    def __str__(self) -> str:
        return f"lieu d’exercice {self.pk}"

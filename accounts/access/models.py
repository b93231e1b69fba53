"""Who looked at whose data: written in the transaction of the read, never changed afterwards."""

from django.db import models


class AccessAction(models.TextChoices):
    """What was done with the data."""

    SEARCH = "search", "recherche"
    VIEW = "view", "consultation"
    EXPORT = "export", "export"


class AccessLog(models.Model):
    """One read of personal data by staff or a partner.

    No foreign keys: the log outlives what it speaks of. The runtime role may INSERT and SELECT only.
    """

    at = models.DateTimeField("quand", auto_now_add=True)
    actor_id = models.BigIntegerField("compte")
    actor_role = models.CharField("rôle", max_length=40)
    action = models.CharField("action", max_length=6, choices=AccessAction)
    object_kind = models.CharField("objet", max_length=60)
    object_id = models.CharField("identifiant", max_length=64, blank=True)
    insured_id = models.BigIntegerField("personne concernée", null=True, blank=True)
    reason = models.CharField("motif", max_length=200, blank=True)

    class Meta:
        verbose_name = "accès aux données"
        verbose_name_plural = "accès aux données"
        indexes = [models.Index(fields=["insured_id", "at"], name="access_by_person")]

    def __str__(self) -> str:
        return f"accès {self.pk}"

"""Who looked at whose data: written in the transaction of the read, never changed afterwards; and the seals on it."""

from django.db import models


class AccessAction(models.TextChoices):
    """What was done with the data."""

    SEARCH = "search", "recherche"
    VIEW = "view", "consultation"
    EXPORT = "export", "export"
    CHANGE = "change", "modification"


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


class AccessSeal(models.Model):
    """One link of the chain over the access log: what the rows from ``from_id`` to ``to_id`` were when it was made.

    ``hash`` is keyed with a key that is not in the database, and covers the link before. INSERT and SELECT only.
    See ``accounts.access.sealing``.
    """

    number = models.BigIntegerField("numéro", primary_key=True)
    from_id = models.BigIntegerField("du numéro", unique=True)
    to_id = models.BigIntegerField("au numéro", unique=True)
    count = models.PositiveIntegerField("accès scellés")
    previous_hash = models.BinaryField("sceau précédent", max_length=32, unique=True)
    hash = models.BinaryField("sceau", max_length=32, unique=True)
    sealed_at = models.DateTimeField("scellés le")

    class Meta:
        verbose_name = "sceau du journal des accès"
        verbose_name_plural = "sceaux du journal des accès"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(from_id__lte=models.F("to_id"), count__gte=1), name="seal_covers_rows"
            ),
        ]

    def __str__(self) -> str:
        return f"sceau {self.pk}"

    @property
    def head(self) -> str:
        """``NUMBER:HASH``, as a seal is noted outside the database."""
        return f"{self.number}:{bytes(self.hash).hex()}"

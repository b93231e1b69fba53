"""Rows of the mechanisms themselves; nothing of the business."""

from django.db import models


class Heartbeat(models.Model):
    """Last time that a worker of a job cluster ran a task; ``core.supervisor`` restarts a silent cluster."""

    cluster = models.CharField("groupe de processus", primary_key=True, max_length=100)
    beat_at = models.DateTimeField("dernier battement")

    class Meta:
        verbose_name = "battement des tâches de fond"
        verbose_name_plural = "battements des tâches de fond"

    def __str__(self) -> str:
        return f"battement de {self.cluster}"


class RateLimitCounter(models.Model):
    """Tries in the running window of one bucket (``core.limits``). A bucket is a keyed hash, never a clear value."""

    bucket = models.UUIDField("compteur", primary_key=True)
    tries = models.PositiveIntegerField("essais")
    ends_at = models.DateTimeField("fin de la fenêtre", db_index=True)

    class Meta:
        verbose_name = "compteur d’essais"
        verbose_name_plural = "compteurs d’essais"

    def __str__(self) -> str:
        return f"compteur d’essais {self.pk}"


class IdempotentAnswer(models.Model):
    """What a request with an Idempotency-Key was answered (``core.api.idempotency``).

    ``key_lookup`` is a keyed hash of whose key it is and the key, ``request_lookup`` one of what was asked; the answer
    is sealed.
    """

    key_lookup = models.UUIDField("empreinte de la clé", primary_key=True)
    request_lookup = models.UUIDField("empreinte de la requête")
    answer_sealed = models.BinaryField("réponse")
    expires_at = models.DateTimeField("gardée jusqu’au", db_index=True)

    class Meta:
        verbose_name = "réponse gardée"
        verbose_name_plural = "réponses gardées"

    def __str__(self) -> str:
        return f"réponse gardée {self.pk}"

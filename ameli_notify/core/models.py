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

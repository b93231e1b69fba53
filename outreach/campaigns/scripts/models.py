"""A published version of a call script; never changed."""

from django.db import models
from django.db.models.functions import Now


class CallScriptVersion(models.Model):
    """What advisers read out, as it was published. ``name`` and ``version`` tell which file it came from."""

    name = models.CharField("script", max_length=40)
    version = models.PositiveSmallIntegerField("version")
    checksum = models.CharField("empreinte", max_length=64)
    content = models.JSONField("contenu")
    published_at = models.DateTimeField("publié le", db_default=Now())

    class Meta:
        verbose_name = "script d’appel"
        verbose_name_plural = "scripts d’appel"
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="call_script_version_once")]

    def __str__(self) -> str:
        return f"script {self.pk}"

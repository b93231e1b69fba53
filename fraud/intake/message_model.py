"""The shape that every written message has, whoever writes to whom."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class SealedMessage(models.Model):
    """A message whose words are sealed; it is never changed but for ``read_at``, when its reader said they read it.

    Each kind of message says whose it is and who may sign it.
    """

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    text_sealed = models.BinaryField("texte chiffré")
    written_at = models.DateTimeField("écrit le", db_default=Now())
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="écrit par"
    )
    read_at = models.DateTimeField("lu le", null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def text_context(self) -> str:
        """What the words are sealed to: this message, of this kind."""
        return f"{self._meta.model_name}.text|{self.public_id}"

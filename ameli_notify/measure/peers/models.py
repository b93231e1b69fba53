"""The table of the plain Django loop: what somebody would write first."""

from django.db import models


class PlainMessage(models.Model):
    recipient = models.EmailField()
    status = models.CharField(max_length=10, default="created")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "peers"

    def __str__(self) -> str:
        return f"message {self.pk}"

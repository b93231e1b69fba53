"""Where the demo's inbox and the post list keep what they were handed."""

from django.db import models


class InboxMessage(models.Model):
    """A message handed to the inbox channel, for the demo and the tests: the text, and a masked address."""

    notification_id = models.BigIntegerField("notification", unique=True)
    channel = models.CharField("canal", max_length=5)
    recipient_masked = models.CharField("destinataire", max_length=80)
    subject = models.CharField("objet", max_length=100, blank=True)
    text = models.TextField("texte")
    received_at = models.DateTimeField("reçu le", auto_now_add=True)

    class Meta:
        verbose_name = "message de la boîte de démonstration"
        verbose_name_plural = "messages de la boîte de démonstration"

    def __str__(self) -> str:
        return f"message {self.pk}"


class PostListEntry(models.Model):
    """A person to be written to on paper; the mailing service draws the address by the internal id."""

    notification_id = models.BigIntegerField("notification", unique=True)
    insured_id = models.BigIntegerField("personne")
    listed_at = models.DateTimeField("inscrit le", auto_now_add=True)

    class Meta:
        verbose_name = "courrier à envoyer"
        verbose_name_plural = "courriers à envoyer"

    def __str__(self) -> str:
        return f"courrier {self.pk}"

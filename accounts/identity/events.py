"""What happened to an account: sign-ins, changes of its means, downloads. Shown to its owner."""

from django.db import models
from django.db.models.functions import Now

from accounts.people.models import InsuredPerson


class AccountEventKind(models.TextChoices):
    """Closed list of what is noted."""

    SIGNED_IN = "signed-in", "connexion"
    PASSWORD_CHANGED = "password-changed", "mot de passe choisi"
    APP_ADDED = "app-added", "appareil ou application ajouté"
    CHANNEL_ADDED = "channel-added", "réception de codes ajoutée"
    FACTOR_REMOVED = "factor-removed", "moyen de connexion retiré"
    IDENTITY_LINKED = "identity-linked", "FranceConnect+ lié au compte"
    IDENTITY_REMOVED = "identity-removed", "FranceConnect+ retiré du compte"
    RECOVERY_CODES_MADE = "recovery-codes", "codes de secours demandés"
    DATA_DOWNLOADED = "data-downloaded", "données téléchargées"


class AccountEvent(models.Model):
    """One event, with no more about the device than its families of browser and system (empty when unknown)."""

    insured = models.ForeignKey(
        InsuredPerson,
        models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="personne assurée",
    )
    at = models.DateTimeField("quand", db_default=Now())
    kind = models.CharField("événement", max_length=16, choices=AccountEventKind)
    browser = models.CharField("navigateur", max_length=20, blank=True)
    system = models.CharField("système", max_length=20, blank=True)

    class Meta:
        verbose_name = "événement de compte"
        verbose_name_plural = "événements de compte"
        indexes = [
            models.Index(fields=["insured", "at"], name="account_event_by_person"),
            models.Index(fields=["at"], name="account_event_by_age"),
        ]

    def __str__(self) -> str:
        return f"événement de compte {self.pk}"

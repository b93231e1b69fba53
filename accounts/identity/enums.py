"""Closed lists of the sign-in of insured people."""

from django.db import models

from accounts.people.enums import ContactKind


class CodeChannel(models.TextChoices):
    """How a one-time code travels."""

    SMS = "sms", "SMS"
    EMAIL = "email", "e-mail"

    @property
    def contact_kind(self) -> ContactKind:
        """What kind of address it needs."""
        return ContactKind.MOBILE if self is CodeChannel.SMS else ContactKind.EMAIL

    @classmethod
    def of(cls, kind: str) -> "CodeChannel | None":
        """The channel that serves an address of this kind; None when no code can be sent there."""
        return {ContactKind.MOBILE.value: cls.SMS, ContactKind.EMAIL.value: cls.EMAIL}.get(kind)


class ProofPurpose(models.TextChoices):
    """Why somebody proves who they are without a password."""

    CREATE = "create", "création du compte"
    RESET = "reset", "mot de passe oublié"


class SecurityMessageKind(models.TextChoices):
    """What a message about signing in says; codes carry six digits, notices none."""

    SIGN_IN_CODE = "sign-in-code", "code de connexion"
    PROOF_CODE = "proof-code", "code de création de compte ou de nouveau mot de passe"
    CONTACT_CODE = "contact-code", "code de vérification d’une adresse"
    CONTACT_CHANGED = "contact-changed", "coordonnées modifiées"
    PASSWORD_CHANGED = "password-changed", "mot de passe modifié"
    FACTORS_CHANGED = "factors-changed", "moyens de connexion modifiés"


class SendState(models.TextChoices):
    """``waiting -> claimed -> sent | failed | unknown``; ``unknown`` was perhaps handed over, and is not sent again.

    ``void`` never had anybody to go to: it stands for a request that matched nobody.
    """

    WAITING = "waiting", "à envoyer"
    CLAIMED = "claimed", "en cours"
    SENT = "sent", "envoyé"
    FAILED = "failed", "échec"
    UNKNOWN = "unknown", "issue inconnue"
    EXPIRED = "expired", "périmé"
    VOID = "void", "sans destinataire"

"""Who works for a partner on its pages. They are accounts of their own kind: neither staff nor insured people.

Known by an identifier and a function, not by a name. What a session of theirs is, see ``portal.sessions``.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.identity.totp import SealedTotpDevice
from accounts.partners.models import PartnerInsurer


class PartnerUser(models.Model):
    """One account of a partner. ``is_manager``: may invite and remove colleagues of the same partner.

    The account opens once an invitation was taken up: it is kept as a keyed hash, and is good once.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="partner_user", verbose_name="compte"
    )
    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="users", verbose_name="organisme")
    identifier = models.CharField("identifiant", max_length=20, unique=True)
    label = models.CharField("fonction", max_length=60)
    is_manager = models.BooleanField("gère les utilisateurs", default=False)
    invited_at = models.DateTimeField("invité le")
    invited_by = models.CharField("invité par", max_length=150)
    invitation_lookup = models.UUIDField("empreinte de l’invitation", null=True, unique=True)
    invitation_until = models.DateTimeField("invitation valable jusqu’au", null=True)
    joined_at = models.DateTimeField("entré le", null=True)
    last_sign_in_at = models.DateTimeField("dernière connexion", null=True)
    removed_at = models.DateTimeField("retiré le", null=True)
    removed_by = models.CharField("retiré par", max_length=150, blank=True)

    class Meta:
        verbose_name = "utilisateur d’un partenaire"
        verbose_name_plural = "utilisateurs des partenaires"
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by="")
                | (Q(removed_at__isnull=False, invitation_lookup=None) & ~Q(removed_by="")),
                name="partner_user_removed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(invitation_lookup=None) | Q(invitation_until__isnull=False, joined_at=None),
                name="partner_user_joins_once",
            ),
        ]

    def __str__(self) -> str:
        return f"utilisateur d’un partenaire {self.pk}"


class PartnerTotpDevice(SealedTotpDevice):
    """The authenticator app of a partner's user: it opens the partner's pages and nothing else."""

    class Meta(SealedTotpDevice.Meta):
        verbose_name = "application d’authentification d’un partenaire"
        verbose_name_plural = "applications d’authentification des partenaires"

"""Accounts that sign in, and the second factor of staff."""

from django.contrib.auth.models import AbstractUser

from accounts.identity.totp import SealedTotpDevice


class User(AbstractUser):  # type: ignore[django-manager-missing] # django-otp types no manager
    """An account. Staff sign in with their professional identifier."""

    class Meta:
        verbose_name = "compte"

    def __str__(self) -> str:
        return f"compte {self.pk}"

    @property
    def role_name(self) -> str:
        """The staff role shown in the access log: the first group, or the superuser's word."""
        if self.is_superuser:
            return "superuser"
        group = self.groups.order_by("name").first()
        return group.name if group else ""


class StaffTotpDevice(SealedTotpDevice):
    """An authenticator app of a member of staff."""

    class Meta(SealedTotpDevice.Meta):
        verbose_name = "application d’authentification"
        verbose_name_plural = "applications d’authentification"

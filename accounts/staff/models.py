"""Accounts that sign in, and the second factor of staff."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from ameli_notify.core.crypto import key_ring


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


class StaffTotpDevice(TimestampMixin, ThrottlingMixin, Device):
    """An authenticator app of a member of staff, its seed encrypted.

    django-otp's own TOTPDevice keeps the seed in clear. Verify through ``django_otp.verify_token()`` only,
    which locks the row: called directly, the same code can pass twice.
    """

    STEP_SECONDS = 30
    DIGITS = 6
    TOLERANCE_STEPS = 1

    seed_sealed = models.BinaryField("graine chiffrée")
    last_step = models.BigIntegerField(
        default=-1, help_text="Dernier pas de temps accepté : un code ne sert qu’une fois"
    )

    class Meta(Device.Meta):
        verbose_name = "application d’authentification"
        verbose_name_plural = "applications d’authentification"

    def __str__(self) -> str:
        return f"application d’authentification {self.pk}"

    @property
    def seed_context(self) -> str:
        """What the sealed seed is bound to."""
        return f"stafftotpdevice.seed|{self.user_id}"

    def set_seed(self, seed: bytes) -> None:
        """Seal a seed of 20 bytes (RFC 4226)."""
        self.seed_sealed = key_ring().seal(seed.hex(), context=self.seed_context)

    def totp(self) -> TOTP:
        """The generator of this device at the present time step."""
        seed = bytes.fromhex(key_ring().open(self.seed_sealed, context=self.seed_context))
        return TOTP(seed, step=self.STEP_SECONDS, digits=self.DIGITS)

    def verify_token(self, token: Any) -> bool:  # noqa: ANN401 (django-otp's own signature)
        """True once for a right code; counts failures and slows down after them."""
        allowed, _ = self.verify_is_allowed()
        if not allowed:
            return False
        generator = self.totp()
        text = str(token)
        if text.isascii() and text.isdigit() and self._verifies(generator, int(text)):
            self.last_step = generator.t()
            self.throttle_reset(commit=False)
            self.set_last_used_timestamp(commit=False)
            self.save()
            return True
        self.throttle_increment()
        return False

    def _verifies(self, generator: TOTP, code: int) -> bool:
        return bool(generator.verify(code, self.TOLERANCE_STEPS, self.last_step + 1))

    def get_throttle_factor(self) -> float:
        """Seconds after the first failure, doubled at each further one."""
        return 1.0

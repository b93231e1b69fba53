"""Authenticator apps, for staff and insured people alike."""

from typing import Any

from django.db import models
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from ameli_notify.core.crypto import key_ring


class SealedTotpDevice(TimestampMixin, ThrottlingMixin, Device):
    """An authenticator app, its seed encrypted.

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
        abstract = True

    def __str__(self) -> str:
        return f"application d’authentification {self.pk}"

    @property
    def seed_context(self) -> str:
        """What the sealed seed is bound to."""
        return f"{self._meta.model_name}.seed|{self.user_id}"

    def set_seed(self, seed: bytes) -> None:
        """Seal a seed of 20 bytes (RFC 4226)."""
        self.seed_sealed = key_ring().seal(seed.hex(), context=self.seed_context)

    def seed(self) -> bytes:
        """The seed in clear; shown once, while the app is being added."""
        return bytes.fromhex(key_ring().open(self.seed_sealed, context=self.seed_context))

    def totp(self) -> TOTP:
        """The generator of this device at the present time step."""
        return TOTP(self.seed(), step=self.STEP_SECONDS, digits=self.DIGITS)

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

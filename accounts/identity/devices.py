"""Second factors of insured people.

All are verified through ``django_otp.verify_token()`` only, which locks the row. Codes and recovery codes are kept
as keyed hashes, seeds encrypted.
"""

from typing import Any, Final

from django.db import models
from django.utils import timezone
from django_otp.models import Device, ThrottlingMixin, TimestampMixin

from accounts.identity.enums import CodeChannel
from accounts.identity.one_time_codes import SALT_BYTES, OneTimeCode, keyed_hash
from accounts.identity.totp import SealedTotpDevice

RECOVERY_CODES: Final = 10


class InsuredTotpDevice(SealedTotpDevice):
    """An authenticator app of an insured person; ``confirmed`` once it has shown a right code."""

    class Meta(SealedTotpDevice.Meta):
        verbose_name = "application d’authentification d’un assuré"
        verbose_name_plural = "applications d’authentification des assurés"


class CodeDevice(TimestampMixin, OneTimeCode, Device):  # type: ignore[django-manager-missing] # django-otp types no manager
    """Codes by SMS or e-mail to an address that the insurer knows. The last code sent is the only good one."""

    channel = models.CharField("canal", max_length=5, choices=CodeChannel)

    class Meta(Device.Meta):
        verbose_name = "réception de codes"
        verbose_name_plural = "réceptions de codes"
        constraints = [models.UniqueConstraint(fields=["user", "channel"], name="code_device_one_per_channel")]

    def __str__(self) -> str:
        return f"réception de codes {self.pk}"

    def verify_token(self, token: Any) -> bool:  # noqa: ANN401 (django-otp's own signature)
        """True once for the code sent last, within its ten minutes and its five tries."""
        is_right = self.take(str(token), now=timezone.now())
        if is_right:
            self.set_last_used_timestamp(commit=False)
        self.save()
        return is_right


class RecoveryCodeDevice(TimestampMixin, ThrottlingMixin, Device):
    """Ten codes to keep on paper, each good once; a new set replaces the last one."""

    salt = models.BinaryField("sel", max_length=SALT_BYTES)

    class Meta(Device.Meta):
        verbose_name = "jeu de codes de secours"
        verbose_name_plural = "jeux de codes de secours"
        constraints = [models.UniqueConstraint(fields=["user"], name="recovery_codes_one_set")]

    def __str__(self) -> str:
        return f"jeu de codes de secours {self.pk}"

    def verify_token(self, token: Any) -> bool:  # noqa: ANN401 (django-otp's own signature)
        """True once for each code of the set; slows down after failures."""
        allowed, _ = self.verify_is_allowed()
        if not allowed:
            return False
        now = timezone.now()
        given = keyed_hash(str(token), salt=bytes(self.salt))
        if self.codes.filter(code_hash=given, used_at=None).update(used_at=now):
            self.throttle_reset(commit=False)
            self.set_last_used_timestamp(commit=False)
            self.save()
            return True
        self.throttle_increment()
        return False

    def get_throttle_factor(self) -> float:
        """Seconds after the first failure, doubled at each further one."""
        return 1.0


class RecoveryCode(models.Model):
    """One code of a set. Fifty random bits, so that a fast keyed hash is enough."""

    device = models.ForeignKey(RecoveryCodeDevice, models.CASCADE, related_name="codes", verbose_name="jeu de codes")
    code_hash = models.BinaryField("empreinte", max_length=32)
    used_at = models.DateTimeField("utilisé le", null=True)

    class Meta:
        verbose_name = "code de secours"
        verbose_name_plural = "codes de secours"
        constraints = [models.UniqueConstraint(fields=["device", "code_hash"], name="recovery_code_once_in_set")]

    def __str__(self) -> str:
        return f"code de secours {self.pk}"

"""A FranceConnect identity that opens an account, as a device of django-otp: it stands for both factors at once."""

import uuid
from typing import Any

from django.db import models
from django_otp.models import Device, TimestampMixin

from accounts.identity.franceconnect.flow import Identity
from ameli_notify.core.crypto import lookup_id, lookup_key


class FranceConnectDevice(TimestampMixin, Device):
    """The link between an account and an identity: one of each at most.

    Only a keyed hash of issuer and subject is kept. Verified through ``django_otp.verify_token()`` with an
    ``Identity`` that ``flow.finish`` has just made: no text that somebody could type is ever accepted.
    """

    subject_lookup = models.UUIDField("empreinte de l’identité", unique=True)

    class Meta(Device.Meta):
        verbose_name = "identité numérique liée à un compte"
        verbose_name_plural = "identités numériques liées à un compte"
        constraints = [models.UniqueConstraint(fields=["user"], name="franceconnect_one_identity")]

    def __str__(self) -> str:
        return f"identité numérique liée {self.pk}"

    def verify_token(self, token: Any) -> bool:  # noqa: ANN401 (django-otp's own signature)
        """True for the identity that is linked."""
        if not isinstance(token, Identity) or subject_lookup(token) != self.subject_lookup:
            return False
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True


def subject_lookup(identity: Identity) -> uuid.UUID:
    """Keyed hash of issuer and subject."""
    return lookup_id("franceconnect", f"{identity.issuer}|{identity.subject}", key=lookup_key())

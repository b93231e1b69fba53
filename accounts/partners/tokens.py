"""Access tokens: random, short-lived, kept as a keyed hash; they die with their key, client and partner."""

import datetime as dt
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils import timezone

from accounts.partners.assertions import Proven
from accounts.partners.certificates import may_use
from accounts.partners.client_models import PartnerAssertion, PartnerToken
from accounts.partners.enums import PartnerState
from ameli_notify.core.crypto import lookup_id, lookup_key

LIFE: Final = dt.timedelta(seconds=300)
_BYTES: Final = 32
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerCaller:
    """Who makes a request of the API, as its token says."""

    partner_id: int
    client_pk: int
    scopes: frozenset[str]
    requests_per_minute: int
    requests_per_day: int | None
    allowed_networks: tuple[str, ...]
    is_paused: bool

    @property
    def is_authenticated(self) -> bool:
        """For DRF: there is a caller."""
        return True


def issue(proven: Proven, scopes: Sequence[str], *, certificate: str = "") -> str:
    """A new token; this is the only time that it is seen. ``certificate``: thumbprint of what it is bound to."""
    token, now = secrets.token_urlsafe(_BYTES), timezone.now()
    PartnerToken.objects.create(
        token_lookup=_lookup(token),
        client=proven.client,
        key=proven.key,
        scopes=list(scopes),
        certificate_thumbprint=certificate,
        issued_at=now,
        expires_at=now + LIFE,
    )
    return token


def caller_of(token: str, *, certificate: str = "") -> PartnerCaller | None:
    """Whose token it is, while it lives, and from the certificate that it is bound to. One query."""
    if _FORM.fullmatch(token) is None:
        return None
    living = PartnerToken.objects.select_related("client__partner").filter(
        token_lookup=_lookup(token),
        expires_at__gt=timezone.now(),
        client__withdrawn_at=None,
        key__withdrawn_at=None,
    )
    found = living.first()
    if found is None or not may_use(found.client, bound_to=found.certificate_thumbprint, certificate=certificate):
        return None
    return PartnerCaller(
        partner_id=found.client.partner_id,
        client_pk=found.client_id,
        scopes=frozenset(found.scopes) & frozenset(found.client.allowed_scopes()),
        requests_per_minute=found.client.requests_per_minute,
        requests_per_day=found.client.partner.requests_per_day,
        allowed_networks=tuple(found.client.allowed_networks),
        is_paused=found.client.partner.state != PartnerState.ACTIVE,
    )


def forget() -> int:
    """Delete expired tokens and used assertions; returns how many. An assertion is kept past the leeway of clocks."""
    now = timezone.now()
    tokens, _ = PartnerToken.objects.filter(expires_at__lte=now).delete()
    assertions, _ = PartnerAssertion.objects.filter(expires_at__lte=now - dt.timedelta(minutes=5)).delete()
    return tokens + assertions


def _lookup(token: str) -> UUID:
    return lookup_id("partner.token", token, key=lookup_key())

"""Keys that a partner publishes itself, at an address that it gave us (JWKS, RFC 7517, 5).

They become keys of the client like those that are registered in the console. What is fetched replaces what was fetched
before: a key that is no longer shown is withdrawn. When the address does not answer, or shows something unfit, the
last good copy goes on. Requests go through the guard of ``core.outgoing``.
"""

import datetime as dt
import json
import logging
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.partners.client_models import PartnerClient, PartnerKey, PartnerToken
from accounts.partners.enums import KeySetError
from accounts.partners.keys import UnfitKeyError, read_public_key
from ameli_notify.core.limits import RetryAfter, hit
from ameli_notify.core.outgoing.errors import OutgoingError
from ameli_notify.core.outgoing.requests import Limits, send

logger = logging.getLogger(__name__)

LIFE: Final = dt.timedelta(minutes=15)
"""How old a copy may be before it is fetched again."""
SECONDS_BETWEEN: Final = 60
"""At most one look a minute because of a key that is not known: whoever sends assertions makes us ask."""
LIMITS: Final = Limits(connect=2.0, total=4.0, most_bytes=65_536)
MOST_KEYS: Final = 20
CLIENTS_AT_ONCE: Final = 8
"""Of one run: at four seconds each, within the queue's timeout."""
BY_URL: Final = "adresse JWKS"
"""Who adds and withdraws what is fetched; no member of the staff can be called so."""
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class UnfitKeySetError(Exception):
    """What was fetched is not taken. ``reason``: for the console."""

    def __init__(self, reason: KeySetError) -> None:
        super().__init__(reason.value)
        self.reason = reason


def refresh_for_unknown_key(client_id: UUID) -> bool:
    """An assertion names a key that is not known: the client may have a new one. False when nothing was fetched."""
    client = _with_address().filter(client_id=client_id).first()
    if client is None:
        return False
    if isinstance(hit(f"partner-jwks|{client.pk}", limit=1, window_seconds=SECONDS_BETWEEN), RetryAfter):
        return False
    return refresh(client)


def refresh_old() -> int:
    """Fetch the copies that are old, the oldest first; returns how many could be had."""
    old = timezone.now() - LIFE
    waiting = _with_address().filter(Q(jwks_tried_at=None) | Q(jwks_tried_at__lte=old))
    return sum(refresh(client) for client in waiting.order_by("jwks_tried_at", "pk")[:CLIENTS_AT_ONCE])


def refresh(client: PartnerClient) -> bool:
    """Fetch and take over the client's key set; False, and nothing changed but a note, when it cannot be had."""
    mine = PartnerClient.objects.filter(pk=client.pk, jwks_url=client.jwks_url)
    mine.update(jwks_tried_at=timezone.now())
    try:
        keys = read_key_set(_fetch(client.jwks_url))
    except UnfitKeySetError as error:
        mine.update(jwks_error=error.reason)
        logger.warning("partner key set refused", extra={"client": client.pk, "why": error.reason})
        return False
    with transaction.atomic():
        # Whoever changed the address in between wins.
        if not mine.select_for_update().exists():
            return False
        changed = _take_over(client, keys)
        mine.update(jwks_fetched_at=timezone.now(), jwks_error="")
    if changed:
        logger.info("partner keys changed by their address", extra={"client": client.pk, "changed": changed})
    return True


def forget_fetched(client: PartnerClient) -> int:
    """The address is no longer the client's: withdraw what came from it; returns how many keys."""
    return _withdraw(client, kept=())


def read_key_set(content: bytes) -> dict[str, dict[str, Any]]:
    """Usable public keys by ``kid``; an empty set is one too. Raises UnfitKeySetError.

    A set with a private key is refused whole: its publisher must hear of it, and the key is everybody's.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise UnfitKeySetError(KeySetError.NO_KEY_SET) from None
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS or not all(isinstance(key, dict) for key in listed):
        raise UnfitKeySetError(KeySetError.NO_KEY_SET)
    if any(_PRIVATE_MEMBERS & key.keys() for key in listed):
        raise UnfitKeySetError(KeySetError.PRIVATE_KEY)
    read = [jwk for jwk in map(_read, listed) if jwk is not None]
    keys = {str(jwk["kid"]): jwk for jwk in read}
    if len(keys) != len(read):
        raise UnfitKeySetError(KeySetError.NO_KEY_SET)  # two keys of one name
    if listed and not keys:
        raise UnfitKeySetError(KeySetError.NO_FIT_KEY)
    return keys


def _read(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """None for a key that is not for signatures of ours: for encryption, or of another kind or size."""
    if raw.get("use", "sig") != "sig":
        return None
    try:
        return read_public_key(json.dumps(raw))
    except UnfitKeyError:
        return None


def _fetch(url: str) -> bytes:
    try:
        answer = send("GET", url, headers={"Accept": "application/json"}, limits=LIMITS)
    except OutgoingError as error:
        raise UnfitKeySetError(KeySetError(error.reason.value)) from None
    if answer.status != 200:
        raise UnfitKeySetError(KeySetError.STATUS)
    return answer.body


def _take_over(client: PartnerClient, keys: Mapping[str, dict[str, Any]]) -> int:
    """How many keys were added, changed, brought back or withdrawn. A registered key is never touched."""
    changed = _withdraw(client, kept=keys)
    known = {key.kid: key for key in PartnerKey.objects.select_for_update().filter(client=client, kid__in=keys)}
    for kid, jwk in keys.items():
        key = known.get(kid)
        if key is None:
            PartnerKey.objects.create(client=client, kid=kid, jwk=jwk, is_from_url=True, added_by=BY_URL)
        elif not key.is_from_url or key.withdrawn_by not in ("", BY_URL) or (key.jwk == jwk and not key.withdrawn_by):
            continue
        else:
            PartnerToken.objects.filter(key=key).delete()
            key.jwk, key.withdrawn_at, key.withdrawn_by = jwk, None, ""
            key.save(update_fields=["jwk", "withdrawn_at", "withdrawn_by"])
        changed += 1
    return changed


def _withdraw(client: PartnerClient, *, kept: Mapping[str, object] | tuple[()]) -> int:
    shown = PartnerKey.objects.filter(client=client, is_from_url=True, withdrawn_at=None)
    return shown.exclude(kid__in=list(kept)).update(withdrawn_at=timezone.now(), withdrawn_by=BY_URL)


def _with_address() -> QuerySet[PartnerClient]:
    return PartnerClient.objects.filter(withdrawn_at=None).exclude(jwks_url="")

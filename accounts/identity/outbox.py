"""Putting messages into the outbox of sign-in messages, and taking them out."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.identity.alarm import TASKS_TO_WAKE
from accounts.identity.enums import CodeChannel, SecurityMessageKind, SendState
from accounts.identity.messages import SecurityMessage
from accounts.identity.one_time_codes import LIFETIME
from accounts.people.models import ContactChannel, contact_context
from ameli_notify.core.crypto import SealedValueError, key_ring
from ameli_notify.core.jobs import enqueue
from ameli_notify.core.sql import fetch_all, run

NOTICE_LIFETIME: Final = dt.timedelta(hours=48)
KEPT: Final = dt.timedelta(days=30)
"""How long settled rows stay, for support and statistics: they hold no address and no code."""

_TABLE: Final = SecurityMessage._meta.db_table


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in a sender's hands; ``code`` is empty for a notice."""

    id: int
    kind: SecurityMessageKind
    address: str
    code: str


def post_code(
    kind: SecurityMessageKind,
    *,
    code: str,
    channel: CodeChannel,
    contact: ContactChannel | None = None,
    new_address: str = "",
) -> None:
    """Post a code to an address of the directory, or to one that is being verified.

    With neither, the row is ``void``: same work, nobody written to.
    """
    message = SecurityMessage(kind=kind, channel=channel, contact=contact, expires_at=timezone.now() + LIFETIME)
    sealed = key_ring().seal(code, context=message.context("code"))
    if new_address:
        message.address_sealed = key_ring().seal(new_address, context=message.context("address"))
    if contact is None and not new_address:
        message.state, message.settled_at = SendState.VOID, timezone.now()
    else:
        message.code_sealed = sealed
    _post(message)


def post_notice(kind: SecurityMessageKind, *, contacts: Sequence[ContactChannel]) -> None:
    """Tell somebody, at each of these addresses (current or ended), that something changed."""
    for contact in contacts:
        channel = CodeChannel.of(contact.kind)
        if channel is not None:
            _post(
                SecurityMessage(
                    kind=kind, channel=channel, contact=contact, expires_at=timezone.now() + NOTICE_LIFETIME
                )
            )


def _post(message: SecurityMessage) -> None:
    message.save(force_insert=True)
    for task_path in TASKS_TO_WAKE:
        enqueue(task_path, message.channel)


def claim(channel: CodeChannel, *, limit: int, lease: dt.timedelta) -> tuple[uuid.UUID, list[Claimed]]:
    """Lease messages whose time has come, in their order, under one token; durable when it returns.

    A leased message may be handed over from then on, so it is never leased again.
    """
    token = uuid.uuid4()
    with transaction.atomic():
        run("SET LOCAL synchronous_commit = on")
        run(
            f"""
            WITH due AS (
                SELECT id FROM {_TABLE}
                WHERE state = 'waiting' AND channel = %s AND not_before_at <= statement_timestamp()
                ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
            )
            UPDATE {_TABLE} m
            SET state = 'claimed', claim_token = %s, attempts = attempts + 1, not_before_at = statement_timestamp() + %s
            FROM due WHERE m.id = due.id
            """,
            [channel, limit, token, lease],
        )
    rows = SecurityMessage.objects.filter(claim_token=token, state=SendState.CLAIMED).select_related("contact")
    return token, [_opened(message) for message in rows.order_by("id")]


def _opened(message: SecurityMessage) -> Claimed:
    """The message in clear; without an address when it is gone or does not open, which makes it fail alone."""
    try:
        address, code = _open(message)
    except SealedValueError:
        address, code = "", ""
    return Claimed(message.pk, SecurityMessageKind(message.kind), address, code)


def _open(message: SecurityMessage) -> tuple[str, str]:
    ring = key_ring()
    address, code = "", ""
    if message.address_sealed is not None:
        address = ring.open(message.address_sealed, context=message.context("address"))
    elif message.contact is not None:
        context = contact_context(message.contact.insured_id, message.contact.kind)
        address = ring.open(message.contact.address_sealed, context=context)
    if message.code_sealed is not None:
        code = ring.open(message.code_sealed, context=message.context("code"))
    return address, code


def settle(ids: Sequence[int], *, token: uuid.UUID, state: SendState) -> int:
    """Write an outcome on rows that are still ours and wipe them; returns how many took it."""
    return run(
        f"""UPDATE {_TABLE}
            SET state = %s, settled_at = statement_timestamp(), code_sealed = NULL, address_sealed = NULL
            WHERE id = ANY(%s) AND claim_token = %s AND state = 'claimed'""",
        [state, list(ids), token],
    )


def try_later(ids: Sequence[int], *, token: uuid.UUID) -> int:
    """Give back messages that were certainly not handed over: after 2, 6, 18 ... seconds, until they expire."""
    return run(
        f"""UPDATE {_TABLE}
            SET state = 'waiting', claim_token = NULL,
                not_before_at = statement_timestamp() + least(2 * 3 ^ (attempts - 1), 3600) * interval '1 second'
            WHERE id = ANY(%s) AND claim_token = %s AND state = 'claimed'""",
        [list(ids), token],
    )


def close_overdue() -> dict[str, int]:
    """Settle what is past its time: ``expired`` if it still waited, ``unknown`` if its sender died with it."""
    closed = fetch_all(
        f"""UPDATE {_TABLE}
            SET state = CASE state WHEN 'claimed' THEN 'unknown' ELSE 'expired' END,
                settled_at = statement_timestamp(), code_sealed = NULL, address_sealed = NULL
            WHERE (state = 'claimed' AND not_before_at < statement_timestamp())
               OR (state = 'waiting' AND expires_at < statement_timestamp())
            RETURNING state"""
    )
    states = [state for (state,) in closed]
    return {state: states.count(state) for state in (SendState.EXPIRED.value, SendState.UNKNOWN.value)}


def purge_settled() -> int:
    """Delete rows settled more than KEPT ago; returns how many."""
    deleted, _ = SecurityMessage.objects.filter(settled_at__lt=Now() - KEPT).delete()
    return deleted

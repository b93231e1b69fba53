"""Sending what waits: a few requests at once, one at a time to each endpoint, until nothing is due.

Requests are made in threads that never touch the database; everything is written by the caller's thread.

Senders have places, fewer than there are workers: however many partners are slow, other work goes on beside them.
Whoever finds no place leaves it to those who have one: they look for more until their time is over, and once after it.
"""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.utils import timezone

from accounts.partners.webhooks import ledger
from accounts.partners.webhooks.announcing import DELIVER
from accounts.partners.webhooks.enums import DeliveryError
from accounts.partners.webhooks.ledger import Attempt, Claim, Outcome
from accounts.partners.webhooks.signing import open_secret, signed_headers
from ameli_notify.core.jobs import enqueue
from ameli_notify.core.outgoing.errors import OutgoingError
from ameli_notify.core.outgoing.requests import Limits, send
from ameli_notify.core.sql import fetch_value

logger = logging.getLogger(__name__)

PLACES_LOCK: Final = 0x0A0E1112
"""First half of the advisory locks of senders; the second is the place."""
AT_ONCE: Final = 8
SECONDS_TO_BEGIN: Final = 30.0
"""With one request's time after it, shorter than the queue's timeout."""
IN_A_ROW: Final = 20
"""Messages to one endpoint before others get its place."""
POLL_SECONDS: Final = 0.2
LIMITS: Final = Limits(connect=5.0, total=15.0, most_bytes=None)
USER_AGENT: Final = "ameli-notify-webhooks/1"
GONE: Final = 410
_ASKS_TO_WAIT: Final = (429, 503)


@dataclass(slots=True)
class _Turn:
    """An endpoint that is being served."""

    held: Claim
    attempt: Attempt
    sent: int = 1


def deliver(*, seconds: float = SECONDS_TO_BEGIN) -> int:
    """Send until nothing is due or the time is over; returns how many messages were received."""
    with _place() as is_free:
        if not is_free:
            return 0
        received = _send_what_is_due(seconds)
    if ledger.is_anything_due():  # the time was over, or whoever was woken found no place
        enqueue(DELIVER)
    return received


@contextmanager
def _place() -> Iterator[bool]:
    """One of the places, until the end; False when all are taken. A sender that dies leaves its own."""
    for place in range(max(1, settings.QUEUE_WORKERS // 2)):
        if fetch_value("SELECT pg_try_advisory_lock(%s, %s)", [PLACES_LOCK, place]):
            try:
                yield True
            finally:
                fetch_value("SELECT pg_advisory_unlock(%s, %s)", [PLACES_LOCK, place])
            return
    yield False


def _send_what_is_due(seconds: float) -> int:
    started, received = time.monotonic(), 0
    under_way: dict[Future[Outcome], _Turn] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as pool:
        while True:
            may_begin = time.monotonic() - started < seconds
            while may_begin and len(under_way) < AT_ONCE:
                turn = _next_turn()
                if turn is None:
                    break
                under_way[_ask(pool, turn)] = turn
            if not under_way:
                return received
            done, _ = wait(under_way, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                turn, outcome = under_way.pop(future), future.result()
                received += outcome.is_received
                _settle(turn, outcome)
                if may_begin and _goes_on(turn, outcome):
                    under_way[_ask(pool, turn)] = turn
                else:
                    ledger.release(turn.held)


def _next_turn() -> _Turn | None:
    """None when nothing is due."""
    held = ledger.claim()
    if held is None:
        return None
    attempt = ledger.begin(held)
    if attempt is None:  # settled, superseded or stopped in between
        ledger.release(held)
        return None
    return _Turn(held, attempt)


def _goes_on(turn: _Turn, outcome: Outcome) -> bool:
    """Another message to an endpoint that answers well, within its turn."""
    following = ledger.begin(turn.held) if outcome.is_received and turn.sent < IN_A_ROW else None
    if following is None:
        return False
    turn.attempt, turn.sent = following, turn.sent + 1
    return True


def _settle(turn: _Turn, outcome: Outcome) -> None:
    ledger.settle(turn.held, turn.attempt, outcome)
    if not outcome.is_received:
        logger.info(
            "webhook not received",
            extra={"endpoint": turn.held.endpoint.pk, "error": outcome.error, "status": outcome.status},
        )


def _ask(pool: ThreadPoolExecutor, turn: _Turn) -> Future[Outcome]:
    """Signs here, at the moment of sending: receivers refuse old timestamps."""
    endpoint, attempt = turn.held.endpoint, turn.attempt
    headers = signed_headers(
        attempt.message_id, attempt.body, at=int(timezone.now().timestamp()), secrets_of=_secrets(turn)
    )
    return pool.submit(_request, endpoint.url, attempt.body, headers)


def _secrets(turn: _Turn) -> list[str]:
    """The one in use, and the one before it while it lasts."""
    endpoint = turn.held.endpoint
    sealed = [endpoint.secret_sealed] if endpoint.secret_sealed is not None else []
    until = endpoint.previous_secret_until
    if endpoint.previous_secret_sealed is not None and until is not None and until > timezone.now():
        sealed.append(endpoint.previous_secret_sealed)
    return [open_secret(endpoint, value) for value in sealed]


def _request(url: str, body: str, headers: dict[str, str]) -> Outcome:
    sent = {**headers, "Content-Type": "application/json", "User-Agent": USER_AGENT}
    try:
        answer = send("POST", url, body=body.encode(), headers=sent, limits=LIMITS)
    except OutgoingError as error:
        return Outcome(error=error.reason.value)
    if 200 <= answer.status < 300:
        return Outcome(is_received=True, status=answer.status)
    asked = answer.headers.get("retry-after", "") if answer.status in _ASKS_TO_WAIT else ""
    return Outcome(
        status=answer.status,
        error=DeliveryError.STATUS,
        is_gone=answer.status == GONE,
        rest_seconds=int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0,
    )

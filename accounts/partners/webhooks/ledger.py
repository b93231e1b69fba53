"""Who sends what next: endpoints leased one by one, attempts counted before they are made, outcomes written after.

A sender holds an endpoint, not a delivery: one request at a time to each address, so that a slow partner holds one
place and no more, and rests after a failure. The token is the fence: who has lost the lease writes no failure and
begins nothing; that a message was received is written whoever did it. At least once: a sender killed between request
and outcome leaves a delivery that is tried again, under the same message id.
"""

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from accounts.partners.enums import PartnerState
from accounts.partners.webhooks.announcing import DELIVERY, ENDPOINT
from accounts.partners.webhooks.enums import DeliveryError, DeliveryState, DisabledReason, EndpointState
from accounts.partners.webhooks.models import WebhookEndpoint
from ameli_notify.core.sql import fetch_one, fetch_value, run

PARTNER: Final = "accounts_partnerinsurer"
MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
RETRY_SECONDS: Final = (
    5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
)  # fmt: skip
"""After the first attempt, the second, and so on: some three days in all."""
MOST_ATTEMPTS: Final = len(RETRY_SECONDS) + 1
JITTER: Final = 0.2
"""Part of a delay by which it may be longer: what failed together does not come back together."""
LEASE_SECONDS: Final = MINUTE
LONGEST_REST: Final = 30 * MINUTE
FAILING_DAYS: Final = 5
"""Without any success, until an endpoint is disabled."""
OLDEST_DAYS: Final = 7
"""What could not even be tried, the partner being paused."""
KEPT_DAYS: Final = 30
"""Settled deliveries, for whoever asks and for replays."""

_DUE: Final = f"""
    SELECT e.id FROM {ENDPOINT} e
    JOIN {PARTNER} p ON p.id = e.partner_id AND p.state = '{PartnerState.ACTIVE}'
    WHERE e.state = '{EndpointState.ACTIVE}'
      AND (e.leased_until IS NULL OR e.leased_until < statement_timestamp())
      AND (e.rests_until IS NULL OR e.rests_until <= statement_timestamp())
      AND EXISTS (SELECT FROM {DELIVERY} d WHERE d.endpoint_id = e.id AND d.state = '{DeliveryState.WAITING}'
                  AND d.next_attempt_at <= statement_timestamp())
"""
_IS_ANYTHING_DUE: Final = f"SELECT EXISTS ({_DUE})"

_CLAIM: Final = f"""
WITH due AS ({_DUE}
    ORDER BY e.claimed_at NULLS FIRST, e.id LIMIT 1
    FOR UPDATE OF e SKIP LOCKED
)
UPDATE {ENDPOINT} e
SET claim_token = %(token)s, claimed_at = statement_timestamp(),
    leased_until = statement_timestamp() + make_interval(secs => %(lease)s)
FROM due WHERE e.id = due.id RETURNING e.id
"""

_HOLD: Final = f"""
UPDATE {ENDPOINT} SET leased_until = statement_timestamp() + make_interval(secs => %(lease)s)
WHERE id = %(endpoint)s AND claim_token = %(token)s AND leased_until > statement_timestamp()
  AND state = '{EndpointState.ACTIVE}' AND (rests_until IS NULL OR rests_until <= statement_timestamp())
"""

_BEGIN: Final = f"""
UPDATE {DELIVERY} d
SET attempts = d.attempts + 1, tried_at = statement_timestamp(),
    next_attempt_at = statement_timestamp()
        + make_interval(secs => (%(delays)s::float8[])[least(d.attempts + 1, %(last)s)] * %(jitter)s)
WHERE d.id = (
    SELECT w.id FROM {DELIVERY} w
    WHERE w.endpoint_id = %(endpoint)s AND w.state = '{DeliveryState.WAITING}'
      AND w.next_attempt_at <= statement_timestamp() AND w.attempts < %(most)s
    ORDER BY w.next_attempt_at, w.id LIMIT 1)
RETURNING d.id, d.message_id, d.body
"""

_DELIVERED: Final = f"""
UPDATE {DELIVERY}
SET state = '{DeliveryState.DELIVERED}', settled_at = statement_timestamp(), next_attempt_at = NULL,
    last_status = %(status)s, last_error = ''
WHERE id = %(delivery)s AND state = '{DeliveryState.WAITING}'
"""
_DOES_WELL: Final = f"""
UPDATE {ENDPOINT}
SET last_delivered_at = statement_timestamp(), failures_in_a_row = 0, failing_since = NULL, rests_until = NULL
WHERE id = %(endpoint)s
"""

_FAILED: Final = f"""
UPDATE {DELIVERY}
SET last_status = %(status)s, last_error = %(error)s,
    state = CASE WHEN attempts >= %(most)s THEN '{DeliveryState.DEAD}' ELSE state END,
    settled_at = CASE WHEN attempts >= %(most)s THEN statement_timestamp() END,
    next_attempt_at = CASE WHEN attempts < %(most)s THEN next_attempt_at END
WHERE id = %(delivery)s AND state = '{DeliveryState.WAITING}'
"""
_DOES_BADLY: Final = f"""
UPDATE {ENDPOINT}
SET failures_in_a_row = failures_in_a_row + 1, failing_since = coalesce(failing_since, statement_timestamp()),
    rests_until = statement_timestamp()
        + make_interval(secs => greatest(%(rest)s, least(5 * 2.0 ^ least(failures_in_a_row, 20), %(longest)s)))
WHERE id = %(endpoint)s AND claim_token = %(token)s
RETURNING failing_since < statement_timestamp() - make_interval(days => %(days)s)
"""

_DISABLE: Final = f"""
UPDATE {ENDPOINT}
SET state = '{EndpointState.DISABLED}', disabled_reason = %(reason)s, state_at = statement_timestamp(),
    claim_token = NULL, leased_until = NULL
WHERE id = %(endpoint)s AND state = '{EndpointState.ACTIVE}'
"""
_ABANDON: Final = f"""
UPDATE {DELIVERY}
SET state = '{DeliveryState.DEAD}', settled_at = statement_timestamp(), next_attempt_at = NULL,
    last_error = '{DeliveryError.ENDPOINT_DISABLED}'
WHERE endpoint_id = %(endpoint)s AND state = '{DeliveryState.WAITING}'
"""

_RELEASE: Final = f"""
UPDATE {ENDPOINT} SET claim_token = NULL, leased_until = NULL WHERE id = %(endpoint)s AND claim_token = %(token)s
"""

# What a sender that died left in its last attempt, and what waited in vain.
_HEAL: Final = f"""
UPDATE {DELIVERY}
SET state = '{DeliveryState.DEAD}', settled_at = statement_timestamp(), next_attempt_at = NULL,
    last_error = CASE WHEN attempts >= %(most)s AND last_error <> '' THEN last_error
                      ELSE '{DeliveryError.TOO_OLD}' END
WHERE state = '{DeliveryState.WAITING}'
  AND ((attempts >= %(most)s AND next_attempt_at <= statement_timestamp())
       OR (attempts = 0 AND next_attempt_at <= statement_timestamp() - make_interval(days => %(oldest)s)))
"""
_PURGE: Final = f"""
DELETE FROM {DELIVERY} WHERE settled_at < statement_timestamp() - make_interval(days => %(kept)s)
"""
_FORGET_PREVIOUS: Final = f"""
UPDATE {ENDPOINT} SET previous_secret_sealed = NULL, previous_secret_until = NULL
WHERE previous_secret_until <= statement_timestamp()
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """An endpoint in a sender's hands."""

    endpoint: WebhookEndpoint
    token: uuid.UUID

    @property
    def values(self) -> Mapping[str, object]:
        return {"endpoint": self.endpoint.pk, "token": self.token, "lease": LEASE_SECONDS}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request that is about to be made, and counted already."""

    delivery_id: int
    message_id: uuid.UUID
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an attempt. ``rest_seconds``: what the receiver asked for (Retry-After)."""

    is_received: bool = False
    is_gone: bool = False
    status: int | None = None
    error: str = ""
    rest_seconds: int = 0


def claim() -> Claim | None:
    """Lease the endpoint that was served longest ago among those with something due; None when there is none."""
    token = uuid.uuid4()
    row = fetch_one(_CLAIM, {"token": token, "lease": LEASE_SECONDS})
    return None if row is None else Claim(WebhookEndpoint.objects.get(pk=row[0]), token)


def is_anything_due() -> bool:
    """Whether an endpoint that nobody holds has something to be sent."""
    return bool(fetch_value(_IS_ANYTHING_DUE))


def begin(held: Claim) -> Attempt | None:
    """Count the next attempt; None when nothing is due, or the endpoint is no longer ours to send to. Durable."""
    with transaction.atomic():
        run("SET LOCAL synchronous_commit = on")
        if not run(_HOLD, held.values):
            return None
        row = fetch_one(
            _BEGIN,
            {
                "endpoint": held.endpoint.pk,
                "delays": list(RETRY_SECONDS),
                "last": len(RETRY_SECONDS),
                "most": MOST_ATTEMPTS,
                "jitter": 1 + random.random() * JITTER,  # noqa: S311 (spreads load, hides nothing)
            },
        )
    return None if row is None else Attempt(*row)


def settle(held: Claim, attempt: Attempt, outcome: Outcome) -> None:
    """Write what became of the attempt, and how the endpoint does."""
    values = {
        **held.values,
        "delivery": attempt.delivery_id,
        "status": outcome.status,
        "error": outcome.error,
        "most": MOST_ATTEMPTS,
        "rest": min(outcome.rest_seconds, LONGEST_REST),
        "longest": LONGEST_REST,
        "days": FAILING_DAYS,
    }
    with transaction.atomic():
        if outcome.is_received:
            run(_DELIVERED, values)
            run(_DOES_WELL, values)
            return
        row = fetch_one(_DOES_BADLY, values)
        if row is None:
            return  # no longer ours
        run(_FAILED, values)
        if outcome.is_gone or row[0]:
            disable(held.endpoint.pk, DisabledReason.GONE if outcome.is_gone else DisabledReason.FAILING)


def disable(endpoint_id: int, reason: DisabledReason) -> None:
    """Stop sending to an endpoint; what waits for it becomes dead and can be replayed. In the caller's transaction."""
    if run(_DISABLE, {"endpoint": endpoint_id, "reason": reason}):
        run(_ABANDON, {"endpoint": endpoint_id})


def release(held: Claim) -> None:
    """Let others have the endpoint."""
    run(_RELEASE, held.values)


def heal() -> int:
    """Settle what can no longer be delivered; returns how many. Leases end by themselves."""
    return run(_HEAL, {"most": MOST_ATTEMPTS, "oldest": OLDEST_DAYS})


def purge() -> int:
    """Delete what was settled long ago, and secrets that no longer sign; returns how many rows were deleted."""
    run(_FORGET_PREVIOUS)
    return run(_PURGE, {"kept": KEPT_DAYS})

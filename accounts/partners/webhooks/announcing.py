"""Announcing that there is news, in the transaction that makes it: what is rolled back was never announced.

A floor above calls ``announce(partner_id, EventType.X, {"id": …})``. Each endpoint of the partner that asked for this
type gets a row to send; a partner without one is told nothing, and finds the news where it reads.
"""

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from django.utils import timezone

from accounts.partners.webhooks.enums import DeliveryState, EndpointState, EventType
from accounts.partners.webhooks.models import WebhookDelivery, WebhookEndpoint
from ameli_notify.core.jobs import enqueue
from ameli_notify.core.sql import fetch_all, fetch_value, run

DELIVER: Final = "accounts.partners.webhooks.tasks.deliver"
KEYS: Final = frozenset({"id", "position"})
"""What a payload may hold: where to look, nothing of what is found there."""
LONGEST_VALUE: Final = 400
AT_ONCE: Final = 5_000
"""Messages of one statement."""

ENDPOINT: Final = WebhookEndpoint._meta.db_table
DELIVERY: Final = WebhookDelivery._meta.db_table

_SUPERSEDE: Final = f"""
UPDATE {DELIVERY} d
SET state = '{DeliveryState.SUPERSEDED}', settled_at = statement_timestamp(), next_attempt_at = NULL
FROM {ENDPOINT} e
WHERE e.partner_id = %(partner)s AND d.endpoint_id = e.id AND d.state = '{DeliveryState.WAITING}'
  AND d.event_type = %(type)s
"""

# One that already has something to do is awake, or will be woken by the schedule.
_INSERT: Final = f"""
WITH wanted AS (
    SELECT e.id, EXISTS (SELECT FROM {DELIVERY} d
                         WHERE d.endpoint_id = e.id AND d.state = '{DeliveryState.WAITING}'
                           AND d.next_attempt_at <= statement_timestamp()) AS is_busy
    FROM {ENDPOINT} e
    WHERE e.partner_id = %(partner)s AND e.state = '{EndpointState.ACTIVE}'
      AND CASE WHEN %(endpoint)s::bigint IS NULL THEN e.event_types ? %(type)s ELSE e.id = %(endpoint)s::bigint END
), added AS (
    INSERT INTO {DELIVERY} (endpoint_id, message_id, event_type, body, created_at, state, attempts, next_attempt_at,
                            last_error, replays)
    SELECT id, %(message)s, %(type)s, %(body)s, %(at)s, '{DeliveryState.WAITING}', 0, statement_timestamp(), '', 0
    FROM wanted
    RETURNING endpoint_id
)
SELECT count(*) FROM added JOIN wanted ON wanted.id = added.endpoint_id WHERE NOT wanted.is_busy
"""


_LISTENING: Final = f"""
SELECT DISTINCT e.partner_id FROM {ENDPOINT} e
WHERE e.state = '{EndpointState.ACTIVE}' AND e.event_types ? %(type)s ORDER BY e.partner_id
"""

# The same for many messages, in their order.
_INSERT_MANY: Final = f"""
WITH listener AS (
    SELECT e.id, e.partner_id, EXISTS (SELECT FROM {DELIVERY} d
                                       WHERE d.endpoint_id = e.id AND d.state = '{DeliveryState.WAITING}'
                                         AND d.next_attempt_at <= statement_timestamp()) AS is_busy
    FROM {ENDPOINT} e
    WHERE e.partner_id = ANY (%(partners)s) AND e.state = '{EndpointState.ACTIVE}' AND e.event_types ? %(type)s
), added AS (
    INSERT INTO {DELIVERY} (endpoint_id, message_id, event_type, body, created_at, state, attempts, next_attempt_at,
                            last_error, replays)
    SELECT listener.id, told.message_id, %(type)s, told.body, %(at)s, '{DeliveryState.WAITING}', 0,
        statement_timestamp(), '', 0
    FROM unnest(%(partners)s::bigint[], %(messages)s::uuid[], %(bodies)s::text[]) WITH ORDINALITY
        AS told (partner_id, message_id, body, number)
    JOIN listener ON listener.partner_id = told.partner_id
    ORDER BY told.number
    RETURNING endpoint_id
)
SELECT count(*) FROM added JOIN listener ON listener.id = added.endpoint_id WHERE NOT listener.is_busy
"""


class UnfitAnnouncementError(ValueError):
    """A payload that is not thin. The message repeats no value."""


def announce(
    partner_id: int, event_type: EventType, data: Mapping[str, str], *, replaces_older: bool = False
) -> uuid.UUID:
    """Tell the partner's endpoints, once the caller's transaction commits; returns the message's id.

    ``data``: ``id`` or ``position``, texts that the partner knows from the API. ``replaces_older``: what waits of the
    same type says no more than this does, and is not sent any more. Raises UnfitAnnouncementError.
    """
    if replaces_older:
        run(_SUPERSEDE, {"partner": partner_id, "type": event_type})
    return _post(partner_id, event_type, data, endpoint=None)


def announce_many(event_type: EventType, news: Sequence[tuple[int, Mapping[str, str]]]) -> None:
    """``announce`` for many, of which partner each: a statement for some thousand. Raises UnfitAnnouncementError."""
    now = timezone.now()
    for start in range(0, len(news), AT_ONCE):
        some = news[start : start + AT_ONCE]
        values = {
            "partners": [partner_id for partner_id, _ in some],
            "type": event_type,
            "messages": [uuid.uuid4() for _ in some],
            "bodies": [_body(event_type, data, at=now) for _, data in some],
            "at": now,
        }
        if fetch_value(_INSERT_MANY, values):
            enqueue(DELIVER)


def partners_listening(event_type: EventType) -> list[int]:
    """Partners that have somebody to tell."""
    return [partner_id for (partner_id,) in fetch_all(_LISTENING, {"type": event_type})]


def announce_test(endpoint: WebhookEndpoint) -> uuid.UUID:
    """A test message for one endpoint, whatever it asked for; returns the message's id."""
    return _post(endpoint.partner_id, EventType.TEST, {"id": str(endpoint.public_id)}, endpoint=endpoint.pk)


def _post(partner_id: int, event_type: EventType, data: Mapping[str, str], *, endpoint: int | None) -> uuid.UUID:
    message, now = uuid.uuid4(), timezone.now()
    values = {
        "partner": partner_id,
        "type": event_type,
        "endpoint": endpoint,
        "message": message,
        "body": _body(event_type, data, at=now),
        "at": now,
    }
    if fetch_value(_INSERT, values):
        enqueue(DELIVER)
    return message


def _body(event_type: EventType, data: Mapping[str, str], *, at: dt.datetime) -> str:
    if not data.keys() <= KEYS or any(len(value) > LONGEST_VALUE for value in data.values()):
        raise UnfitAnnouncementError(f"{event_type}: a payload holds {' or '.join(sorted(KEYS))}, as short texts")
    told = {"type": event_type.value, "timestamp": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", "data": dict(data)}
    return json.dumps(told, separators=(",", ":"))

"""A hash chain over the access log, made outside the requests: chained inside them, readers would queue.

Each seal covers the rows after the seal before, and that seal. Its hash is keyed (from LOOKUP_KEY), so that whoever
has the database alone cannot make the chain anew. What a chain cannot show is the end cut off: therefore each seal
is also written to the process log, which the house keeps elsewhere, and ``verification`` takes such a head.

An id is drawn before its row commits, so a lower id can appear after a higher one. A seal waits for that: see
``settled_up_to``.
"""

import datetime as dt
import hmac
import json
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.access.models import AccessLog, AccessSeal
from ameli_notify.core.crypto import lookup_key
from ameli_notify.core.sql import fetch_all, fetch_value, run

logger = logging.getLogger(__name__)

ROWS_PER_SEAL: Final = 10_000
"""At most: a flaw is found to lie within one seal."""
PATIENCE: Final = dt.timedelta(seconds=20)
"""How long a sealing waits for the transactions that may still add a lower id."""
SEAL_LOCK: Final = 0x0A0E1107
"""Advisory lock of the sealers."""
COLUMNS: Final = ("id", "at", "actor_id", "actor_role", "action", "object_kind", "object_id", "insured_id", "reason")
GENESIS: Final = bytes(32)
"""What the first seal has in the place of the seal before."""

_TABLE: Final = AccessLog._meta.db_table
_POLL_SECONDS: Final = 0.05

# Other transactions that have begun to write to the log and have not ended.
_WRITERS: Final = f"""
SELECT DISTINCT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = '{_TABLE}'::regclass AND mode = 'RowExclusiveLock' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND pid IS DISTINCT FROM pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class SealText:
    """All of a seal but its hash."""

    number: int
    from_id: int
    to_id: int
    count: int
    previous_hash: bytes
    sealed_at: dt.datetime


def seal_key() -> bytes:
    """The key of the chain."""
    return hmac.digest(lookup_key(), b"access log seals", "sha256")


def settled_up_to(*, patience: dt.timedelta = PATIENCE) -> int:
    """An id at or below which no row can appear any more; 0 for an empty log, or when writers outlast ``patience``.

    Whoever may still add a row at or below the highest visible id drew its number before that row was read here,
    and an INSERT locks its table before it draws. So once every transaction that held that lock when the highest
    id had been read has ended, all such rows are visible or will never be. New writers draw higher ids.
    """
    highest: int = fetch_value(f"SELECT coalesce(max(id), 0) FROM {_TABLE}")
    pending = _writers()
    until = time.monotonic() + patience.total_seconds()
    while pending:
        if time.monotonic() >= until:
            logger.warning("the access log is not sealed: a transaction that writes to it does not end")
            return 0
        time.sleep(_POLL_SECONDS)
        pending &= _writers()
    return highest


def seal(*, patience: dt.timedelta = PATIENCE) -> list[AccessSeal]:
    """Seal what is settled and not sealed yet; returns the new seals. Two at once make one chain."""
    highest = settled_up_to(patience=patience)
    seals: list[AccessSeal] = []
    while (made := _seal_next(highest)) is not None:
        logger.info("access log sealed", extra={"head": made.head, "rows": made.count})
        seals.append(made)
    return seals


def _seal_next(highest: int) -> AccessSeal | None:
    with transaction.atomic():
        run("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])
        last = AccessSeal.objects.order_by("-number").first()
        from_id = last.to_id + 1 if last else 1
        rows = log_rows(from_id, highest, limit=ROWS_PER_SEAL)
        if not rows:
            return None
        text = SealText(
            number=last.number + 1 if last else 1,
            from_id=from_id,
            to_id=rows[-1][0],
            count=len(rows),
            previous_hash=bytes(last.hash) if last else GENESIS,
            sealed_at=timezone.now(),
        )
        return AccessSeal.objects.create(
            number=text.number,
            from_id=text.from_id,
            to_id=text.to_id,
            count=text.count,
            previous_hash=text.previous_hash,
            hash=seal_hash(text, rows, key=seal_key()),
            sealed_at=text.sealed_at,
        )


def log_rows(from_id: int, to_id: int, *, limit: int | None = None) -> list[tuple[Any, ...]]:
    """Rows of the log in the order of their ids, with COLUMNS."""
    return fetch_all(
        f"SELECT {', '.join(COLUMNS)} FROM {_TABLE} WHERE id BETWEEN %s AND %s ORDER BY id LIMIT %s",
        [from_id, to_id, limit],
    )


def seal_hash(text: SealText, rows: Iterable[tuple[Any, ...]], *, key: bytes) -> bytes:
    """HMAC-SHA-256 over one JSON array a line: the rows, then the seal."""
    mac = hmac.new(key, b"access log, version 1\n", "sha256")
    for row in rows:
        mac.update(_line(row))
    mac.update(_line((text.number, text.from_id, text.to_id, text.count, text.previous_hash.hex(), text.sealed_at)))
    return mac.digest()


def _line(values: Iterable[Any]) -> bytes:
    """Unambiguous: JSON quotes line ends; instants are written in UTC."""
    plain = [value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value for value in values]
    return json.dumps(plain, separators=(",", ":")).encode() + b"\n"


def _writers() -> set[str]:
    return {name for (name,) in fetch_all(_WRITERS)}

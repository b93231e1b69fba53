"""Does the access log still say what was sealed? Finds rows and seals that were edited, removed or added."""

import datetime as dt
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils import timezone

from accounts.access.models import AccessLog, AccessSeal
from accounts.access.sealing import GENESIS, SealText, log_rows, seal_hash, seal_key

OVERDUE: Final = dt.timedelta(minutes=10)
"""The job seals every minute: an older row without a seal means that it stands still, or that seals were removed."""


class FlawKind(StrEnum):
    """What is wrong."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    SEAL_MISSING = "seal-missing"
    UNSEALED = "unsealed"
    HEAD = "head"


FLAWS_FR: Final = {
    FlawKind.CHANGED: "une ligne ou le sceau a été modifié",
    FlawKind.MISSING: "des lignes manquent",
    FlawKind.ADDED: "des lignes ont été ajoutées",
    FlawKind.SEAL_MISSING: "un sceau manque avant celui-ci, ou ne s’y rattache pas",
    FlawKind.UNSEALED: "des accès anciens ne sont pas scellés",
    FlawKind.HEAD: "ce sceau, relevé ailleurs, n’est plus dans la chaîne",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One finding. ``from_id`` to ``to_id`` are the ids of the log that it is about; 0 when it is about none."""

    kind: FlawKind
    seal: int
    from_id: int = 0
    to_id: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """A seal as it was noted outside the database."""

    number: int
    hash: bytes


def verify(head: Head | None = None) -> Iterator[Flaw]:
    """Every flaw, from the first seal to the last. With ``head``, the chain must still hold that seal."""
    number, to_id, previous_hash = 0, 0, GENESIS
    is_head_found = head is None
    for seal in AccessSeal.objects.order_by("number").iterator():
        if (seal.number, seal.from_id, bytes(seal.previous_hash)) != (number + 1, to_id + 1, previous_hash):
            yield Flaw(FlawKind.SEAL_MISSING, seal.number)
        kind = _judge(seal)
        if kind is not None:
            yield Flaw(kind, seal.number, seal.from_id, seal.to_id)
        if head is not None and (seal.number, bytes(seal.hash)) == (head.number, head.hash):
            is_head_found = True
        number, to_id, previous_hash = seal.number, seal.to_id, bytes(seal.hash)
    if head is not None and not is_head_found:
        yield Flaw(FlawKind.HEAD, head.number)
    yield from _outside(number, to_id)


def _judge(seal: AccessSeal) -> FlawKind | None:
    rows = log_rows(seal.from_id, seal.to_id)
    text = SealText(
        number=seal.number,
        from_id=seal.from_id,
        to_id=seal.to_id,
        count=seal.count,
        previous_hash=bytes(seal.previous_hash),
        sealed_at=seal.sealed_at,
    )
    if hmac.compare_digest(seal_hash(text, rows, key=seal_key()), bytes(seal.hash)):
        return None
    if len(rows) == seal.count:
        return FlawKind.CHANGED
    return FlawKind.MISSING if len(rows) < seal.count else FlawKind.ADDED


def _outside(number: int, to_id: int) -> Iterator[Flaw]:
    """Rows that no seal covers: below the first id that the log gives, or waiting for too long."""
    if AccessLog.objects.filter(pk__lt=1).exists():
        yield Flaw(FlawKind.ADDED, 0)
    waiting = AccessLog.objects.filter(pk__gt=to_id, at__lt=timezone.now() - OVERDUE)
    first = waiting.order_by("pk").values_list("pk", flat=True).first()
    last = waiting.order_by("-pk").values_list("pk", flat=True).first()
    if first is not None and last is not None:
        yield Flaw(FlawKind.UNSEALED, number, first, last)

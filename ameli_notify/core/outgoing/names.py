"""From a name to the addresses that may be connected to: asked once, and all of them must be public.

A name with one public and one private address is refused whole: whoever controls it meant us to try both.
"""

import socket
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from django.conf import settings

from ameli_notify.core.outgoing.addresses import Address, is_public, read_address
from ameli_notify.core.outgoing.errors import OutgoingError, OutgoingReason
from ameli_notify.core.outgoing.urls import LOCAL_HOST, Target

MOST_ADDRESSES: Final = 16


def addresses_of(target: Target, *, seconds: float) -> list[str]:
    """Addresses in figures, in the resolver's order. Raises OutgoingError."""
    if not target.is_secure:
        return [LOCAL_HOST]
    found = _resolve(target, seconds=seconds)
    if not found or len(found) > MOST_ADDRESSES:
        raise OutgoingError(OutgoingReason.UNKNOWN_NAME)
    if not all(_may_be_connected(text) for text in found):
        raise OutgoingError(OutgoingReason.REFUSED_ADDRESS)
    return found


def _may_be_connected(text: str) -> bool:
    try:
        address: Address = read_address(text)
    except ValueError:
        return False
    return is_public(address) or (bool(settings.OUTGOING_LOCAL_ALLOWED) and text == LOCAL_HOST)


def _resolve(target: Target, *, seconds: float) -> list[str]:
    """In a thread of its own: the system's resolver cannot be given a time."""
    answers: SimpleQueue[list[str] | None] = SimpleQueue()
    Thread(target=_ask, args=(target.host, target.port, answers), daemon=True).start()
    try:
        found = answers.get(timeout=max(0.0, seconds))
    except Empty:
        raise OutgoingError(OutgoingReason.TOO_SLOW) from None
    if found is None:
        raise OutgoingError(OutgoingReason.UNKNOWN_NAME)
    return found


def _ask(host: str, port: int, answers: "SimpleQueue[list[str] | None]") -> None:
    try:
        known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        answers.put(None)
        return
    answers.put(list(dict.fromkeys(str(place[0]) for *_, place in known)))

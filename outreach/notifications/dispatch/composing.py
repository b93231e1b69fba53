"""From rows of the outbox to finished messages: the address is opened here, the text is the run's template.

Eligibility is looked at again: somebody who died, was protected or opted out since the planning gets nothing.
"""

import datetime as dt
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.people.enums import ContactKind, PreferredChannel
from accounts.people.models import contact_context
from ameli_notify.core.crypto import SealedValueError, key_ring, lookup_key
from ameli_notify.core.sql import fetch_all, fetch_value, run
from outreach.channels.base import Outgoing
from outreach.digest.schema import NOTIFICATION
from outreach.notifications.enums import CancelReason, Channel, Status
from outreach.notifications.models import MessageTemplate
from outreach.notifications.render import CompiledEmail, compile_email, identifiers, mail_date

CONTACT_KIND: Final = {Channel.EMAIL: ContactKind.EMAIL, Channel.SMS: ContactKind.MOBILE}


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One notification with what is needed to write to its person."""

    notification_id: int
    insured_id: int
    day: dt.date
    template_id: int
    attempts: int
    address_sealed: bytes | None
    cancel_reason: str


class Unsendable(ValueError):
    """A row that cannot be written to; carries the final status and its reason."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def load_rows(channel: Channel, condition: str, values: list[Any], *, day: dt.date | None = None) -> list[OutboxRow]:
    """The rows of the outbox ``n`` that satisfy an SQL condition, in the order of their ids."""
    with transaction.atomic():
        _look_people_up_one_by_one()
        found = _fetch_rows(channel, condition, values, day=day)
    return [OutboxRow(*row) for row in found]


def _look_people_up_one_by_one() -> None:
    """For this transaction. A planner that overrates a chunk would read every person of the country to join it."""
    run("SET LOCAL enable_hashjoin = off")
    run("SET LOCAL enable_mergejoin = off")


def _fetch_rows(channel: Channel, condition: str, values: list[Any], *, day: dt.date | None) -> list[tuple[Any, ...]]:
    return fetch_all(
        f"""
        SELECT n.id, n.insured_id, n.created_on, n.template_id, n.attempts, k.address_sealed,
            CASE WHEN p.id IS NULL THEN %s WHEN p.died_on IS NOT NULL THEN %s WHEN p.is_contact_protected THEN %s
                 WHEN p.preferred_channel = %s THEN %s ELSE '' END
        FROM {NOTIFICATION} n
        LEFT JOIN accounts_insuredperson p ON p.id = n.insured_id
        LEFT JOIN accounts_contactchannel k
            ON k.insured_id = n.insured_id AND k.kind = %s AND k.ended_at IS NULL
        WHERE {condition} {"AND n.created_on = %s" if day else ""}
        ORDER BY n.id
        """,
        [
            CancelReason.NO_CONTACT, CancelReason.DECEASED, CancelReason.PROTECTED,
            PreferredChannel.NONE, CancelReason.OPTED_OUT,
            CONTACT_KIND.get(channel, ""), *values, *([day] if day else []),
        ],
    )  # fmt: skip


class Composer:
    """Writes the messages of one channel. Templates are compiled once; one instance per sender."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._ring = key_ring()
        self._key = identifier_key()
        self._emails: dict[int, CompiledEmail] = {}
        self._texts: dict[int, bytes] = {}
        self._date = ""
        self._write: Callable[[OutboxRow, str, str], tuple[bytes, bytes]] = {
            Channel.EMAIL: self._email,
            Channel.SMS: self._text,
            Channel.POST: self._text,
        }[channel]

    def begin_window(self, rows: Sequence[OutboxRow]) -> None:
        """Take the time of the Date header, from the database's clock; a window's messages carry the same.

        Their templates are compiled here, so that the work on one row is nothing but its own.
        """
        self._date = mail_date(timezone.localtime(fetch_value("SELECT now()")))
        for template_id in {row.template_id for row in rows} - self._texts.keys():
            template = MessageTemplate.objects.get(pk=template_id)
            if self._channel is Channel.EMAIL:
                self._emails[template_id] = compile_email(template.subject, template.text, template.html)
            self._texts[template_id] = template.text.encode()

    def compose(self, row: OutboxRow) -> Outgoing:
        """The finished message of a row of the window begun. Raises Unsendable."""
        if row.cancel_reason:
            raise Unsendable(Status.CANCELLED, row.cancel_reason)
        address = self._address(row)
        message_id, return_path = identifiers(self._key, row.notification_id)
        payload, shared_tail = self._write(row, address, message_id)
        return Outgoing(row.notification_id, address, message_id, return_path, payload, shared_tail)

    def _address(self, row: OutboxRow) -> str:
        kind = CONTACT_KIND.get(self._channel)
        if kind is None:
            return str(row.insured_id)
        if row.address_sealed is None:
            raise Unsendable(Status.CANCELLED, CancelReason.NO_CONTACT)
        try:
            return self._ring.open(row.address_sealed, context=contact_context(row.insured_id, kind))
        except SealedValueError:
            raise Unsendable(Status.TECHNICAL_FAILURE, "address-does-not-open") from None

    def _email(self, row: OutboxRow, address: str, message_id: str) -> tuple[bytes, bytes]:
        compiled = self._emails[row.template_id]
        try:
            return compiled.head(to=address, message_id=message_id, date=self._date), compiled.tail
        except ValueError:
            raise Unsendable(Status.PERMANENT_FAILURE, "address-not-usable") from None

    def _text(self, row: OutboxRow, address: str, message_id: str) -> tuple[bytes, bytes]:
        return self._texts[row.template_id], b""


def identifier_key() -> bytes:
    """The key of Message-IDs and return paths, derived from the look-up key."""
    return hmac.digest(lookup_key(), b"outreach message identifiers", "sha256")

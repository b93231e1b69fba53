"""Resources that a partner reads behind its wall, logged for the people whose data it is before they are answered."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.partners.authentication import PartnerView
from accounts.partners.reads import log_partner_reads
from ameli_notify.core.api.cursors import CursorBook
from ameli_notify.core.api.views import answer, answer_bytes
from ameli_notify.core.walls import as_partner


@dataclass(frozen=True, slots=True)
class Shown:
    """The body of an answer, written already when it is bytes; of how many rows it is made, and whose data they are."""

    body: object
    rows: int
    people: frozenset[int] = field(default=frozenset())


class PartnerResource(PartnerView):
    """Reads within ``as_partner``. An answer that finds the caller's copy still good (304) shows nothing."""

    http_method_names = ["get", "head"]

    def show(self, request: Request, find: Callable[[int], Shown], *, kind: str) -> HttpResponse:
        """Read, log and answer. ``find`` takes the partner's id; ``kind`` is what the access log says was read."""
        partner_id = self.caller.partner_id
        with transaction.atomic():
            with as_partner(partner_id):
                shown = find(partner_id)
            body = shown.body
            response = answer_bytes(request, body) if isinstance(body, bytes) else answer(request, body)
            if response.status_code != 304:
                self.rows_read = shown.rows
                log_partner_reads(shown.people, partner_id=partner_id, object_kind=kind)
                self.was_shown(shown)
        return response

    def was_shown(self, shown: Shown) -> None:
        """What else has to be noted, in the same transaction, outside the wall."""

    def book(self, name: str, **more: object) -> CursorBook:
        """The cursors of a list, for this partner and these parameters."""
        return CursorBook(name, reader=self.caller.partner_id, filters={**self.values, **more})

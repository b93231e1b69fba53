"""« Mes messages »: read-only, behind the wall, never stored by a browser."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.identity.models import OpenSession
from accounts.identity.outbox import KEPT
from accounts.identity.perms import insured_required
from ameli_notify.core.sealed_tokens import TokenError
from ameli_notify.core.walls import as_insured
from outreach.my_messages.reading import message_page
from outreach.notifications.render import SENDER_ADDRESS

CURSOR: Final = "page"


@insured_required
@require_safe
def my_messages(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Every message sent to the person. Raises Http404 for a foreign cursor."""
    person = session.account.insured
    try:
        with as_insured(person.pk):
            found = message_page(person, cursor=request.GET.get(CURSOR, ""))
    except TokenError as error:
        raise Http404 from error
    context = {"page": found, "person": person, "sender": SENDER_ADDRESS, "codes_kept_days": KEPT.days}
    return render(request, "outreach/my_messages/my_messages.html", context)

"""``/demo/messages/``: what the invented people of the demo were sent, as they would read it.

Whoever opens it sees everybody's sign-in codes: the page is in the demo's URLs alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.channels.models import InboxMessage
from outreach.notifications.enums import Channel

PAGE: Final = 20
_CODE: Final = re.compile(r"\d{6}", re.ASCII)
_ID: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``is_code``: the paragraph is a sign-in code and nothing else."""

    text: str
    is_code: bool


@dataclass(frozen=True, slots=True)
class Received:
    """One message, in paragraphs."""

    message: InboxMessage
    is_email: bool
    paragraphs: Sequence[Paragraph]


@login_not_required
@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The newest messages first, ``?avant=`` the number of one for those before it."""
    messages = InboxMessage.objects.order_by("-pk")
    before = request.GET.get("avant", "")
    is_first = _ID.fullmatch(before) is None
    if not is_first:
        messages = messages.filter(pk__lt=int(before))
    found = list(messages[: PAGE + 1])
    shown = found[:PAGE]
    context = {
        "received": [_readable(message) for message in shown],
        "is_first": is_first,
        "older": shown[-1].pk if len(found) > PAGE else None,
    }
    return render(request, "ameli_notify/demo/messages.html", context)


def _readable(message: InboxMessage) -> Received:
    texts = [text.strip() for text in re.split(r"\n\s*\n", message.text.replace("\r\n", "\n")) if text.strip()]
    paragraphs = [Paragraph(text, is_code=_CODE.fullmatch(text) is not None) for text in texts]
    return Received(message, message.channel == Channel.EMAIL, paragraphs)

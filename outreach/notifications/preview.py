"""The HTML part of an e-mail, shown to the staff in a frame that can do nothing."""

from typing import Final

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin

from outreach.notifications.models import MessageTemplate

ONLY_INLINE_STYLES: Final = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": True,
}
"""Mail is styled inline. This one answer may use inline styles and nothing else: no script, no image, no request."""


def html_part(request: HttpRequest, template: MessageTemplate) -> HttpResponseBase:
    """The page shown inside the frame."""

    @xframe_options_sameorigin
    @csp(ONLY_INLINE_STYLES)
    def framed(request: HttpRequest) -> HttpResponseBase:
        return HttpResponse(template.html)

    return framed(request)

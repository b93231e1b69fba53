"""The network address a request comes from, as far as it can be believed."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"


def client_address(request: HttpRequest) -> str:
    """Address of the caller, an IPv6 one as its /64 (what one subscriber holds).

    ``X-Forwarded-For`` counts only as far as ``settings.TRUSTED_PROXY_HOPS`` reverse proxies of ours appended to
    it; with 0 it is ignored, because anybody can send it. ``UNKNOWN`` behind a Unix socket or for a malformed value.
    """
    hops: int = settings.TRUSTED_PROXY_HOPS
    text = request.META.get("REMOTE_ADDR", "")
    if hops:
        forwarded = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",")]
        text = forwarded[-hops] if len(forwarded) >= hops else ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return UNKNOWN
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)

"""The network address a request comes from, as far as it can be believed."""

import ipaddress
from typing import Final

from django.conf import settings
from django.http import HttpRequest

UNKNOWN: Final = "unknown"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: HttpRequest) -> str:
    """Address of the caller, an IPv6 one as its /64 (what one subscriber holds), or ``UNKNOWN``."""
    address = whole_address(request)
    if address is None:
        return UNKNOWN
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def whole_address(request: HttpRequest) -> Address | None:
    """The very address of the caller, an IPv4 one that is mapped into IPv6 as itself.

    ``X-Forwarded-For`` counts only as far as ``settings.TRUSTED_PROXY_HOPS`` reverse proxies of ours appended to
    it; with 0 it is ignored, because anybody can send it. None behind a Unix socket or for a malformed value.
    """
    hops: int = settings.TRUSTED_PROXY_HOPS
    text = request.META.get("REMOTE_ADDR", "")
    if hops:
        forwarded = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",")]
        text = forwarded[-hops] if len(forwarded) >= hops else ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address

"""A header of certificates is believed behind a reverse proxy of ours only: anybody else could send it."""

from typing import Any

from django.conf import settings
from django.core.checks import Error


def check_certificate_header(**kwargs: Any) -> list[Error]:
    if settings.CLIENT_CERTIFICATE_HEADER and not settings.TRUSTED_PROXY_HOPS:
        return [Error("CLIENT_CERTIFICATE_HEADER needs TRUSTED_PROXY_HOPS: without a proxy, anybody can send it.")]
    return []

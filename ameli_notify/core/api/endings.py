"""A resource that ends says so in each of its answers and in the OpenAPI document, a year before at least.

On its view: ``ending = Ending(deprecated_at=…, ends_at=…, see="https://…")``.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.http import http_date
from drf_spectacular.openapi import AutoSchema

NOTICE: Final = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Since when a resource is deprecated, when it stops, and where to read what comes instead."""

    deprecated_at: dt.datetime
    ends_at: dt.datetime
    see: str

    def __post_init__(self) -> None:
        if self.ends_at - self.deprecated_at < NOTICE:
            raise ValueError("what ends is announced a year before")

    def headers(self) -> Mapping[str, str]:
        """RFC 9745 and RFC 8594."""
        return {
            "Deprecation": f"@{int(self.deprecated_at.timestamp())}",
            "Sunset": http_date(self.ends_at.timestamp()),
            "Link": f'<{self.see}>; rel="deprecation", <{self.see}>; rel="sunset"',
        }


class EndingSchema(AutoSchema):
    """Tells the document which operations are deprecated."""

    def is_deprecated(self) -> bool:
        return getattr(self.view, "ending", None) is not None

"""One state in which a page can be seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Page

from tests.browser.people import NOBODY

ERROR_TITLE: Final = "Erreur – "


@dataclass(frozen=True)
class State:
    """``page``: the URL's name. ``heading``: how its <h1> starts. ``fill``: values by label, before ``press``."""

    page: str
    heading: str
    who: str = NOBODY
    label: str = ""
    address: str = ""
    fill: Mapping[str, str] = field(default_factory=dict)
    press: str = ""
    status: int = 200
    has_error: bool = False
    before: Callable[[Page], None] | None = None
    """What to do on the opened page before filling it."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings that differ while it is seen."""

    @property
    def name(self) -> str:
        return f"{self.page}-{self.label}" if self.label else self.page

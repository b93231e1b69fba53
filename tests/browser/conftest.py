"""A real browser on the live server. Without Chromium these tests are skipped with a line that says how to get it."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.tools import require_tool

expect.set_options(timeout=15_000)  # a page of a busy machine may be slow; what never comes still fails
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = require_tool("chromium", "apt-get install chromium")
    # Playwright keeps an event loop in this thread; Django's fixtures use the database from it, one after the other.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Visit:
    """One browser window on the site, and everything that it complained about."""

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def open(self, path: str) -> Page:
        """Open a page that must answer 200."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        return self.page


@pytest.fixture
def visit(chromium: Browser, live_server: LiveServer) -> Iterator[Callable[..., Visit]]:
    """Opens windows: ``visit(width=320, java_script_enabled=False)``."""
    with ExitStack() as stack:

        def open_window(*, width: int = 1280, **options: Any) -> Visit:
            context = chromium.new_context(
                base_url=live_server.url, locale="fr-FR", viewport={"width": width, "height": 900}, **options
            )
            context.set_default_timeout(10_000)
            stack.callback(context.close)
            return Visit(context)

        yield open_window

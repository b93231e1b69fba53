"""Walks through every state once, with one browser and one set of people, and writes down what is wrong."""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from unittest import mock

from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, ViewportSize
from playwright.sync_api import Error as PlaywrightError

from ameli_notify.public.views import PublicPageView
from tests.browser.states import ERROR_TITLE, State
from tests.tools import require_judge

SCREENSHOTS: Final = os.environ.get("SCREENSHOTS")
"""A folder: every state is photographed into it, in three ways."""

DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 900}
NARROW: Final[ViewportSize] = {"width": 320, "height": 900}
ZOOMED: Final[ViewportSize] = {"width": 320, "height": 225}
"""A window of 1280 x 900 at 400 %."""

AXE_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "RGAAv4", "best-practice"]
AXE_COLOURS: Final = ["color-contrast", "link-in-text-block"]
"""The rules that the other colour scheme can break."""
JUDGED: Final[list[tuple[Literal["light", "dark"], ViewportSize, list[object]]]] = [
    ("dark", DESKTOP, ["rule", AXE_COLOURS]),
    ("light", DESKTOP, ["tag", AXE_TAGS]),
    ("light", NARROW, ["tag", AXE_TAGS]),
]
"""In this order, which ends as the next looks begin: light and narrow."""
AXE: Final = """async ([type, values]) => {
    const {violations} = await axe.run(document, {runOnly: {type, values}, resultTypes: ['violations']});
    return violations.map(v => `${v.id}: ${v.nodes.map(n => n.target.join(' ')).join(' | ')}`);
}"""
# RGAA 10.12: the spacing that readers may set for themselves.
SPACED: Final = """on => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
                           word-spacing: .16em !important }
                       p { margin-bottom: 2em !important }`);
    document.adoptedStyleSheets = on ? [sheet] : [];
}"""
WIDTH: Final = "document.documentElement.scrollWidth"
TABBABLE: Final = """() => {
    const stops = [...document.querySelectorAll(
        'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]'
    )].filter(e => e.getClientRects().length && !e.disabled && getComputedStyle(e).visibility === 'visible'
        && (e.type !== 'radio' || e.checked || !document.querySelector(`input[name="${e.name}"]:checked`)
            && e === document.querySelector(`input[name="${e.name}"]`)));
    window.walked = [];
    document.addEventListener('focusin', ({target}) => {
        const style = getComputedStyle(target), box = target.getBoundingClientRect();
        const isShown = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
            && box.width * box.height > 0 && box.left >= 0 && box.right <= innerWidth + 1;
        walked.push([stops.indexOf(target), isShown, target.outerHTML.slice(0, 120)]);
    });
    return stops.length;
}"""


@dataclass
class Walk:
    """What was found, by kind, each with the state in which it was; and the pages as the server sent them."""

    folder: Path
    findings: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    states: int = 0

    def note(self, kind: str, state: State, *found: object) -> None:
        self.findings[kind] += [f"{state.name}: {one}" for one in found]


class Visitor:
    """The windows of one person: one with scripts, and axe in each page, one without."""

    def __init__(self, browser: Browser, url: str, client: Client) -> None:
        cookies: Any = [{"name": name, "value": one.value, "url": url} for name, one in client.cookies.items()]
        self._answer: Response | None = None
        self.complaints: list[str] = []
        self.page = self._window(browser, url, cookies, java_script_enabled=True)
        self.plain_page = self._window(browser, url, cookies, java_script_enabled=False)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _window(self, browser: Browser, url: str, cookies: Any, *, java_script_enabled: bool) -> Page:  # noqa: ANN401
        context: BrowserContext = browser.new_context(
            base_url=url,
            locale="fr-FR",
            viewport=DESKTOP,
            java_script_enabled=java_script_enabled,
        )
        if java_script_enabled:
            # In each page from its beginning: handing it over to each costs more than a judgement.
            context.add_init_script(path=require_judge("axe-core/axe.min.js"))
        context.add_cookies(cookies)
        context.set_default_timeout(5_000)
        page = context.new_page()
        page.on("response", self._answered)
        return page

    def close(self) -> None:
        self.page.context.close()
        self.plain_page.context.close()

    def _answered(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.frame.parent_frame is None:
            self._answer = response

    def _heard(self, message: ConsoleMessage) -> None:
        # Chromium also reports the status of the page itself, which is what some states are about.
        is_status = message.text.startswith("Failed to load resource") and message.location["url"] == self.page.url
        if message.type in ("error", "warning") and not is_status:
            self.complaints.append(message.text)

    def reach(self, state: State, *, script: bool = True) -> Response:
        """Bring a window into the state; the answer that made it."""
        page = self.page if script else self.plain_page
        self.complaints.clear()
        page.goto(state.address or reverse(state.page))
        if state.before:
            state.before(page)
        for label, value in state.fill.items():
            page.get_by_label(label).fill(value)
        if state.press:
            page.get_by_role("button", name=state.press, exact=True).click()
        page.wait_for_load_state()
        assert self._answer is not None
        return self._answer


def walk_through(
    states: list[State], *, browser: Browser, url: str, clients: Mapping[str, Client], folder: Path
) -> Walk:
    walk = Walk(folder)
    visitors = {who: Visitor(browser, url, client) for who, client in clients.items()}
    try:
        for state in states:
            with _broken() if state.status == 500 else override_settings(**state.settings):
                _visit(walk, visitors[state.who], state)
            walk.states += 1
    finally:
        for visitor in visitors.values():
            visitor.close()
    return walk


def _visit(walk: Walk, visitor: Visitor, state: State) -> None:
    try:
        _arrive(walk, visitor, state)
        _look(walk, visitor.page, state)
        walk.note("console", state, *visitor.complaints)
        _without_scripts(walk, visitor, state)
    except PlaywrightError as error:  # the state is not reached: the others still can be
        walk.note("arrival", state, error.message.splitlines()[0])


@contextmanager
def _broken() -> Iterator[None]:
    """A view that fails, as any could."""
    with mock.patch.object(PublicPageView, "get_context_data", side_effect=ZeroDivisionError):
        yield


def _arrive(walk: Walk, visitor: Visitor, state: State) -> None:
    answer = visitor.reach(state)
    if answer.status != state.status:
        walk.note("arrival", state, f"status {answer.status}")
    headings = visitor.page.locator("h1").all_inner_texts()
    if len(headings) != 1 or not headings[0].startswith(state.heading):
        walk.note("arrival", state, f"headings {headings}")
    title = visitor.page.title()
    if title.startswith(ERROR_TITLE) != state.has_error or not title.endswith(" – l’Assurance Maladie"):
        walk.note("arrival", state, f"title « {title} »")
    (walk.folder / f"{state.name}.html").write_bytes(answer.body())


def _look(walk: Walk, page: Page, state: State) -> None:
    _press_tab_through(walk, page, state)
    for scheme, size, rules in JUDGED:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        found = page.evaluate(AXE, rules)
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS) / f"{state.name}-{size['width']}-{scheme}.png", full_page=True)
        walk.note("axe", state, *(f"{one} ({scheme}, {size['width']} px)" for one in found))
    _fit(walk, page, state, "320 px")
    page.evaluate(SPACED, True)
    _fit(walk, page, state, "320 px with text spacing")
    page.evaluate(SPACED, False)
    page.set_viewport_size(ZOOMED)
    _fit(walk, page, state, "400 %")
    page.set_viewport_size(DESKTOP)


def _fit(walk: Walk, page: Page, state: State, how: str) -> None:
    width = page.evaluate(WIDTH)
    if width > NARROW["width"]:
        walk.note("reflow", state, f"{width} px wide at {how}")


def _press_tab_through(walk: Walk, page: Page, state: State) -> None:
    """Each Tab goes to the next thing of the page, in the order of reading, and one sees where one is."""
    count = page.evaluate(TABBABLE)
    for _ in range(count):
        page.keyboard.down("Tab")  # held down
    page.keyboard.up("Tab")
    stops = page.evaluate("walked")
    order = [number for number, _, _ in stops]
    if order != list(range(count)):
        walk.note("keyboard", state, f"order {order} of {count}")
    page.evaluate("document.activeElement.blur()")
    walk.note("keyboard", state, *(f"not seen: {what}" for _, is_shown, what in stops if not is_shown))


def _without_scripts(walk: Walk, visitor: Visitor, state: State) -> None:
    answer = visitor.reach(state, script=False)
    headings = visitor.plain_page.locator("h1").all_inner_texts()
    if answer.status != state.status or not headings or not headings[0].startswith(state.heading):
        walk.note("scripts", state, f"status {answer.status}, headings {headings}")

"""The console's pages of cases, conversations and calls, judged one by one like those of the insured people.

The states are a table (console_states.py), walked once; each test looks at one kind of finding.
"""

from collections import defaultdict
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tests.browser.console_states import NOT_CONSOLE_PAGES, any_ids, console_names, console_states, make_desks
from tests.browser.judges import html_validate, nu_validator
from tests.browser.state import State
from tests.browser.walk import AXE_COLOURS, AXE_TAGS, DESKTOP, NARROW, SCREENSHOTS, WIDTH, Visitor
from tests.tools import require_judge

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console-pages")]

RULES = Path(__file__).parent / "htmlvalidate-console.json"
"""Without the rules of style that the stock admin's own markup does not follow."""
STOCK_WARNING = "which is less than the column count established by the first row (3)."
"""The stock admin's list of models beside each page has a heading of three columns above rows of two."""
GRAVE = """async ([type, values]) => {
    const {violations} = await axe.run(document, {runOnly: {type, values}, resultTypes: ['violations']});
    return violations.filter(v => ['critical', 'serious'].includes(v.impact))
        .map(v => `${v.id} (${v.impact}): ${v.nodes.map(n => n.target.join(' ')).join(' | ')}`);
}"""
# Links of the stock admin change their colour slowly: what is judged is where they end.
SETTLED = """async () => {
    getComputedStyle(document.body).color;
    await new Promise(requestAnimationFrame);
    for (const one of document.getAnimations()) { if (one instanceof CSSTransition) one.finish(); }
}"""
BAD = '<h1>x</h1><img src="x.png"><p style="color:#999;background:#fff">pale</p><input>'

Findings = dict[str, list[str]]


def test_every_page_is_in_the_table() -> None:
    listed = {state.page for state in console_states(any_ids())}
    assert console_names() - set(NOT_CONSOLE_PAGES) == listed
    assert set(NOT_CONSOLE_PAGES) <= console_names()


def test_no_two_states_have_one_name() -> None:
    names = [state.name for state in console_states(any_ids())]
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as the server sent them."""
    return tmp_path_factory.mktemp("console")


@pytest.fixture(scope="module")
def findings(
    chromium: Browser, live_server: LiveServer, django_db_setup: None, django_db_blocker: DjangoDbBlocker, pages: Path
) -> Findings:
    with django_db_blocker.unblock():
        try:
            desks = make_desks()
            visitors = {who: Visitor(chromium, live_server.url, client) for who, client in desks.clients.items()}
            found: Findings = defaultdict(list)
            for state in console_states(desks.ids, acts=desks.acts):
                for kind, what in look(visitors[state.who], state, pages):
                    found[kind].append(f"{state.name}: {what}")
            for visitor in visitors.values():
                visitor.close()
            return found
        finally:
            call_command("flush", verbosity=0, interactive=False)


def look(visitor: Visitor, state: State, folder: Path) -> list[tuple[str, str]]:
    """One state: how it answers, what the browser says, what axe finds in both colour schemes, whether it fits."""
    page = visitor.page
    page.set_viewport_size(DESKTOP)
    try:
        answer = visitor.reach(state)
    except PlaywrightError as error:
        return [("arrival", str(error).splitlines()[0])]
    found = [("console", one) for one in visitor.complaints]
    headings = page.locator("h1").all_inner_texts()
    if answer.status != state.status:
        found.append(("arrival", f"status {answer.status}"))
    if len(headings) != 1 or not headings[0].startswith(state.heading):
        found.append(("arrival", f"headings {headings}"))
    (folder / f"{state.name}.html").write_bytes(answer.body())
    page.evaluate(require_judge("axe-core/axe.min.js").read_text())
    for scheme, rules in (("light", ["tag", AXE_TAGS]), ("dark", ["rule", AXE_COLOURS])):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # a plain string of the two
        page.evaluate(SETTLED)
        found += [("axe", f"{one} ({scheme})") for one in page.evaluate(GRAVE, rules)]
    page.emulate_media(color_scheme="light")
    photograph(page, f"{state.name}-1280")
    page.set_viewport_size(NARROW)
    if page.evaluate(WIDTH) > NARROW["width"]:
        found.append(("reflow", f"{page.evaluate(WIDTH)} px wide"))
    photograph(page, f"{state.name}-320")
    return found


def photograph(page: Page, name: str) -> None:
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("kind", ["arrival", "axe", "reflow", "console"])
def test_nothing_is_wrong(findings: Findings, kind: str, pages: Path) -> None:
    assert findings[kind] == []
    assert len(list(pages.glob("*.html"))) > 100


def test_the_nu_validator_has_nothing_to_say(findings: Findings, pages: Path) -> None:
    said = nu_validator(sorted(pages.glob("*.html")))
    assert [one for one in said if not one.endswith(STOCK_WARNING)] == []


def test_html_validate_has_nothing_to_say(findings: Findings, pages: Path) -> None:
    assert html_validate(sorted(pages.glob("*.html")), rules=RULES) == []


def test_the_judge_sees_a_bad_page(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(f"<!doctype html><html><head><title>x</title></head><body>{BAD}</body></html>")
    page.evaluate(require_judge("axe-core/axe.min.js").read_text())
    found = {one.split(" ")[0] for one in page.evaluate(GRAVE, ["tag", AXE_TAGS])}
    page.close()
    assert {"image-alt", "color-contrast", "label", "html-has-lang"} <= found

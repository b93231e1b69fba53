"""Every page in every state, judged: axe, the Nu validator, html-validate, narrow screens, keyboard, no scripts.

The states are a table (states.py), walked once with one browser and one set of people; each test then looks at one
kind of finding. A judge that finds nothing on a page made badly on purpose would be no judge: that is tested too.
"""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Browser
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tests.browser.judges import html_validate, nu_validator
from tests.browser.people import make_people
from tests.browser.states import NOT_PAGES, every_state, page_names
from tests.browser.walk import AXE, AXE_TAGS, Walk, walk_through
from tests.tools import require_judge

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("every-page")]

CSS = Path(settings.BASE_DIR) / "ameli_notify/static/ameli_notify/site.css"
BAD = """<!doctype html><html><head><title>x</title></head><body><h1>x</h1><img src="x.png">
<p style="color:#999;background:#fff">pale <center>old</center></p><input></body></html>"""


def test_every_page_is_in_the_table() -> None:
    listed = {state.page for state in every_state({"second page": "/", "payment 0": "/"})} - {"error"}
    assert page_names() - set(NOT_PAGES) == listed
    assert set(NOT_PAGES) <= page_names()


def test_no_two_states_have_one_name() -> None:
    names = [state.name for state in every_state({"second page": "/", "payment 0": "/"})]
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def walk(
    chromium: Browser,
    live_server: LiveServer,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Walk:
    with django_db_blocker.unblock():
        try:
            people = make_people()
            return walk_through(
                every_state(people.addresses),
                browser=chromium,
                url=live_server.url,
                clients=people.clients,
                folder=tmp_path_factory.mktemp("pages"),
            )
        finally:
            call_command("flush", verbosity=0, interactive=False)


@pytest.mark.parametrize("kind", ["arrival", "axe", "console", "reflow", "keyboard", "scripts"])
def test_nothing_is_wrong(walk: Walk, kind: str) -> None:
    assert walk.findings[kind] == []
    assert walk.states > 80


def test_the_nu_validator_has_nothing_to_say(walk: Walk) -> None:
    files = sorted(walk.folder.glob("*.html"))
    assert len(files) == walk.states
    assert nu_validator([*files, CSS]) == []


def test_html_validate_has_nothing_to_say(walk: Walk) -> None:
    assert html_validate(sorted(walk.folder.glob("*.html"))) == []


def test_the_judges_see_a_bad_page(chromium: Browser, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text(BAD)
    assert len(nu_validator([bad])) >= 3
    assert len(html_validate([bad])) >= 3
    page = chromium.new_page()
    page.set_content(BAD)
    page.evaluate(require_judge("axe-core/axe.min.js").read_text())
    found = {one.split(":")[0] for one in page.evaluate(AXE, ["tag", AXE_TAGS])}
    page.close()
    assert {"image-alt", "color-contrast", "label", "html-has-lang"} <= found

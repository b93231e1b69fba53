"""What the documents say of names, numbers and places is true of the code."""

import re
import runpy
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands

from reimbursements.partner_api.schema import FEED_LINE

ROOT = Path(settings.BASE_DIR)
README = ROOT / "README.md"
DOCUMENTS = [README, *sorted((ROOT / "docs").rglob("*.md"))]
ADRS = sorted((ROOT / "docs/adr").glob("*.md"))
# Read by commands and by Django itself, not by the settings.
READ_ELSEWHERE = {"PORT", "DJANGO_SETTINGS_MODULE"}
A_PAGE = 400
"""Words."""

LINK = re.compile(r"\[[^\]]+\]\((?P<target>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
SETTING = re.compile(r"""(?:env(?:\.\w+)?|required|environ\.get)\(\s*"(?P<name>[A-Z][A-Z0-9_]+)\"""")
TABLE = re.compile(r"`(?P<name>(?:core|accounts|reimbursements|outreach|fraud)_[a-z_]+)`")


def table_cells(title: str) -> list[str]:
    """First column of the README's table under a heading."""
    section = README.read_text().split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [row.split("|")[1] for row in rows]


def backticked(texts: list[str]) -> set[str]:
    return {name for text in texts for name in re.findall(r"`([^`]+)`", text)}


def anchors(path: Path) -> set[str]:
    """As code hosts make them of headings."""
    headings = re.findall(r"(?m)^#+ (.+)$", path.read_text())
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for found in LINK.finditer(path.read_text()):
        target = found["target"]
        if target.startswith("http"):
            continue
        place = (path.parent / target).resolve() if target else path
        assert place.exists(), target
        assert place.is_relative_to(ROOT), target
        if found["anchor"]:
            assert found["anchor"] in anchors(place), found[0]


class TestDecisions:
    def test_are_numbered_without_a_gap(self) -> None:
        assert [path.name[:4] for path in ADRS] == [f"{number:04d}" for number in range(1, len(ADRS) + 1)]

    @pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
    def test_are_a_page_with_its_three_parts(self, path: Path) -> None:
        text = path.read_text()
        assert re.fullmatch(r"\d{4}-[a-z0-9]+(?:-[a-z0-9]+)*", path.stem)
        assert text.startswith(f"# {path.name[:4]} ")
        positions = [text.find(f"**{part}.**") for part in ("Context", "Decision", "Consequences")]
        assert -1 not in positions
        assert positions == sorted(positions)
        assert len(text.split()) <= A_PAGE


class TestReadme:
    def test_every_command_of_ours_is_named_and_exists(self) -> None:
        apps_of_ours = ("ameli_notify", "accounts", "reimbursements", "outreach", "fraud")
        ours = {name for name, app in get_commands().items() if str(app).split(".")[0] in apps_of_ours}
        wrapped = {"flush", "makemigrations", "migrate"}
        named = {name for name in backticked(table_cells("Commands")) if re.fullmatch(r"[a-z_]+", name)}
        named -= {"start", "stop", "status"}
        assert named - set(get_commands()) == set()
        assert ours - wrapped - named == set()

    def test_every_variable_that_settings_read_is_explained(self) -> None:
        sources = "\n".join(path.read_text() for path in (ROOT / "ameli_notify/settings").glob("*.py"))
        read = {found["name"] for found in SETTING.finditer(sources)}
        assert {"DATABASE_URL", "FIELD_KEYS", "VAR_DIR", "DISPATCH_WINDOW"} <= read, "the walk sees them"
        assert backticked(table_cells("Running it for real")) == read | READ_ELSEWHERE

    def test_every_target_that_it_runs_exists(self) -> None:
        targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text()))
        asked = {target for path in DOCUMENTS for target in re.findall(r"(?m)(?:`|^)make ([a-z]+)", path.read_text())}
        assert asked <= targets
        assert {"demo", "test"} <= asked


def test_tables_are_called_by_their_names() -> None:
    tables = {model._meta.db_table for model in apps.get_models()}
    functions = {"core_ensure_partition", "core_drop_partitions"}
    named = {name for path in DOCUMENTS for name in TABLE.findall(path.read_text())}
    assert len(named) > 5
    assert named - functions - {FEED_LINE} <= tables


def test_files_named_in_documents_exist() -> None:
    pattern = re.compile(r"`((?:\w+/)+[\w*.-]+\.(?:py|md|conf))`")
    roots = (ROOT, ROOT / "ameli_notify", ROOT / "outreach", ROOT / "reimbursements")
    named = {name for path in DOCUMENTS for name in pattern.findall(path.read_text())}
    assert len(named) > 10
    assert [name for name in named if not any(any(root.glob(name)) for root in roots)] == []


def test_the_web_server_and_the_proxy_log_paths_only() -> None:
    """``%(r)s`` or ``%(q)s`` would be the query too, ``%(f)s`` the referrer, ``%(h)s`` the client."""
    logged = runpy.run_path(str(ROOT / "deploy/gunicorn.conf.py"))["access_log_format"]
    assert set(re.findall(r"%\((\w+)\)s", logged)) == {"t", "m", "U", "s", "B", "D"}
    assert "$request_uri" not in (ROOT / "deploy/nginx.conf").read_text().split("log_format")[1].split(";")[0]

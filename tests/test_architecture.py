"""What import-linter cannot see: references written as strings, hidden imports, and where things lie."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Field
from django.template import Engine

from ameli_notify.schedules import SCHEDULES

FLOORS = ("ameli_notify.core", "accounts", "reimbursements", "outreach", "fraud", "ameli_notify")
APPS = FLOORS[1:-1]
MAX_LINES = 400
CATCH_ALLS = {"utils", "util", "helpers", "helper", "misc", "common", "manager2"}
# Names upwards that are data, not calls; each with its reason.
NAMES_UPWARDS = {
    "accounts/partners/enums.py": "scopes of OAuth are called after the resources of every floor",
    "accounts/staff/roles.py": "which staff role may use which model: one table for the whole house",
}
# `outreach.digest.tasks.plan`: a dotted name of at least two parts that starts with one of our packages.
DOTTED = re.compile(rf"(?:{'|'.join((*APPS, 'ameli_notify'))})(?:\.[A-Za-z_]\w*)+")


def floor_of(dotted: str) -> int:
    """0 for the ground floor; the longest matching package wins."""
    matching = [floor for floor in FLOORS if dotted == floor or dotted.startswith(floor + ".")]
    return FLOORS.index(max(matching, key=len))


def modules() -> list[Path]:
    folders = [settings.BASE_DIR / name for name in ("ameli_notify", *APPS, "tests")]
    return sorted(path for folder in folders for path in folder.rglob("*.py") if "migrations" not in path.parts)


def product_modules() -> list[Path]:
    return [path for path in modules() if settings.BASE_DIR / "tests" not in path.parents]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def dotted_name(path: Path) -> str:
    parts = path.relative_to(settings.BASE_DIR).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(settings.BASE_DIR)}:{getattr(node, 'lineno', 0)}"


def docstrings(module: ast.Module) -> set[ast.AST]:
    """String statements: they describe, they refer to nothing."""
    return {
        node.value for node in ast.walk(module) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def strings_upwards(path: Path) -> Iterator[str]:
    here = floor_of(dotted_name(path))
    ignored = docstrings(tree(path))
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node in ignored:
            continue
        # The name of a settings module is what DJANGO_SETTINGS_MODULE wants.
        is_name = DOTTED.fullmatch(node.value) and not node.value.startswith("ameli_notify.settings.")
        if is_name and floor_of(node.value) > here:
            yield f"{place(path, node)} names {node.value}"


def misplaced_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"{place(path, node)} is relative"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = (sub for sub in ast.walk(node) if isinstance(sub, ast.Import | ast.ImportFrom))
            yield from (f"{place(path, sub)} inside {node.name}()" for sub in inner)


def is_ours(model: object) -> bool:
    return isinstance(model, type) and model.__module__.split(".")[0] in {*APPS, "ameli_notify"}


class TestFloors:
    def test_dotted_names_in_strings_point_down(self) -> None:
        """Task paths, lazy references, ``import_string``. Settings and the top floor name what they like."""
        found = {path: list(strings_upwards(path)) for path in product_modules()}
        upwards = {str(path.relative_to(settings.BASE_DIR)): names for path, names in found.items() if names}
        assert {name: names for name, names in upwards.items() if name not in NAMES_UPWARDS} == {}
        needless = [name for name in NAMES_UPWARDS if (settings.BASE_DIR / name).exists() and name not in upwards]
        assert needless == []

    def test_relations_point_down(self) -> None:
        upwards = [
            f"{model.__name__}.{field.name} -> {field.related_model.__name__}"
            for model in filter(is_ours, apps.get_models(include_auto_created=True))
            for field in model._meta.get_fields()
            if isinstance(field, Field) and isinstance(field.related_model, type) and is_ours(field.related_model)
            if floor_of(field.related_model.__module__) > floor_of(model.__module__)
        ]
        assert upwards == []

    def test_an_app_starts_its_own_tasks_or_lower_ones(self) -> None:
        for item in SCHEDULES:
            owner = item.name.split(".")[0]
            floor = FLOORS.index("ameli_notify.core" if owner == "core" else owner)
            assert floor_of(item.task) <= floor, item.name

    def test_import_linter_knows_every_module_of_the_top_floor(self) -> None:
        contracts = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"][
            "contracts"
        ]
        top = contracts[0]["layers"][0]
        named = {name.strip(" ()").removeprefix("ameli_notify.") for name in re.split(r"[:|]", top)}
        present = {
            path.stem
            for path in (settings.BASE_DIR / "ameli_notify").iterdir()
            if path.suffix == ".py" or (path / "__init__.py").exists()
        }
        assert present - {"__init__", "core"} <= named
        assert contracts[0]["layers"][1:] == [*reversed(APPS), "ameli_notify.core"]

    def test_the_walk_sees_an_upward_string(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "BASE_DIR", tmp_path)
        planted = tmp_path / "accounts" / "tasks.py"
        planted.parent.mkdir()
        planted.write_text(
            '"""fraud.cases.tasks.look"""\nPATH = "fraud.cases.tasks.look"\nOWN = "accounts.people.tasks.x"\n'
        )
        assert list(strings_upwards(planted)) == ["accounts/tasks.py:2 names fraud.cases.tasks.look"]


class TestModules:
    def test_are_short_and_named_after_their_subject(self) -> None:
        long = {dotted_name(path): len(path.read_text().splitlines()) for path in modules()}
        assert {name: lines for name, lines in long.items() if lines > MAX_LINES} == {}
        assert [name for name in long if CATCH_ALLS & set(name.split("."))] == []

    def test_imports_stand_at_the_top_and_are_absolute(self) -> None:
        assert [found for path in modules() for found in misplaced_imports(path)] == []

    def test_none_uses_signals(self) -> None:
        imported = {
            f"{dotted_name(path)}: {node.module}.{alias.name}"
            for path in product_modules()
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        assert [name for name in imported if re.search(r"\bsignals\b|\.receiver$", name)] == []
        assert [path for path in product_modules() if path.stem in {"signals", "receivers"}] == []

    def test_the_walk_sees_a_hidden_and_a_relative_import(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settings, "BASE_DIR", tmp_path)
        planted = tmp_path / "planted.py"
        planted.write_text("from . import models\n\ndef look():\n    import json\n")
        assert list(misplaced_imports(planted)) == ["planted.py:1 is relative", "planted.py:4 inside look()"]


class TestTemplates:
    def test_each_lies_in_the_folder_of_an_app_or_a_shared_one(self) -> None:
        shared = {"layout", "components", "public", "email", "admin"}
        top = {path.name for path in (settings.BASE_DIR / "templates").iterdir()}
        alone = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html", "503.html"}
        assert top <= {*APPS, "ameli_notify", *shared, *alone}

    def test_apps_keep_none_of_their_own(self) -> None:
        hidden = [path for name in ("ameli_notify", *APPS) for path in (settings.BASE_DIR / name).rglob("templates")]
        assert hidden == []
        assert [str(folder) for folder in Engine.get_default().dirs] == [str(settings.BASE_DIR / "templates")]

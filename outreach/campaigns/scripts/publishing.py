"""From files to published versions. A file that was once published must never change."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from outreach.campaigns.scripts.checks import findings
from outreach.campaigns.scripts.models import CallScriptVersion
from outreach.campaigns.scripts.structure import CallScript, ScriptError, parse

FOLDER: Final = Path(__file__).parent / "texts"


def files() -> list[Path]:
    """The scripts that come with the program."""
    return sorted(FOLDER.glob("*.yaml"))


def read_file(path: Path) -> tuple[dict[str, Any], CallScript]:
    """A file's content and what it means. Raises ScriptError, also for a file named after another version."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ScriptError(f"{path.name} is no YAML: {error}") from None
    script = parse(content)
    if path.stem != f"{script.name}-v{script.version}":
        raise ScriptError(f"{path.name} holds {script.name}, version {script.version}")
    return content, script


def publish_scripts() -> list[CallScriptVersion]:
    """Publish the files that are not yet; returns every version that comes with the program.

    Raises ScriptError for a file that the checks refuse.
    """
    published = []
    for path in files():
        content, script = read_file(path)
        if wrong := findings(script):
            raise ScriptError(f"{path.name}: {wrong[0]}")
        row, _ = CallScriptVersion.objects.get_or_create(
            name=script.name,
            version=script.version,
            defaults={"checksum": checksum_of(content), "content": content},
        )
        published.append(row)
    return published


def published(version_id: int) -> CallScript:
    """What is read out in a campaign: from its row, which never changes."""
    return _published(version_id)


def altered_files() -> list[str]:
    """Files that no longer say what was published under their name and number."""
    rows = {(name, version): checksum for name, version, checksum in _checksums()}
    return [
        path.name
        for path in files()
        for content, script in [read_file(path)]
        if rows.get((script.name, script.version), checksum_of(content)) != checksum_of(content)
    ]


def checksum_of(content: dict[str, Any]) -> str:
    """Of the meaning, not of the layout: comments and order of keys do not count."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _checksums() -> list[tuple[str, int, str]]:
    return list(CallScriptVersion.objects.values_list("name", "version", "checksum"))


@lru_cache(maxsize=64)
def _published(version_id: int) -> CallScript:
    return parse(CallScriptVersion.objects.values_list("content", flat=True).get(pk=version_id))

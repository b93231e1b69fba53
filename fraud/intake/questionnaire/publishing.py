"""From files to the version in service. A file that was once published must never change."""

import hashlib
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from fraud.intake.models import QuestionnaireVersion
from fraud.intake.questionnaire.structure import Questionnaire, QuestionnaireError, parse

FOLDER: Final = Path(__file__).parent


def files() -> list[Path]:
    """The versions that come with the program, oldest first."""
    return sorted(FOLDER.glob("v*.yaml"), key=lambda path: int(path.stem.removeprefix("v")))


def read_file(path: Path) -> tuple[dict[str, Any], Questionnaire]:
    """A file's content and what it means. Raises QuestionnaireError, also for a file named after another version."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise QuestionnaireError(f"{path.name} is no YAML: {error}") from None
    questionnaire = parse(content)
    if path.stem != f"v{questionnaire.version}":
        raise QuestionnaireError(f"{path.name} holds version {questionnaire.version}")
    return content, questionnaire


def checksum_of(content: dict[str, Any]) -> str:
    """Of the meaning, not of the layout: comments and order of keys do not count."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def current() -> QuestionnaireVersion:
    """The version that new drafts get: the newest file, published when it is first asked for."""
    content, number = _newest()
    row, _ = QuestionnaireVersion.objects.get_or_create(
        version=number, defaults={"checksum": checksum_of(content), "content": content}
    )
    return row


def published(version_id: int) -> Questionnaire:
    """What the people of a version were asked: from its row, which never changes."""
    return _published(version_id)


def altered_files() -> list[str]:
    """Files that no longer say what was published under their number."""
    rows = dict(QuestionnaireVersion.objects.values_list("version", "checksum"))
    return [
        path.name
        for path in files()
        for content, questionnaire in [read_file(path)]
        if rows.get(questionnaire.version, checksum_of(content)) != checksum_of(content)
    ]


@cache
def _newest() -> tuple[dict[str, Any], int]:
    content, questionnaire = read_file(files()[-1])
    return content, questionnaire.version


@lru_cache(maxsize=64)
def _published(version_id: int) -> Questionnaire:
    return parse(QuestionnaireVersion.objects.values_list("content", flat=True).get(pk=version_id))

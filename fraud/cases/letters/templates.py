"""The words of letters by version, and the fingerprint of a version: its words and its layout."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from fraud.cases.enums import StepKind

VERSION: Final = 1
LAYOUT: Final = Path(__file__).with_name("lettre.typ")
KINDS: Final = (
    StepKind.LETTER,
    StepKind.NOTICE,
    StepKind.INDU,
    StepKind.WARNING,
    StepKind.PENALTY,
    StepKind.ORDER,
)
"""Steps that a letter tells of. The others are told by other means, or not to the professional."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTemplate:
    """Words before and after the facts; ``{amount}`` and the like stand for what the case says."""

    subject: str
    paragraphs: Sequence[str]
    closing: Sequence[str]


def template_of(kind: StepKind) -> LetterTemplate:
    """The words of this version. Raises KeyError for a step without a letter."""
    return _templates(VERSION)[kind]


@cache
def fingerprint(version: int) -> str:
    """SHA-256 of the words and the layout."""
    return hashlib.sha256(_source(version).read_bytes() + LAYOUT.read_bytes()).hexdigest()


@cache
def _templates(version: int) -> Mapping[StepKind, LetterTemplate]:
    read: dict[str, dict[str, Any]] = yaml.safe_load(_source(version).read_text(encoding="utf-8"))
    return {StepKind(kind): LetterTemplate(**words) for kind, words in read.items()}


def _source(version: int) -> Path:
    return Path(__file__).with_name(f"v{version}.yaml")

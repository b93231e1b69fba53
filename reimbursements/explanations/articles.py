"""The « Comprendre » articles: what every linked term leads to.

One TOML file per article in ``articles/``, named by its slug. A paragraph may hold linked terms and amounts; the
amounts come from the dated reference rows of the day, and a paragraph whose amounts are not known that day is
left out rather than shown with a hole.
"""

import datetime as dt
import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.copays import CopayKind, Counter, yearly_ceiling
from reimbursements.explanations.typography import euros, percent
from reimbursements.explanations.wording import Sentence, parsed

DIRECTORY: Final = Path(__file__).parent / "articles"
_CENT: Final = Decimal("0.01")
EXAMPLE: Final = ("NGAP", "G")
"""The act that the articles reckon with: a consultation with a general practitioner."""
_PREFIXES: Final = {
    CopayKind.FLAT_CONTRIBUTION: "flat",
    CopayKind.DEDUCTIBLE_MEDICINE: "medicine",
    CopayKind.DEDUCTIBLE_PARAMEDICAL: "paramedical",
    CopayKind.DEDUCTIBLE_TRANSPORT: "transport",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    heading: Sentence
    paragraphs: tuple[Sentence, ...]
    items: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """``related``: slugs of the articles to read next."""

    slug: str
    title: Sentence
    summary: Sentence
    sections: tuple[Section, ...]
    related: tuple[str, ...]


class UnknownArticleError(LookupError):
    """No article has this slug."""


@cache
def article_slugs() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in DIRECTORY.glob("*.toml")))


def article(slug: str, book: ReferenceBook, *, on: dt.date) -> Article:
    """The article with the amounts of the day. Raises UnknownArticleError."""
    if slug not in article_slugs():
        raise UnknownArticleError(slug)
    source = _source(slug)
    values = amounts_on(book, on=on)
    sections = (_section(section, values) for section in source["section"])
    return Article(
        slug=slug,
        title=parsed(source["title"]),
        summary=parsed(source["summary"]),
        sections=tuple(section for section in sections if section is not None),
        related=tuple(source["related"]),
    )


def amounts_on(book: ReferenceBook, *, on: dt.date) -> dict[str, str]:
    """The amounts that articles may quote, as texts: only those that hold on the day."""
    values: dict[str, str] = {}
    for kind, prefix in _PREFIXES.items():
        rule = book.copay_rule(kind, on=on)
        if rule is None:
            continue
        values[f"{prefix}_amount"] = euros(rule.amount)
        values[f"{prefix}_yearly_cap"] = euros(rule.yearly_cap)
        if rule.daily_cap is not None:
            values[f"{prefix}_daily_cap"] = euros(rule.daily_cap)
    ceiling = yearly_ceiling(Counter.DEDUCTIBLE, book, on=on)
    if ceiling is not None:
        values["deductible_yearly_cap"] = euros(ceiling)
    return values | _consultation(book, on=on)


def _consultation(book: ReferenceBook, *, on: dt.date) -> dict[str, str]:
    """The example of the articles: a consultation with a general practitioner."""
    act = book.act_in_force(*EXAMPLE, on=on)
    if act is None or act.tariff is None or act.rate_pct is None:
        return {}
    reimbursed = (act.tariff * act.rate_pct / 100).quantize(_CENT, ROUND_HALF_UP)
    values = {
        "consultation_tariff": euros(act.tariff),
        "consultation_rate": percent(act.rate_pct),
        "consultation_reimbursed": euros(reimbursed),
        "consultation_left": euros(act.tariff - reimbursed),
    }
    rule = book.copay_rule(CopayKind.FLAT_CONTRIBUTION, on=on)
    if rule is not None:
        values["consultation_received"] = euros(reimbursed - rule.amount)
    return values


@cache
def _source(slug: str) -> dict[str, Any]:
    return tomllib.loads((DIRECTORY / f"{slug}.toml").read_text(encoding="utf-8"))


def _section(source: Mapping[str, Any], values: Mapping[str, str]) -> Section | None:
    """None when nothing of the section can be said on the day."""
    heading = _filled([source["heading"]], values)
    paragraphs = _filled(source["paragraphs"], values)
    items = _filled(source.get("items", []), values)
    is_list_emptied = bool(source.get("items")) and not items
    if not heading or not paragraphs or is_list_emptied:
        return None
    return Section(heading=heading[0], paragraphs=paragraphs, items=items)


def _filled(texts: Iterable[str], values: Mapping[str, str]) -> tuple[Sentence, ...]:
    return tuple(parsed(text.format_map(values)) for text in texts if _names(text) <= values.keys())


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}

"""Sentences made of words and of linked terms.

A sentence is written as ``une [[base de remboursement|base-et-taux-de-remboursement]] de {base}``: the text of a
term, then the slug of the « Comprendre » article that explains it. Pages render the parts; nothing here is HTML.
"""

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from reimbursements.explanations.typography import typeset

_TERM: Final = re.compile(r"\[\[([^\[\]|]+)\|([a-z0-9-]+)\]\]")


@dataclass(frozen=True, slots=True)
class Words:
    """Plain words."""

    slug: ClassVar[str] = ""

    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the field, and the article that explains it."""

    text: str
    slug: str


@dataclass(frozen=True, slots=True)
class Sentence:
    parts: tuple[Words | Term, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(part for part in self.parts if isinstance(part, Term))

    def __str__(self) -> str:
        return self.text


def sentence(template: str, /, **values: str) -> Sentence:
    """The template filled, typeset, begun by a capital. Raises KeyError for a value that is not given."""
    return Sentence(_capitalised(parsed(template.format(**values)).parts))


def parsed(text: str) -> Sentence:
    """A text with its terms marked, typeset and cut into parts."""
    typeset_text = typeset(text)
    parts: list[Words | Term] = []
    position = 0
    for match in _TERM.finditer(typeset_text):
        if match.start() > position:
            parts.append(Words(typeset_text[position : match.start()]))
        parts.append(Term(match[1], match[2]))
        position = match.end()
    if position < len(typeset_text):
        parts.append(Words(typeset_text[position:]))
    return Sentence(tuple(parts))


def plain(label: str) -> str:
    """A label of the reference data, safe inside a template: no mark of ours can come out of it."""
    return " ".join(label.replace("[[", "[").replace("]]", "]").replace("|", "/").split())


def _capitalised(parts: tuple[Words | Term, ...]) -> tuple[Words | Term, ...]:
    if not parts:
        return ()
    first = parts[0]
    text = first.text[:1].upper() + first.text[1:]
    return (Term(text, first.slug) if isinstance(first, Term) else Words(text), *parts[1:])

"""The language rules that every sentence of the explanations keeps, and proof that each rule bites."""

import re
from collections.abc import Iterator

import pytest

from reimbursements.explanations.articles import article_slugs
from reimbursements.explanations.wording import Sentence, Term, parsed, sentence

LONGEST = 200
NBSP = "\u00a0"
# Words of the trade: only inside a linked term, or not at all.
JARGON = (
    "amo",
    "amc",
    "ald",
    "brss",
    "ccam",
    "ngap",
    "nabm",
    "css",
    "c2s",
    "ticket modérateur",
    "tiers payant",
    "participation forfaitaire",
    "franchise",
    "dépassement",
    "base de remboursement",
    "parcours de soins",
    "affection de longue durée",
    "exonération",
    "subrogation",
    "régularisation",
    "annulation",
    "nomenclature",
    "ayant droit",
    "prestation",
    "indemnités journalières",
    "complémentaire",
    "régime local",
)
_JARGON = re.compile(rf"\b({'|'.join(JARGON)})s?\b", re.IGNORECASE)
_QUOTED = re.compile(r"«[^»]*»")
_BREAKING_SPACE = re.compile(r"(?<=\S) (?=[:;?!»%€])|« ")
_TIGHT_MARK = re.compile(r"[^\s][:;?!»%€]|«[^\u00a0]")
_EMPTY_WORDS = re.compile(r"\bNone\b|\bnan\b|\(\s*\)|«\s*»|  | ,| \.|,,|\.\.|,\.|: ?\.|\u00a0:\u00a0:", re.IGNORECASE)
_MARKS = {
    "a hole": re.compile(r"[{}\[\]|]"),
    "an upright apostrophe": re.compile("'"),
    "a hyphen as minus": re.compile(r"(?<!\w)-\d"),
    "an empty word": _EMPTY_WORDS,
    "a space that may break": _BREAKING_SPACE,
    "a mark without its space": _TIGHT_MARK,
}
_EURO = re.compile(r"([\d,\u00a0\u2212]*\d)\u00a0€")
_GOOD_EURO = re.compile(r"\u2212?\d{1,3}(?:\u00a0\d{3})*,\d{2}")


def findings(told: Sentence) -> Iterator[str]:
    """What is wrong with a sentence."""
    yield from _form(told.text)
    yield from _typography(told.text)
    words = _QUOTED.sub("", " ".join(part.text for part in told.parts if not isinstance(part, Term)))
    for match in _JARGON.finditer(words):
        yield f"unlinked: {match[0]}"
    for term in told.terms:
        if term.slug not in article_slugs():
            yield f"no article: {term.slug}"


def _form(text: str) -> Iterator[str]:
    if not 10 <= len(text) <= LONGEST:
        yield f"{len(text)} characters"
    if not text.endswith((".", "?")):
        yield "no full stop"
    if not (text[0].isupper() or text[0].isdigit()):
        yield "no capital"
    for name, pattern in _MARKS.items():
        if pattern.search(text):
            yield name


def _typography(text: str) -> Iterator[str]:
    for match in _EURO.finditer(text):
        if not _GOOD_EURO.fullmatch(match[1]):
            yield f"an amount as {match[0]}"
    if len(_EURO.findall(text)) != text.count("€"):
        yield "an amount without a number"


def check(told: Sentence) -> None:
    found = list(findings(told))
    assert not found, f"{told.text!r}: {found}"


@pytest.mark.parametrize(
    ("template", "finding"),
    [
        ("Court.", "6 characters"),
        ("Une phrase sans point final", "no full stop"),
        ("Un trou {} dans la phrase.", "a hole"),
        ("Le montant est de -3,00 euros.", "a hyphen as minus"),
        ("Le libellé est «  ».", "an empty word"),
        ("Le montant est None pour ce soin.", "an empty word"),
        ("Le montant est de 21 €.", f"an amount as 21{NBSP}€"),
        ("Le montant est de 1234,50 €.", f"an amount as 1234,50{NBSP}€"),
        ("Le montant est connu: le voici.", "a mark without its space"),
        ("Vous avez une franchise à payer.", "unlinked: franchise"),
        ("Voir la [[page|rien-de-tel]] pour comprendre.", "no article: rien-de-tel"),
        ("x" * 200 + ".", "201 characters"),
        ("minuscule au début de la phrase.", "no capital"),
    ],
)
def test_each_rule_bites(template: str, finding: str) -> None:
    assert finding in list(findings(parsed(template)))


@pytest.mark.parametrize("text", ["Le prix est connu : le voici.", "Le prix est de 21,00 €.", "Voici « le mot » dit."])
def test_a_breaking_space_is_found(text: str) -> None:
    from_keyboard = Sentence((Term(text, "tiers-payant"),))
    assert "a space that may break" in list(findings(from_keyboard))


def test_a_good_sentence_passes() -> None:
    good = sentence("L'Assurance Maladie rembourse {paid} : c'est le [[tiers payant|tiers-payant]].", paid="21,00 €")
    assert list(findings(good)) == []

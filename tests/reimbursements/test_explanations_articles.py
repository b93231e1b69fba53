"""The « Comprendre » articles: complete, linked, in plain French, with the amounts of the day."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest

from reimbursements.explanations.articles import Article, UnknownArticleError, article, article_slugs
from reimbursements.explanations.book import make_book
from reimbursements.explanations.wording import Sentence
from tests.reimbursements.test_explanations_cases import BOOK, CASES, explained

TODAY = dt.date(2026, 11, 1)
EMPTY_BOOK = make_book(
    natures=(), acts=(), specialties=(), payees=(), exemptions=(), insurance_natures=(), copay_rules=()
)
WANTED = {
    "tiers-payant",
    "cout-reel-des-soins",
    "solidarite-et-cotisations",
    "affection-de-longue-duree",
    "deremboursement",
    "participation-forfaitaire-et-franchise",
    "base-et-taux-de-remboursement",
    "depassement-d-honoraires",
    "part-complementaire",
    "parcours-de-soins",
    "annulation-et-regularisation",
    "indemnites-journalieres",
    "paye-a-quelqu-un-d-autre",
    "actes-regroupes",
    "pourquoi-un-montant-en-moins",
}
LONGEST_PHRASE = 220
# Letters of the trade that an article may use only in a title that spells them out.
INITIALS = re.compile(r"\b(AMO|AMC|TM|PF|CCAM|NGAP|BRSS|CSS|C2S|DRE|SNDS|ALD)\b")


def texts(told: Article) -> Iterator[Sentence]:
    yield told.title
    yield told.summary
    for section in told.sections:
        yield section.heading
        yield from section.paragraphs
        yield from section.items


def test_every_wanted_article_is_there() -> None:
    assert set(article_slugs()) >= WANTED


@pytest.mark.parametrize("slug", article_slugs())
def test_the_article_is_whole_and_well_written(slug: str) -> None:
    told = article(slug, BOOK, on=TODAY)
    assert len(told.sections) >= 2
    assert told.related
    assert slug not in told.related
    assert set(told.related) <= set(article_slugs())
    for text in texts(told):
        assert not re.search(r"[{}\[\]|'<>]|  |\s[.,]", text.text), text.text
        assert not re.search(r"(?<=\S) (?=[:;?!»%€])|« ", text.text), text.text
        assert {term.slug for term in text.terms} <= set(article_slugs()) - {slug}
        for phrase in re.split(r"(?<=[.?!]) ", text.text):
            assert len(phrase) <= LONGEST_PHRASE, phrase
    for section in told.sections:
        assert all(paragraph.text.endswith((".", ":")) for paragraph in section.paragraphs)
        assert all(item.text.endswith((";", ".")) for item in section.items)
        assert section.items == () or section.items[-1].text.endswith(".")


@pytest.mark.parametrize("slug", article_slugs())
def test_initials_are_spelt_out(slug: str) -> None:
    told = article(slug, BOOK, on=TODAY)
    for text in list(texts(told))[1:]:
        assert not INITIALS.search(text.text), text.text


def test_the_amounts_are_those_of_the_day() -> None:
    def body(day: dt.date) -> str:
        return " ".join(text.text for text in texts(article("participation-forfaitaire-et-franchise", BOOK, on=day)))

    assert "Elle est de 1,00\u00a0€ par consultation" in body(dt.date(2024, 3, 1))
    assert "0,50\u00a0€ par boîte" in body(dt.date(2024, 3, 1))
    assert "Elle est de 2,00\u00a0€ par consultation" in body(TODAY)
    assert "1,00\u00a0€ par boîte" in body(TODAY)


def test_the_example_adds_up() -> None:
    text = " ".join(text.text for text in texts(article("pourquoi-un-montant-en-moins", BOOK, on=TODAY)))
    assert "rembourse 21,00\u00a0€ et retire 2,00\u00a0€. Vous recevez 19,00\u00a0€." in text


@pytest.mark.parametrize("slug", article_slugs())
def test_no_amount_is_written_in_the_text_itself(slug: str) -> None:
    told = article(slug, EMPTY_BOOK, on=TODAY)
    assert told.sections
    for text in texts(told):
        assert "€" not in text.text


def test_every_article_is_reached_from_a_typical_payment_or_another_article() -> None:
    reached = {term.slug for name in CASES for term in explained(name).terms}
    for slug in article_slugs():
        told = article(slug, BOOK, on=TODAY)
        reached |= {*told.related, *(term.slug for text in texts(told) for term in text.terms)}
    assert reached == set(article_slugs())


def test_an_unknown_article_is_refused() -> None:
    with pytest.raises(UnknownArticleError):
        article("../secret", BOOK, on=TODAY)

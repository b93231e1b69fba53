"""Properties of the linter on generated text: numbers, addresses and disguises in any spacing, bounded work."""

import random
import re
import string
import time
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from outreach.notifications.linter import lint
from outreach.notifications.linter_numbers import ALLOWED_NUMBERS, has_iban_key, has_luhn_key
from tests.outreach.lint_frame import FRAME, codes

ZWSP, SOFT_HYPHEN, WORD_JOINER, NBSP, THIN = "\u200b", "\u00ad", "\u2060", "\u00a0", "\u202f"
SEPARATORS = st.sampled_from(["", " ", NBSP, THIN, ".", "-", " - ", "/", ZWSP, "  ", SOFT_HYPHEN])
BEFORE = st.sampled_from(["", "Bonjour,\n", "Un soin : ", "numéro ", "(", "« "])
AFTER = st.sampled_from(["", ".", " merci.", "\nÀ bientôt", ")", " »"])
NUMBER_CODES = {"L501_NIR", "L502_IBAN", "L503_CARD", "L504_PHONE", "L505_SHORT_CODE", "L509_DIGIT", "L101_AMOUNT"}


def spread(text: str, separators: list[str]) -> str:
    """`text` with a separator after each character, in turn."""
    return "".join(char + separators[index % len(separators)] for index, char in enumerate(text))


@given(
    body=st.builds(
        lambda sex, year, month, rest, with_key: (sex, f"{year:02}{month:02}00{rest:06}", with_key),
        st.sampled_from("12"), st.integers(0, 99), st.integers(1, 12), st.integers(0, 999_999), st.booleans(),
    ),
    separators=st.lists(SEPARATORS, min_size=1, max_size=6),
    before=BEFORE,
    after=AFTER,
)  # fmt: skip
def test_any_nir_is_caught(body: tuple[str, str, bool], separators: list[str], before: str, after: str) -> None:
    sex, rest, with_key = body
    nir = sex + rest
    if with_key:
        nir += f"{97 - int(nir) % 97:02}"
    assert "L501_NIR" in codes(f"{before}{spread(nir, separators)}{after}")


@given(
    digits=st.integers(0, 10**23 - 1),
    separators=st.lists(SEPARATORS, min_size=1, max_size=5),
    after=AFTER,
    upper=st.booleans(),
)
def test_any_french_iban_is_caught(digits: int, separators: list[str], after: str, upper: bool) -> None:
    account = f"{digits:023}"
    key = 98 - int(account + "152700") % 97
    iban = f"fr{key:02}{account}"
    assert has_iban_key(iban)
    assert "L502_IBAN" in codes(f"IBAN : {spread(iban.upper() if upper else iban, separators)}{after}")


@given(
    digits=st.text(string.digits, min_size=12, max_size=18),
    separators=st.lists(SEPARATORS, min_size=1, max_size=4),
    before=BEFORE,
)
def test_any_card_is_caught(digits: str, separators: list[str], before: str) -> None:
    card = next(digits + key for key in string.digits if has_luhn_key(digits + key))
    assert codes(before + spread(card, separators)) & NUMBER_CODES


@given(
    number=st.from_regex(r"\A(?:0|\+33|0033)[1-9][0-9]{8}\Z"),
    separators=st.lists(SEPARATORS, min_size=1, max_size=4),
    before=BEFORE,
    after=AFTER,
)
def test_any_other_phone_is_caught(number: str, separators: list[str], before: str, after: str) -> None:
    assume(not number.endswith("553356237"))
    assert codes(before + spread(number, separators) + after) & NUMBER_CODES


@given(
    amount=st.decimals(min_value=0, max_value=99_999, places=2),
    comma=st.sampled_from([",", ".", " , "]),
    currency=st.sampled_from(["€", " €", f"{NBSP}€", "EUR", " euros", " e u r o s", "", " eu\u200bros"]),
)
def test_any_amount_is_caught(amount: object, comma: str, currency: str) -> None:
    found = codes(f"Versé : {str(amount).replace('.', comma)}{currency}")
    assert found & NUMBER_CODES
    assert "L101_AMOUNT" in found or comma == " , "


@example(name="ameli", ending="info", dot=" point ", prefix="", suffix="")
@given(
    name=st.from_regex(r"\A[a-zA-Z0-9][a-zA-Z0-9\-]{0,18}[a-zA-Z0-9]\Z"),
    ending=st.sampled_from(
        ["fr", "com", "net", "org", "info", "app", "site", "gouv.fr", "ly", "xyz", "assurance-maladie.fr"]
    ),
    dot=st.sampled_from(
        [".", " . ", " .", "[.]", "(.)", "．", "。", f"{ZWSP}.", f".{ZWSP}", " point ", "·", f".{SOFT_HYPHEN}"]
    ),
    prefix=st.sampled_from(["", "www.", "https://", "http://", "Voir "]),
    suffix=st.sampled_from(["", "/compte", " pour voir.", ".", " ", "\n"]),
)  # fmt: skip
def test_any_site_is_caught(name: str, ending: str, dot: str, prefix: str, suffix: str) -> None:
    assert codes(f"{prefix}{name}{dot}{ending}{suffix}") & {"L401_URL", "L402_DOMAIN"}


FANCY: list[Callable[[str], str]] = [
    lambda c: chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c,  # full width
    lambda c: chr(0x1D400 + ord(c) - ord("a")) if "a" <= c <= "z" else c,  # falls in the mathematical alphabets
    lambda c: c + "\u0336",  # struck through
    lambda c: c + ZWSP,
    lambda c: c + WORD_JOINER,
    lambda c: {"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "i": "і"}.get(c, c),  # Cyrillic
]


@given(
    text=st.sampled_from(["https", "ameli.fr", "medicament", "consultation", "euros", "cliquez", "pharmacie"]),
    seed=st.integers(0, 10**6),
)
def test_disguises_change_nothing(text: str, seed: int) -> None:
    expected = codes(text)
    assert expected
    choose = random.Random(seed)
    disguised = "".join(choose.choice(FANCY)(char) for char in text)
    assert expected <= codes(disguised)
    assert disguised == text or codes(disguised) & {"L901_CONTROL", "L902_CHARACTER"} or disguised.isascii()


@given(st.text(max_size=300))
def test_any_text_is_judged_and_a_clean_one_is_plain(text: str) -> None:
    found = lint(text, channel="email", part="text")
    if not found:
        numbers = re.findall(r"\+?[0-9](?:[0-9 .()/\-]*[0-9])?", text)
        assert {re.sub(r"[^0-9+]", "", number) for number in numbers} <= ALLOWED_NUMBERS
        assert text.replace("\n", " ").isprintable() or {NBSP, THIN} & set(text)
    assert lint(FRAME.format(text), channel="email", part="html") or not found


BROKEN = st.sampled_from([*"<!-[]>a\"'= &;/?#xpd\n", "<!", "-->", "<p", "</", "doctype html", "<![", "&#"])


@given(st.lists(BROKEN, max_size=40).map("".join))
def test_broken_html_is_refused_and_never_raises(text: str) -> None:
    found = lint(FRAME.format(text), channel="email", part="html")
    assert found or "<" not in text


@pytest.mark.parametrize(
    "unit", ["1 ", "a.", "a ", "1.", "h t ", "fr76 ", "{", "1 . ", "bonjour ", "cent ", "a@", "<p ", "&", "<!--", "<!["]
)
def test_work_is_bounded_on_hostile_text(unit: str) -> None:
    """No pattern may backtrack without end: 5,000 characters of anything are read in well under a second of CPU."""
    text = (unit * 5000)[:5000]
    began = time.process_time()
    lint(text, channel="email", part="text")
    lint(FRAME.format(text), channel="email", part="html")
    assert time.process_time() - began < 3

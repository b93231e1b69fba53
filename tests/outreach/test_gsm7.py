"""GSM-7 and UCS-2 counting, against figures of the standard and of well-known French texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.notifications.gsm7 import SEPTETS, analyse_sms, offending_fr, suggestion, to_gsm7


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "GSM-7", 0, 0),
        ("a", "GSM-7", 1, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        # 152 + an escape pair: the pair is not cut in two, it opens the next part
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("àäæéèöùüÄÆÇÉÖÜ", "GSM-7", 14, 1),
        ("ç", "UCS-2", 1, 1),
        ("ê" * 70, "UCS-2", 70, 1),
        ("ê" * 71, "UCS-2", 71, 2),
        ("ê" * 134, "UCS-2", 134, 2),
        ("ê" * 135, "UCS-2", 135, 3),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 36, "UCS-2", 72, 2),
        # 66 + a surrogate pair: not cut either
        ("ê" * 66 + "😀" + "ê" * 66, "UCS-2", 134, 3),
        ("Vous avez reçu un paiement" + "." * 60, "UCS-2", 86, 2),
    ],
)
def test_size(text: str, encoding: str, units: int, segments: int) -> None:
    size = analyse_sms(text)
    assert (size.encoding, size.units, size.segments) == (encoding, units, segments)
    assert size.septets == (units if encoding == "GSM-7" else None)


def test_alphabet_has_the_127_characters_of_the_standard_and_ten_extensions() -> None:
    assert len(SEPTETS) == 127 + 10
    assert {char for char, septets in SEPTETS.items() if septets == 2} == set("\f^{}\\[~]|€")


def test_offending_characters_are_counted_in_order() -> None:
    size = analyse_sms("Vous-même : l’hôte a reçu « l’avis »")
    assert size.offending == (("ê", 1), ("’", 2), ("ô", 1), ("ç", 1), ("«", 1), ("»", 1))
    assert offending_fr(size) == 'ê → e ; ’ (2 fois) → \' ; ô → o ; ç → c ; « → " ; » → "'


@pytest.mark.parametrize(
    ("char", "expected"),
    [
        ("’", "'"), ("œ", "oe"), ("Œ", "OE"), ("ç", "c"), ("ê", "e"), ("î", "i"), ("À", "A"), ("«", '"'),
        ("»", '"'),
        ("…", "..."), ("\u00a0", " "), ("\u202f", " "), ("\u200b", ""), ("Ÿ", "Y"), ("😀", None), ("ж", None),
        ("e", "e"),
    ],
)  # fmt: skip
def test_suggestion(char: str, expected: str | None) -> None:
    assert suggestion(char) == expected


def test_separate_accents_are_composed_before_they_are_judged() -> None:
    assert analyse_sms("e\u0301").encoding == "UCS-2"
    assert to_gsm7("e\u0301te\u0301") == "été"
    assert "accent séparé" in offending_fr(analyse_sms("e\u0301"))


def test_blanks_are_named_in_the_message() -> None:
    assert offending_fr(analyse_sms("a\u00a0: \u200b😀")) == (
        "espace insécable → espace simple ; caractère invisible → à retirer ; 😀 → à retirer"
    )


@given(st.text(alphabet=st.sampled_from("abcéèêëàâçôöîïûüœæŒ’«»…–— \u00a0\u202f\n1234567890"), max_size=400))
def test_french_always_fits_after_replacement(text: str) -> None:
    size = analyse_sms(to_gsm7(text))
    assert size.encoding == "GSM-7"
    assert size.offending == ()


@given(st.text(max_size=400))
def test_segments_hold_the_units_and_are_never_wasteful(text: str) -> None:
    size = analyse_sms(text)
    single, part = (160, 153) if size.encoding == "GSM-7" else (70, 67)
    if size.units <= single:
        assert size.segments == (1 if text else 0)
    else:
        assert -(-size.units // part) <= size.segments <= -(-size.units // (part - 1))
    if size.encoding == "UCS-2":
        assert size.units == len(text.encode("utf-16-le", "surrogatepass")) // 2

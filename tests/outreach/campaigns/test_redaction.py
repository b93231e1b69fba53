"""Numbers that no note may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn

from accounts.people.nir import nir_key
from outreach.campaigns.claiming.redaction import redact

NIR = "1850300123456" + nir_key("1850300123456")
CORSICAN = "185032A123456"
IBAN = "FR7630006000011234567890189"
GERMAN = "DE89370400440532013000"
CARD = "4970100000000154"


def spaced(text: str, gap: str, size: int = 4) -> str:
    return gap.join(text[start : start + size] for start in range(0, len(text), size))


class TestTakesOut:
    @pytest.mark.parametrize(
        ("written", "kind"),
        [
            pytest.param(NIR, "nir", id="nir"),
            pytest.param(NIR[:13], "nir", id="nir without its key"),
            pytest.param("1 85 03 00 123 456 " + NIR[13:], "nir", id="nir spaced"),
            pytest.param("1-85-03-00-123-456", "nir", id="nir hyphens"),
            pytest.param(CORSICAN, "nir", id="corsican nir"),
            pytest.param("1 85 03 2b 123 456 12", "nir", id="corsican nir spaced"),
            pytest.param(IBAN, "iban", id="iban"),
            pytest.param(spaced(IBAN, " "), "iban", id="iban spaced"),
            pytest.param(spaced(IBAN.lower(), "-"), "iban", id="iban lower case"),
            pytest.param(IBAN[:-1] + "0", "iban", id="wrong french iban"),
            pytest.param(GERMAN, "iban", id="german iban"),
            pytest.param(CARD, "card", id="card"),
            pytest.param(spaced(CARD, " "), "card", id="card spaced"),
            pytest.param(spaced(CARD, "\u00a0"), "card", id="card hard spaces"),
            pytest.param(spaced(CARD, "\u200b"), "card", id="card hidden characters"),
            pytest.param("".join(chr(0xFF10 + int(each)) for each in CARD), "card", id="card wide digits"),
            pytest.param("9" * 14, "number", id="any long number"),
            pytest.param("1 85 03 00\n123 456", "nir", id="nir over two lines"),
            pytest.param("1.85.03.00.123.456", "nir", id="nir dots"),
            pytest.param("1,85,03,00,123,456", "nir", id="nir commas"),
            pytest.param("1–85_03–00_123–456", "nir", id="nir dashes"),
            pytest.param(spaced(IBAN, "."), "iban", id="iban dots"),
            pytest.param("FR 76 " + spaced(IBAN[4:], " "), "iban", id="iban country apart"),
            pytest.param("06 39 98 00 01", "phone", id="phone"),
            pytest.param("06.39.98.00.01", "phone", id="phone dots"),
            pytest.param("0639980001", "phone", id="phone compact"),
            pytest.param("06 39 98 0001", "phone", id="phone anyhow"),
            pytest.param("+33 (0)6 39 98 00 01", "phone", id="phone international"),
            pytest.param("+262 692 99 00 01", "phone", id="phone overseas"),
            pytest.param("prenom.nom@example.org", "email", id="e-mail"),
            pytest.param("prenom@ example.net", "email", id="e-mail spaced"),
        ],
    )
    def test_what_must_not_stay(self, written: str, kind: str) -> None:
        found = redact(f"Elle a donné {written}, puis rien.")
        assert kind in found.kinds
        assert found.text.startswith("Elle a donné [")
        assert found.text.endswith("], puis rien.")
        assert sum(map(str.isdigit, found.text)) == 0

    def test_several_in_one_note(self) -> None:
        found = redact(f"{NIR} et {IBAN} et {CARD}")
        assert found.kinds == ("card", "iban", "nir")
        assert found.text == "[NIR masqué] et [IBAN masqué] et [carte masquée]"

    @given(st.integers(min_value=10**14, max_value=10**15 - 1), st.sampled_from(["", " ", ".", "-"]))
    def test_every_card_number(self, number: int, gap: str) -> None:
        digits = f"{number}"
        card = digits + luhn.calc_check_digit(digits)
        assert redact(spaced(card, gap)).text.startswith("[")

    @given(st.text(alphabet="0123456789", min_size=23, max_size=23), st.sampled_from(["", " "]))
    def test_every_french_account(self, account: str, gap: str) -> None:
        number = "FR" + iban.calc_check_digits("FR00" + account) + account
        assert redact(spaced(number, gap)).text == "[IBAN masqué]"

    @given(st.text(max_size=200))
    def test_nothing_long_is_left_of_any_text(self, text: str) -> None:
        left = redact(text).text
        run = longest = 0
        for each in left:
            run = run + 1 if each.isdecimal() and each.isascii() else 0
            longest = max(longest, run)
        assert longest < 13


@pytest.mark.parametrize(
    "note",
    [
        "Rappeler après 14 h, au 3646 ou au 05 53 35 62 37.",
        "Rendez-vous 05/01/2027 14h30 ou 06.01.2027 09h00.",
        "Rendez-vous le 12/01/2027 à 14h30, cabinet du centre.",
        "Née en 1958, vit seule ; fr2 en boucle à la télévision.",
        "le14 novembre prochain au cabinet des lilas",
        "Trajet de 25 km, 3 bus ; 1er étage.",
        "",
    ],
)
def test_leaves_what_helps(note: str) -> None:
    assert redact(note).text == note
    assert redact(note).kinds == ()

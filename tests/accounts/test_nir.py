"""python-stdnum alone raises ValueError on a newline inside and accepts one at the end; ours answers."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.fr import nir as stdnum_nir

from accounts.people.nir import NirError, is_nir, nir_key, parse_nir

GOOD = "185070099912345"


def with_key(first_13: str) -> str:
    return first_13 + nir_key(first_13)


class TestParse:
    @given(st.text())
    def test_any_text_is_parsed_or_refused(self, text: str) -> None:
        with contextlib.suppress(NirError):
            assert is_nir(parse_nir(text))

    @given(st.text(min_size=5))
    def test_a_refusal_never_repeats_the_value(self, text: str) -> None:
        with pytest.raises(NirError) as refusal:
            parse_nir(text)
        assert text not in str(refusal.value)

    @given(st.integers(0, len(GOOD)), st.characters())
    def test_one_character_more_is_never_accepted_in_silence(self, position: int, character: str) -> None:
        text = GOOD[:position] + character + GOOD[position:]
        assert not is_nir(text)
        if character not in " .-\u00a0\u202f":
            with pytest.raises(NirError):
                parse_nir(text)

    @pytest.mark.parametrize("text", ["255083\n14168025", "255081416802538\n", "٢٥٥٠٨١٤١٦٨٠٢٥٣٨", "²55081416802538"])
    def test_what_stdnum_stumbles_over_is_refused(self, text: str) -> None:
        assert not is_nir(text)
        with pytest.raises(NirError):
            parse_nir(text)

    def test_stdnum_still_needs_its_guard(self) -> None:
        """When this fails the guard may go."""
        with pytest.raises(ValueError, match="invalid literal"):
            stdnum_nir.is_valid("255083\n14168025")

    @pytest.mark.parametrize(
        "text", [GOOD, "1 85 07 00 999 123 45", "1.85.07.00.999.123.45", "1\u00a085\u202f07-00 999 123 45"]
    )
    def test_people_write_it_with_separators(self, text: str) -> None:
        assert parse_nir(text) == GOOD

    def test_corsica_is_written_with_a_letter(self) -> None:
        assert parse_nir(with_key("185072a999123".upper()).lower()) == with_key("185072A999123")


class TestForm:
    @pytest.mark.parametrize("sex", "1234578")
    def test_sex_digits(self, sex: str) -> None:
        assert is_nir(with_key(f"{sex}850700999123"))

    @pytest.mark.parametrize(
        "first_13", ["0850700999123", "9850700999123", "1850000999123", "1851300999123", "1851900999123"]
    )
    def test_impossible_sex_or_month(self, first_13: str) -> None:
        assert not is_nir(with_key(first_13))

    @given(st.integers(1, 97))
    def test_only_one_key_fits(self, key: int) -> None:
        assert is_nir(f"{GOOD[:13]}{key:02d}") is (f"{key:02d}" == GOOD[13:])

"""Whatever form a NIR, an address or a number takes, the log shows none of it."""

import logging
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.people.nir import nir_key
from ameli_notify.core.masking import MaskPersonalData, mask_email, mask_nir, mask_personal_data, mask_phone

# Text around a value: anything that cannot itself belong to a number or an address.
around = st.text(st.sampled_from(" ,;:()[]«»'\"\t\n="), max_size=8)
letters_too = st.text(st.sampled_from(" :=éàœNxafL"), max_size=8)


@st.composite
def nirs(draw: st.DrawFn) -> str:
    """Invented people, born in department 00 or in Corsica's form of it."""
    sex, year, month = draw(st.sampled_from("12347")), draw(st.integers(0, 99)), draw(st.integers(1, 12))
    place = draw(st.sampled_from(["00", "2A", "2B"]))
    first_13 = f"{sex}{year:02d}{month:02d}{place}{draw(st.integers(0, 999_999)):06d}"
    return first_13 + nir_key(first_13)


def spaced(nir: str, separator: str) -> str:
    ends = (1, 3, 5, 7, 10, 13, 15)
    return separator.join(filter(None, (nir[start:end] for start, end in zip((0, *ends), ends, strict=False))))


class TestMaskPersonalData:
    @given(nirs(), st.sampled_from(["", " ", ".", "-"]), st.booleans(), letters_too, letters_too)
    def test_no_nir_remains(self, nir: str, separator: str, with_key: bool, before: str, after: str) -> None:
        written = spaced(nir if with_key else nir[:13], separator)
        assert mask_personal_data(f"{before}{written}{after}") == f"{before}[nir]{after}"

    @given(st.from_regex(r"[a-z0-9.+_-]{1,20}@[a-z0-9-]{1,15}(\.[a-z]{2,8}){1,2}", fullmatch=True), around, around)
    def test_no_address_remains(self, address: str, before: str, after: str) -> None:
        assert mask_personal_data(f"{before}{address}{after}") == f"{before}[e-mail]{after}"

    @given(
        st.sampled_from(["+33", "0033", "+33 ", "0"]), st.from_regex(r"[1-9][0-9]{8}", fullmatch=True),
        st.sampled_from(["", " ", ".", "-"]), letters_too, letters_too,
    )  # fmt: skip
    def test_no_number_remains(self, prefix: str, digits: str, separator: str, before: str, after: str) -> None:
        pairs = separator.join([digits[0], *(digits[i : i + 2] for i in range(1, 9, 2))])
        assert mask_personal_data(f"{before}{prefix}{pairs}{after}") == f"{before}[phone]{after}"

    def test_no_iban_remains(self) -> None:
        for iban in ("FR7630004000031234567890143", "FR76 3000 4000 0312 3456 7890 143"):
            assert mask_personal_data(f"compte {iban}.") == "compte [iban]."

    @pytest.mark.parametrize(
        "text",
        [
            "batch 20260301 loaded, 1250000 lines, 48.3 s",
            "2026-03-01T04:05:06.123456+00:00",
            "550e8400-e29b-41d4-a716-a0601234567b",
            "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "fund 01C751000, AM number 751234567, RPPS 10003456789",
            "notification 123456789012 in chunk 7",
        ],
    )
    def test_what_is_nobodys_stays_readable(self, text: str) -> None:
        assert mask_personal_data(text) == text

    @given(st.text())
    def test_masking_twice_changes_nothing_more(self, text: str) -> None:
        once = mask_personal_data(text)
        assert mask_personal_data(once) == once

    @pytest.mark.parametrize("character", ["a", "0", "1", "-", "0 ", "a.", "+", "F"])
    def test_a_long_text_costs_time_in_proportion(self, character: str) -> None:
        started = time.process_time()
        mask_personal_data(character * 200_000)
        assert time.process_time() - started < 2


class TestPartialMasks:
    def test_a_reject_file_shows_7_characters_and_the_key(self) -> None:
        assert mask_nir("185070099912345") == "1850700******45"

    @given(st.text(max_size=9))
    def test_a_short_value_shows_nothing(self, text: str) -> None:
        assert mask_nir(text) == "*" * len(text)

    def test_owners_recognise_their_address(self) -> None:
        assert mask_email("paul@example.org") == "p***@example.org"
        assert mask_phone("+33600012345") == "** ** ** 23 45"


@pytest.mark.shows_personal_data
def test_the_filter_masks_arguments_too(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("tests.masking")
    caplog.handler.addFilter(MaskPersonalData())
    with caplog.at_level(logging.INFO):
        logger.info("kept %s for %s", 12, "canari@example.org")
    assert caplog.messages == ["kept 12 for [e-mail]"]

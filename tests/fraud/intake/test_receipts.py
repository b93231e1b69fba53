"""Receipt numbers: made, copied with mistakes, read."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fraud.intake.receipts import ReceiptNumberError, new_receipt_no, read_receipt_no, shown

numbers = st.integers(2020, 2099).map(lambda year: new_receipt_no(year=year))


@given(numbers)
def test_a_number_is_read_as_it_is_shown(number: str) -> None:
    assert read_receipt_no(number) == number
    assert read_receipt_no(shown(number)) == number
    assert read_receipt_no(shown(number).lower().replace("\u00a0", " - ")) == number


@given(numbers, st.integers(2, 13), st.integers(1, 9))
def test_one_wrong_digit_is_found(number: str, place: int, by: int) -> None:
    digit = str((int(number[place]) + by) % 10)
    with pytest.raises(ReceiptNumberError):
        read_receipt_no(number[:place] + digit + number[place + 1 :])


@given(numbers, st.integers(2, 12))
def test_two_neighbours_exchanged_are_found(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    with pytest.raises(ReceiptNumberError):
        read_receipt_no(swapped)


@given(st.text(max_size=40))
def test_any_other_text_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ReceiptNumberError) as refused:
        read_receipt_no(text)
    assert len(text) < 4 or text not in str(refused.value)


def test_the_year_leads() -> None:
    assert new_receipt_no(year=2026).startswith("SR26")
    assert shown("SR264821903755") == "SR\u00a02648\u00a02190\u00a03755"

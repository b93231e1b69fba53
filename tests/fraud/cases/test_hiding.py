"""What is hidden in a published table cannot be read in it, nor computed from its total or its other rows."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.cases.results.hiding import hidden_rows, is_total_safe

LEAST = 5


def test_a_row_about_few_takes_the_smallest_other_one_with_it() -> None:
    assert hidden_rows({"a": (3,), "b": (40,), "c": (9,)}, fewest=LEAST) == {"a", "c"}


def test_two_rows_of_one_case_each_would_be_told_by_their_sum() -> None:
    assert hidden_rows({"a": (1,), "b": (1,), "c": (9,), "d": (20,)}, fewest=LEAST) == {"a", "b", "c"}


def test_any_count_of_a_row_may_hide_it() -> None:
    assert hidden_rows({"a": (30, 4), "b": (30, 30)}, fewest=LEAST) == {"a", "b"}


def test_rows_about_nobody_and_tables_inside_are_whole() -> None:
    assert hidden_rows({"a": (0, 0), "b": (5, 0)}, fewest=LEAST) == frozenset()
    assert hidden_rows({"a": (1,), "b": (2,)}, fewest=0) == frozenset()


def test_a_row_alone_has_no_other_to_hide_behind() -> None:
    hidden = hidden_rows({"a": (3,)}, fewest=LEAST)
    assert hidden == {"a"}
    assert not is_total_safe({"a": (3,)}, hidden, fewest=LEAST)


rows = st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=8)


@given(rows)
def test_nothing_below_the_least_is_shown(counts: dict[str, tuple[int, int]]) -> None:
    hidden = hidden_rows(counts, fewest=LEAST)
    shown = [count for key, row in counts.items() if key not in hidden for count in row]
    assert not [count for count in shown if 0 < count < LEAST]


@given(rows)
def test_what_the_total_tells_fits_more_than_one_table(counts: dict[str, tuple[int, int]]) -> None:
    """Whoever knows the totals, and that each hidden row is about somebody, finds several values for each count."""
    hidden = hidden_rows(counts, fewest=LEAST)
    if not hidden or not is_total_safe(counts, hidden, fewest=LEAST):
        return
    for column in zip(*(counts[key] for key in hidden), strict=True):
        total = sum(column)
        possible = {
            one
            for one, rest in itertools.product(range(total + 1), repeat=2)
            if one + rest == total or (len(column) > 2 and one + rest <= total)
        }
        assert total == 0 or len(possible) >= LEAST


@pytest.mark.parametrize("fewest", [2, 5, 10])
def test_what_is_hidden_is_as_little_as_it_takes(fewest: int) -> None:
    counts = {"a": (fewest - 1,), "b": (fewest,), "c": (fewest * 9,)}
    assert hidden_rows(counts, fewest=fewest) == {"a", "b"}

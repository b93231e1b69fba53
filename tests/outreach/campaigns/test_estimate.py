"""Staffing and forecast from figures; and which cells of a table are hidden."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.campaigns.campaign.definition import DEFAULT_WINDOWS
from outreach.campaigns.supervision.estimate import (
    assumed_pace,
    forecast,
    measured_pace,
    open_hours,
    staffing,
    wilson,
)
from outreach.campaigns.supervision.figures import Figures
from outreach.campaigns.supervision.small_cells import FEWEST, hidden_cells

MONDAY = dt.date(2026, 9, 7)


class TestPace:
    def test_few_calls_say_nothing(self) -> None:
        assert measured_pace(Figures(attempts=199, called=90, work_seconds=90_000), pauses=0.1) is None
        assert measured_pace(Figures(attempts=500, called=90, work_seconds=9 * 3600), pauses=0.1) is None

    def test_of_calls_that_were_made(self) -> None:
        pace = measured_pace(Figures(attempts=2_000, called=800, work_seconds=100 * 3600), pauses=0.2)
        assert pace is not None
        assert pace.ended_a_call.likely == 0.4
        assert pace.calls_an_hour.likely == 20
        assert pace.ended_a_call.low < 0.4 < pace.ended_a_call.high
        assert pace.calls_an_hour.low < 20 < pace.calls_an_hour.high

    def test_assumed_as_the_reference_computes_it(self) -> None:
        """30 % reached, six minutes and a half more for wrap-up, four calls: 649 advisers for 500,000 in a month."""
        pace = assumed_pace(max_attempts=4)
        assert 1 / pace.ended_a_call.likely == pytest.approx(2.533, abs=0.001)
        needed = staffing(500_000, pace, open_hours=189, weeks=21 / 5)
        assert needed is not None
        assert needed.hours.likely == pytest.approx(68_900, rel=0.01)  # 58,576 worked at 85 % occupancy
        assert needed.hours.low < needed.hours.likely < needed.hours.high


class TestStaffing:
    def test_twice_the_people_take_twice_the_hours(self) -> None:
        pace = assumed_pace(max_attempts=4)
        one, two = (staffing(people, pace, open_hours=100, weeks=4) for people in (1_000, 2_000))
        assert one is not None
        assert two is not None
        assert two.hours.likely == pytest.approx(2 * one.hours.likely)
        assert one.posts.low <= one.posts.likely <= one.posts.high

    def test_no_hour_left(self) -> None:
        assert staffing(1, assumed_pace(max_attempts=4), open_hours=0, weeks=0) is None

    def test_hours_of_calling(self) -> None:
        assert open_hours(DEFAULT_WINDOWS, first=MONDAY, last=MONDAY + dt.timedelta(days=6)) == 45
        assert open_hours(DEFAULT_WINDOWS, first=dt.date(2026, 11, 11), last=dt.date(2026, 11, 11)) == 0


class TestForecast:
    def test_a_steady_pace(self) -> None:
        found = forecast(100, [10] * 5, windows=DEFAULT_WINDOWS, today=MONDAY)
        assert found is not None
        assert found.earliest == found.likely == found.latest == MONDAY + dt.timedelta(days=11)

    def test_an_uneven_pace_says_between_when_and_when(self) -> None:
        found = forecast(100, [6, 14, 8, 12, 10], windows=DEFAULT_WINDOWS, today=MONDAY)
        assert found is not None
        assert found.latest is not None
        assert found.earliest < found.likely < found.latest

    def test_days_too_different_have_no_latest_day(self) -> None:
        found = forecast(100, [0, 30, 0], windows=DEFAULT_WINDOWS, today=MONDAY)
        assert found is not None
        assert found.latest is None

    @pytest.mark.parametrize("days", [[], [10, 10], [0, 0, 0]], ids=["none", "two", "at rest"])
    def test_too_little_to_say(self, days: list[int]) -> None:
        assert forecast(100, days, windows=DEFAULT_WINDOWS, today=MONDAY) is None


def test_wilson_against_published_values() -> None:
    """Newcombe 1998, table I: 81 of 263 and 15 of 148, score method."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)


tables = st.dictionaries(st.tuples(st.sampled_from("ABCD"), st.sampled_from("wxyz")), st.integers(0, 20), max_size=16)


@given(tables)
def test_nothing_hidden_can_be_computed_from_totals(table: dict[tuple[str, str], int]) -> None:
    hidden = hidden_cells(table)
    assert {key for key, number in table.items() if 0 < number < FEWEST} <= hidden
    for axis in (0, 1):
        for group in {key[axis] for key in hidden}:
            shown = [number for key, number in table.items() if key[axis] == group and key not in hidden]
            inside = [table[key] for key in hidden if key[axis] == group]
            assert not any(shown) or (len(inside) > 1 and sum(inside) >= FEWEST)

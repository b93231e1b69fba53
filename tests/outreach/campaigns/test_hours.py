"""The hours of calling are the person's: their clock, their holidays."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from outreach.campaigns.campaign.definition import (
    DEFAULT_WINDOWS,
    DefinitionError,
    Window,
    default_retries,
    default_windows,
    parse_quotas,
    parse_retries,
    parse_windows,
)
from outreach.campaigns.campaign.hours import next_time, open_territories, window_at

PARIS = ZoneInfo("Europe/Paris")
ISLANDS = ["971", "972", "973", "974", "976"]
MAINLAND = ["", "57", "67", "68"]


def paris(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=PARIS)


class TestOpenNow:
    @pytest.mark.parametrize(
        ("at", "open_there"),
        [
            # A Tuesday in July: Paris is at UTC+2.
            ("2026-07-21T09:59", ["974", "976"]),
            ("2026-07-21T10:00", [*MAINLAND, "974"]),  # 11 in Mayotte would be 11: see below
        ],
    )
    def test_by_the_clock_of_the_place(self, at: str, open_there: list[str]) -> None:
        # 10 h in Paris is 12 h in Réunion and 11 h in Mayotte.
        found = open_territories(DEFAULT_WINDOWS, at=paris(at))
        assert set(found) == {*open_there, "974", "976"}

    def test_in_the_evening_of_paris_the_antilles_are_open(self) -> None:
        assert open_territories(DEFAULT_WINDOWS, at=paris("2026-07-21T20:00")) == ["971", "972", "973"]

    @pytest.mark.parametrize(
        ("at", "is_open"), [("12:59", True), ("13:00", False), ("13:59", False), ("14:00", True), ("19:59", True)]
    )
    def test_not_at_lunch(self, at: str, is_open: bool) -> None:
        assert (window_at(DEFAULT_WINDOWS, territory="", at=paris(f"2026-07-21T{at}")) is not None) == is_open

    @pytest.mark.parametrize(
        ("day", "territory"),
        [
            ("2026-12-26", "67"),
            ("2026-04-03", "57"),  # Good Friday
            ("2026-05-27", "971"),
            ("2026-05-22", "972"),
            ("2026-06-10", "973"),
            ("2027-12-20", "974"),
            ("2026-04-27", "976"),
        ],
    )
    def test_local_holidays(self, day: str, territory: str) -> None:
        every_day = [Window(weekday, dt.time(0), dt.time(23, 59)) for weekday in range(1, 8)]
        noon = dt.datetime.fromisoformat(f"{day}T12:00+00:00")
        assert window_at(every_day, territory=territory, at=noon) is None
        assert window_at(every_day, territory="", at=noon) is not None

    def test_a_holiday_of_all(self) -> None:
        assert open_territories(DEFAULT_WINDOWS, at=paris("2026-11-11T11:00")) == []

    def test_a_holiday_counts_by_the_day_of_the_place(self) -> None:
        # Guadeloupe still has 14 July at 1 h of the 15th in Paris.
        late = [Window(weekday, dt.time(14), dt.time(20)) for weekday in range(1, 8)]
        assert window_at(late, territory="971", at=paris("2026-07-15T01:00")) is None
        assert window_at(late, territory="971", at=paris("2026-07-16T01:00")) is not None

    @pytest.mark.parametrize(
        ("territory", "winter", "summer"),
        [("", 9, 8), ("974", 6, 6), ("971", 14, 14)],
        ids=["Paris", "Réunion", "Guadeloupe"],
    )
    @pytest.mark.parametrize(("friday", "is_spring"), [("2026-03-27", True), ("2026-10-23", False)])
    def test_over_a_change_of_the_clock(
        self, friday: str, is_spring: bool, territory: str, winter: int, summer: int
    ) -> None:
        """Ten o’clock stays ten o’clock where people live; ``winter``, ``summer``: the hour of UTC that this is."""
        before = dt.datetime.fromisoformat(f"{friday}T00:00+00:00")
        hours = (winter, summer) if is_spring else (summer, winter)
        for day, hour in zip((before, before + dt.timedelta(days=3)), hours, strict=True):
            opens = day + dt.timedelta(hours=hour)
            closes = opens + dt.timedelta(hours=10)
            is_open = {
                at: window_at(DEFAULT_WINDOWS, territory=territory, at=at) is not None
                for edge in (opens, closes)
                for at in (edge - dt.timedelta(minutes=1), edge)
            }
            assert list(is_open.values()) == [False, True, True, False]
            assert next_time(DEFAULT_WINDOWS, territory=territory, after=day) == opens
        weekend = before + dt.timedelta(days=1)
        assert next_time(DEFAULT_WINDOWS, territory=territory, after=weekend + dt.timedelta(hours=12)) == opens

    def test_a_place_without_a_clock_is_refused(self) -> None:
        with pytest.raises(KeyError):
            window_at(DEFAULT_WINDOWS, territory="99", at=paris("2026-07-21T11:00"))


class TestNextTime:
    def test_within_an_open_window_it_is_now(self) -> None:
        now = paris("2026-07-21T11:00")
        assert next_time(DEFAULT_WINDOWS, territory="", after=now) == now

    def test_over_a_weekend_and_a_holiday(self) -> None:
        # Friday evening before Whit Monday.
        found = next_time(DEFAULT_WINDOWS, territory="", after=paris("2026-05-22T20:00"))
        assert found == paris("2026-05-26T10:00")

    def test_at_another_time_of_day(self) -> None:
        morning = window_at(DEFAULT_WINDOWS, territory="", at=paris("2026-07-21T11:00"))
        found = next_time(DEFAULT_WINDOWS, territory="", after=paris("2026-07-22T10:30"), avoiding=morning)
        assert found == paris("2026-07-22T14:00")

    def test_the_same_time_of_day_where_there_is_no_other(self) -> None:
        only = [Window(2, dt.time(10), dt.time(13))]
        found = next_time(only, territory="", after=paris("2026-07-21T11:00"), avoiding=only[0])
        assert found == paris("2026-07-21T11:00")

    def test_is_the_place_s_clock(self) -> None:
        found = next_time(DEFAULT_WINDOWS, territory="973", after=paris("2026-07-21T11:00"))
        assert found == paris("2026-07-21T15:00"), "10 h in Cayenne"

    def test_without_any_window_there_is_none(self) -> None:
        with pytest.raises(LookupError):
            next_time([], territory="", after=paris("2026-07-21T11:00"))


class TestDefinition:
    def test_the_defaults_are_read_back(self) -> None:
        assert parse_windows(default_windows()) == tuple(sorted(DEFAULT_WINDOWS))
        assert {str(code): rule.as_json() for code, rule in parse_retries(default_retries()).items()} == (
            default_retries()
        )

    @pytest.mark.parametrize(
        "windows",
        [
            pytest.param([], id="none"),
            pytest.param("10-13", id="text"),
            pytest.param([[8, "10:00", "13:00"]], id="eighth day"),
            pytest.param([[1, "13:00", "10:00"]], id="backwards"),
            pytest.param([[1, "9:00", "13:00"]], id="short hour"),
            pytest.param([[1, "10:00", "13:00"], [1, "12:00", "14:00"]], id="overlap"),
        ],
    )
    def test_windows_that_cannot_be(self, windows: object) -> None:
        with pytest.raises(DefinitionError):
            parse_windows(windows)

    @pytest.mark.parametrize(
        "rules",
        [
            pytest.param([], id="list"),
            pytest.param({"refusal": {"wait_minutes": 60, "most": 1, "other_slot": False}}, id="a refusal"),
            pytest.param({"busy": {"wait_minutes": 0, "most": 1, "other_slot": False}}, id="at once"),
            pytest.param({"busy": {"wait_minutes": 60, "most": 11, "other_slot": False}}, id="too often"),
            pytest.param({"busy": {"wait_minutes": 60, "most": 1}}, id="incomplete"),
            pytest.param({"busy": {"wait_minutes": 60, "most": 1, "other_slot": True, "x": 1}}, id="too much"),
        ],
    )
    def test_retries_that_cannot_be(self, rules: object) -> None:
        with pytest.raises(DefinitionError):
            parse_retries(rules)

    @pytest.mark.parametrize("quotas", [[], {"Paris": 5}, {"01C751000": -1}, {"01C751000": True}])
    def test_quotas_that_cannot_be(self, quotas: object) -> None:
        with pytest.raises(DefinitionError):
            parse_quotas(quotas)

"""The arithmetic of the bench, and the lines that it prints."""

import json
import math

import pytest

from ameli_notify.measure.bench.clock import Clock, Spent
from ameli_notify.measure.bench.report import (
    Measure,
    Skipped,
    at_least,
    at_most,
    cpu_ratio,
    goals_in_words,
    growth_exponent,
    median_round,
    paired_ratio,
    rate,
    rounded,
)


def _spent(*walls: float) -> list[Spent]:
    return [Spent(wall=wall, cpu=wall / 2) for wall in walls]


def test_a_rate_comes_from_the_median_round() -> None:
    assert rate(100, _spent(1.0, 50.0, 2.0)) == 50.0
    assert median_round(_spent(1.0, 50.0, 2.0)) == Spent(wall=2.0, cpu=1.0)


def test_a_ratio_compares_neighbouring_rounds() -> None:
    # The machine was three times slower in the second round, for both.
    assert paired_ratio(_spent(1.0, 3.0, 1.0), _spent(2.0, 6.0, 2.0)) == 2.0


def test_a_ratio_allows_for_a_smaller_share_of_the_work() -> None:
    assert paired_ratio(_spent(1.0), _spent(2.0), share=0.1) == pytest.approx(20.0)


def test_a_ratio_by_processor_time_needs_some_of_it() -> None:
    assert cpu_ratio(_spent(1.0, 3.0), _spent(4.0, 4.0)) == 2.0
    assert cpu_ratio(_spent(4.0), _spent(2.0), share=0.1) == pytest.approx(5.0)
    assert cpu_ratio([Spent(wall=0.001, cpu=0.0)], _spent(1.0)) is None


@pytest.mark.parametrize(("ours", "theirs"), [(0, 0), (1, 2)])
def test_rounds_without_a_neighbour_are_refused(ours: int, theirs: int) -> None:
    with pytest.raises(ValueError, match="as many rounds"):
        paired_ratio(_spent(*[1.0] * ours), _spent(*[1.0] * theirs))


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_the_growth_exponent_is_the_power_of_the_size(exponent: float) -> None:
    times = {size: 3e-6 * size**exponent for size in (100, 1_000, 30_000)}
    assert growth_exponent(times) == pytest.approx(exponent)


def test_one_size_says_nothing_about_growth() -> None:
    with pytest.raises(ValueError, match="two sizes"):
        growth_exponent({100: 1.0})


def test_a_measure_is_one_json_line() -> None:
    measure = Measure(
        name="plan-100", value=71_234.56, unit="people/s", ratio=0.423456, cpu_ratio=0.5, against="COPY",
        spent=Spent(wall=1.23456, cpu=0.98765), goals=[at_least(0.3), at_least(50_000, of="value")],
        details={"lines": 3},
    )  # fmt: skip
    assert json.loads(measure.as_json()) == {
        "name": "plan-100", "value": 71235, "unit": "people/s", "ratio": 0.4235, "against": "COPY", "cpu_ratio": 0.5,
        "cpu_seconds": 0.9877, "wall_seconds": 1.235,
        "goal": "ratio >= 0.3 and value >= 50000", "is_met": True, "lines": 3,
    }  # fmt: skip
    assert "\n" not in measure.as_json()


def test_every_goal_must_be_met() -> None:
    def measure(value: float, ratio: float | None) -> Measure:
        return Measure(name="m", value=value, unit="h", ratio=ratio, goals=[at_most(2), at_least(0.5)])

    assert measure(2, 0.5).is_met
    assert not measure(2.1, 0.5).is_met
    assert not measure(2, 0.4).is_met
    assert not measure(2, None).is_met


def test_a_measure_without_goal_says_nothing_of_one() -> None:
    line = json.loads(Measure(name="m", value=1, unit="h").as_json())
    assert "goal" not in line
    assert "is_met" not in line


def test_a_skipped_measure_says_why() -> None:
    assert json.loads(Skipped(name="send", reason="postfix manque").as_json()) == {
        "name": "send",
        "skipped": "postfix manque",
    }


def test_goals_are_summed_up_in_words() -> None:
    def measure(name: str, value: float) -> Measure:
        return Measure(name=name, value=value, unit="h", goals=[at_most(2)])

    plain = Measure(name="plain", value=1, unit="h")
    skipped = Skipped(name="send", reason="postfix manque")
    assert goals_in_words([plain, skipped]) == "Aucun objectif n’était en jeu."
    assert goals_in_words([measure("a", 1), plain]) == "Objectifs atteints : 1 sur 1."
    assert goals_in_words([measure("a", 1), measure("b", 3)]) == "Objectifs atteints : 1 sur 2 ; manqués : b."


@pytest.mark.parametrize(
    ("number", "shown"), [(0.0, 0), (3.0, 3), (0.83284, 0.8328), (9208.7, 9209), (123_456.7, 123_457)]
)
def test_numbers_are_shown_with_four_digits(number: float, shown: float) -> None:
    assert str(rounded(number)) == str(shown)


def test_what_json_cannot_say_is_no_measure() -> None:
    with pytest.raises(ValueError, match="finite"):
        rounded(math.inf)


def test_the_clock_counts_processor_time_of_this_process() -> None:
    clock = Clock(server_pid=2**22 + 1)  # above the largest process id: no server

    def work() -> int:
        return sum(each * each for each in range(3_000_000))

    spent = clock.time(work)
    assert 0 < spent.cpu <= spent.wall + 0.05

"""A measure as one JSON line, its goals, and the arithmetic between measures."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from ameli_notify.measure.bench.clock import Spent

_DIGITS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound on a measure's ``ratio`` or ``value``: at least ``limit``, or at most."""

    of: str
    limit: float
    is_ceiling: bool = False

    def __str__(self) -> str:
        return f"{self.of} {'<=' if self.is_ceiling else '>='} {self.limit:g}"

    def is_met_by(self, number: float | None) -> bool:
        """False too when there is nothing to compare."""
        if number is None:
            return False
        return number <= self.limit if self.is_ceiling else number >= self.limit


def at_least(limit: float, *, of: str = "ratio") -> Goal:
    return Goal(of=of, limit=limit)


def at_most(limit: float, *, of: str = "value") -> Goal:
    return Goal(of=of, limit=limit, is_ceiling=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One line of the report.

    ``ratio`` is this value over the value of what ``against`` names, more being better; ``cpu_ratio`` the same
    by processor time, which a busy machine hardly changes. ``spent`` is the median round's: seconds of wall clock,
    and of processor time of our processes and the whole PostgreSQL server.
    """

    name: str
    value: float
    unit: str
    ratio: float | None = None
    cpu_ratio: float | None = None
    against: str | None = None
    spent: Spent | None = None
    goals: Sequence[Goal] = ()
    details: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        return all(goal.is_met_by(self.ratio if goal.of == "ratio" else self.value) for goal in self.goals)

    def as_json(self) -> str:
        line: dict[str, Any] = {
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "ratio": None if self.ratio is None else rounded(self.ratio),
            "against": self.against,
        }
        if self.cpu_ratio is not None:
            line["cpu_ratio"] = rounded(self.cpu_ratio)
        if self.spent is not None:
            line |= {"cpu_seconds": rounded(self.spent.cpu), "wall_seconds": rounded(self.spent.wall)}
        if self.goals:
            line |= {"goal": " and ".join(map(str, self.goals)), "is_met": self.is_met}
        return json.dumps(line | {name: rounded(number) for name, number in self.details.items()})


@dataclass(frozen=True, slots=True)
class Skipped:
    """A measure that this machine cannot take, with what to install for it."""

    name: str
    reason: str

    def as_json(self) -> str:
        return json.dumps({"name": self.name, "skipped": self.reason}, ensure_ascii=False)


Line = Measure | Skipped


def goals_in_words(lines: Sequence[Line]) -> str:
    """A sentence for the person who waits: how many goals are met, and which are not."""
    judged = [line for line in lines if isinstance(line, Measure) and line.goals]
    missed = [line.name for line in judged if not line.is_met]
    if not judged:
        return "Aucun objectif n’était en jeu."
    if not missed:
        return f"Objectifs atteints : {len(judged)} sur {len(judged)}."
    return f"Objectifs atteints : {len(judged) - len(missed)} sur {len(judged)} ; manqués : {', '.join(missed)}."


def rounded(number: float) -> float | int:
    """Four significant digits; whole numbers stay whole. Raises ValueError for what JSON cannot say."""
    if not math.isfinite(number):
        raise ValueError("a measure must be finite")
    short = float(f"{number:.{_DIGITS}g}") if abs(number) < 10**_DIGITS else number
    return round(short) if abs(short) >= 10 ** (_DIGITS - 1) or short == int(short) else short


def rate(count: int, rounds: Sequence[Spent]) -> float:
    """Things a second, from the median wall time. Raises ValueError without rounds."""
    if not rounds:
        raise ValueError("a rate needs at least one round")
    return count / median(spent.wall for spent in rounds)


def median_round(rounds: Sequence[Spent]) -> Spent:
    """The medians of wall and processor time, each for itself."""
    return Spent(wall=median(spent.wall for spent in rounds), cpu=median(spent.cpu for spent in rounds))


def paired_ratio(ours: Sequence[Spent], theirs: Sequence[Spent], *, share: float = 1.0) -> float:
    """How much faster we are, as the median over rounds taken one beside the other; 2.0 is twice as fast.

    ``share`` is their amount of work over ours, where they were given less of it.
    """
    if not ours or len(ours) != len(theirs):
        raise ValueError("a ratio compares as many rounds of the one as of the other")
    return median(other.wall / share / mine.wall for mine, other in zip(ours, theirs, strict=True))


def cpu_ratio(ours: Sequence[Spent], theirs: Sequence[Spent], *, share: float = 1.0) -> float | None:
    """The same by processor time, over all rounds; None where ours was too short for the kernel's clock (10 ms)."""
    own = sum(spent.cpu for spent in ours)
    return sum(spent.cpu for spent in theirs) / share / own if own > 0 else None


def growth_exponent(times: Mapping[int, float]) -> float:
    """The k of time = c x size^k: slope of the straight line through the logarithms (1 is linear)."""
    if len(times) < 2:
        raise ValueError("growth needs at least two sizes")
    points = [(math.log(size), math.log(seconds)) for size, seconds in times.items()]
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)

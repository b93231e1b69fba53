"""Who needs the call most: points out of a hundred, each with its reason in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """``condition``: SQL over the judged row ``j`` (visits, treating_rpps, age, conditions, was_called)."""

    points: int
    condition: str
    label_fr: str


COMPONENTS: Final[Mapping[str, Component]] = {
    "no-visit": Component(points=40, condition="j.visits = 0", label_fr="aucune consultation de généraliste en un an"),
    "one-visit": Component(points=20, condition="j.visits = 1", label_fr="une seule consultation en un an"),
    "no-doctor": Component(points=25, condition="j.treating_rpps IS NULL", label_fr="pas de médecin traitant"),
    "over-80": Component(points=15, condition="j.age >= 80", label_fr="80 ans ou plus"),
    "over-70": Component(points=8, condition="j.age BETWEEN 70 AND 79", label_fr="de 70 à 79 ans"),
    "several-conditions": Component(points=10, condition="j.conditions > 1", label_fr="plusieurs prises en charge"),
    "never-reached": Component(points=10, condition="NOT j.was_reached", label_fr="jamais jointe par une campagne"),
}
CALLBACK: Final = "callback"
CALLBACK_POINTS: Final = 1_000
"""A promised call goes before all others."""


def components_sql() -> str:
    """SQL of the components that hold, as JSON: name → points."""
    pairs = ", ".join(f"'{name}', CASE WHEN {one.condition} THEN {one.points} END" for name, one in COMPONENTS.items())
    return f"jsonb_strip_nulls(jsonb_build_object({pairs}))"


def priority_sql() -> str:
    """SQL of their sum."""
    return " + ".join(f"CASE WHEN {one.condition} THEN {one.points} ELSE 0 END" for one in COMPONENTS.values())


def explain(components: Mapping[str, int]) -> list[str]:
    """« 40 : aucune consultation de généraliste en un an », the heaviest first."""
    labels = {name: one.label_fr for name, one in COMPONENTS.items()} | {CALLBACK: "rappel promis"}
    heaviest = sorted(components.items(), key=lambda pair: (-pair[1], pair[0]))
    return [f"{points}\u00a0: {labels[name]}" for name, points in heaviest]

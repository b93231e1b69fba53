"""Fraud patterns planted at known rates; their lines are good lines of the feed."""

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reimbursements.simulation.catalogue import (
    BY_NAME,
    COMPLEX_CONSULTATION,
    CONSULTATION,
    ORTHOPTIC_REVIEW,
    ORTHOPTIC_SERIES,
    Basket,
)
from reimbursements.simulation.claims import ClaimMaker
from reimbursements.simulation.lines import Claim
from reimbursements.simulation.professionals import Pools, Professional

FICTITIOUS: Final = "fictitious_act"
IMPOSSIBLE_DAY: Final = "impossible_day"
DOUBLE_BILLING: Final = "double_billing"
UP_CODING: Final = "up_coding"
SERIES: Final = "series_at_first_visit"
KINDS: Final = (FICTITIOUS, IMPOSSIBLE_DAY, DOUBLE_BILLING, UP_CODING, SERIES)

# Below this size a single pattern would drown the rest of the set.
FEWEST_PERSONS: Final = 200
# 75 consultations of a quarter of an hour: more than 18 hours of one day.
IMPOSSIBLE_COUNT: Final = 75

ONE_WEEK: Final = dt.timedelta(days=7)
_PERSONS_PER_CASE: Final = 10_000
_DOUBLE_RATE: Final = 0.0015
_UP_CODING_SHARE: Final = 0.6
_SERIES_BACK: Final = (20, 17, 15, 13, 10)


@dataclass(frozen=True, slots=True)
class PlannedFrauds:
    """Who cheats, drawn once. ``impossible[(day, emitter)]`` lists the professionals of that day."""

    up_coders: frozenset[str]
    series_openers: frozenset[str]
    fictitious: dict[int, list[tuple[str, Professional]]]
    impossible: dict[tuple[int, int], list[Professional]]
    double_rate: float


def plan_frauds(*, persons: int, days: int, pools: Pools, chance: random.Random) -> PlannedFrauds:
    """No fraud at all below FEWEST_PERSONS."""
    if persons < FEWEST_PERSONS:
        return PlannedFrauds(frozenset(), frozenset(), {}, {}, 0.0)
    cases = max(1, persons // _PERSONS_PER_CASE)
    emitters = len(pools.by_kind)
    fictitious: dict[int, list[tuple[str, Professional]]] = {}
    impossible: dict[tuple[int, int], list[Professional]] = {}
    for _case in range(cases):
        emitter = int(chance.random() * emitters)
        kind = chance.choice(("nurse", "physiotherapist"))
        fictitious.setdefault(emitter, []).append((kind, chance.choice(pools.by_kind[emitter][kind])))
        emitter = int(chance.random() * emitters)
        day = int(chance.random() * days)
        impossible.setdefault((day, emitter), []).append(chance.choice(pools.by_kind[emitter]["gp"]))
    return PlannedFrauds(
        up_coders=_drawn(pools, kind="gp", count=2 * cases, chance=chance),
        series_openers=_drawn(pools, kind="orthoptist", count=cases, chance=chance),
        fictitious=fictitious,
        impossible=impossible,
        double_rate=_DOUBLE_RATE,
    )


class FraudMaker:
    """Claims of the planned frauds; each comes with its kind."""

    def __init__(self, *, planned: PlannedFrauds, chance: random.Random) -> None:
        self._planned = planned
        self._chance = chance

    def around(self, claim: Claim, *, maker: ClaimMaker, person: int, emitter: int) -> list[tuple[str, Claim]]:
        """What an honest claim becomes: itself (kind ""), up-coded, billed twice, or the start of a series."""
        if claim.is_confidential:
            return [("", claim)]
        rpps = performer_rpps(claim)
        first = claim.lines[0]
        if rpps in self._planned.up_coders and first.code == "G" and self._chance.random() < _UP_CODING_SHARE:
            professional = self._professional(claim, maker=maker, kind="gp", emitter=emitter)
            maker.withdraw(claim)
            return [(UP_CODING, self._again(maker, person, emitter, BY_NAME["gp"], professional, claim.care_start))]
        if rpps in self._planned.series_openers and first.code == "AMY":
            return self._series(claim, maker=maker, person=person, emitter=emitter)
        if rpps and self._chance.random() < self._planned.double_rate:
            return [("", claim), (DOUBLE_BILLING, claim)]
        return [("", claim)]

    def of_the_day(
        self, *, day: int, emitter: int, members: Sequence[int], maker: ClaimMaker
    ) -> list[tuple[str, int, Claim]]:
        """Extra claims of a day at an emitter with (kind, person): impossible days and fictitious acts."""
        if not members:
            return []
        made: list[tuple[str, int, Claim]] = []
        for professional in self._planned.impossible.get((day, emitter), ()):
            care_start = f"{maker.day - ONE_WEEK:%Y%m%d}"
            for _act in range(IMPOSSIBLE_COUNT):
                person = members[int(self._chance.random() * len(members))]
                claim = maker.basket_claim(
                    person, emitter=emitter, basket=BY_NAME["gp"], professional=professional, acts=[CONSULTATION],
                    care_start=care_start, is_third_party=True,
                )  # fmt: skip
                made.append((IMPOSSIBLE_DAY, person, claim))
        for kind, professional in self._planned.fictitious.get(emitter, ()):
            for _act in range(4 + int(self._chance.random() * 5)):
                person = members[int(self._chance.random() * len(members))]
                claim = maker.basket_claim(
                    person, emitter=emitter, basket=BY_NAME[kind], professional=professional, is_third_party=True
                )
                claim.card_mode, claim.prescriber, claim.prescribed_on = "D", "", ""
                made.append((FICTITIOUS, person, claim))
        return made

    def _series(self, claim: Claim, *, maker: ClaimMaker, person: int, emitter: int) -> list[tuple[str, Claim]]:
        """A review and a whole series opened at once, at the first visit."""
        basket = BY_NAME["orthoptist"]
        professional = self._professional(claim, maker=maker, kind="orthoptist", emitter=emitter)
        maker.withdraw(claim)
        made: list[tuple[str, Claim]] = []
        for at, back in enumerate(_SERIES_BACK):
            act = ORTHOPTIC_REVIEW if at == 0 else ORTHOPTIC_SERIES
            made.append(
                (SERIES, maker.basket_claim(
                    person, emitter=emitter, basket=basket, professional=professional, acts=[act],
                    care_start=f"{maker.day - dt.timedelta(days=back):%Y%m%d}", is_third_party=True))
            )  # fmt: skip
        return made

    def _again(
        self,
        maker: ClaimMaker,
        person: int,
        emitter: int,
        basket: Basket,
        professional: Professional,
        care_start: str,
    ) -> Claim:
        return maker.basket_claim(
            person, emitter=emitter, basket=basket, professional=professional, acts=[COMPLEX_CONSULTATION],
            care_start=care_start,
        )  # fmt: skip

    def _professional(self, claim: Claim, *, maker: ClaimMaker, kind: str, emitter: int) -> Professional:
        rpps = performer_rpps(claim)
        return next(one for one in maker.pools.by_kind[emitter][kind] if one.rpps == rpps)


def performer_rpps(claim: Claim) -> str:
    return claim.performer.split(";")[1]


def _drawn(pools: Pools, *, kind: str, count: int, chance: random.Random) -> frozenset[str]:
    everyone = [one.rpps for kinds in pools.by_kind for one in kinds[kind]]
    return frozenset(chance.sample(everyone, min(count, len(everyone))))

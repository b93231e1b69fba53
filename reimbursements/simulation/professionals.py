"""The professionals of a simulation, in pools by emitting fund and kind, and their PRO file."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reimbursements.reference.rows import FundRow
from reimbursements.simulation import numbers
from reimbursements.simulation.catalogue import BASKETS, Basket
from reimbursements.simulation.names import BIRTH_NAMES, FIRST_NAMES

_HEADER: Final = (
    "format_version;rpps;am_no;finess;last_name;first_name;specialty;department;convention;active_from;active_to"
)
PROFESSIONAL_COLUMNS: Final = tuple(_HEADER.split(";"))

_SPECIALISTS: Final = ("05", "07", "11", "12", "14", "15", "33", "42")
_PERSONS_PER_PROFESSIONAL: Final = 55


@dataclass(frozen=True, slots=True)
class Professional:
    rpps: str
    am_no: str
    finess: str
    specialty: str
    department: str
    account: str

    @property
    def columns(self) -> str:
        """The four columns of the performer in a line."""
        return f"{self.am_no};{self.rpps};{self.specialty};{self.finess}"


@dataclass(frozen=True, slots=True)
class Pools:
    """``by_kind[emitter][basket name]`` lists professionals; general practitioners also prescribe."""

    by_kind: list[dict[str, list[Professional]]]

    def everyone(self) -> Iterator[Professional]:
        for kinds in self.by_kind:
            for professionals in kinds.values():
                yield from professionals

    def pick(self, chance: random.Random, *, emitter: int, kind: str, person: int) -> Professional:
        """People mostly see the same one or two professionals of a kind."""
        pool = self.by_kind[emitter][kind]
        return usual(pool, person=person) if chance.random() < 0.7 else pool[int(chance.random() * len(pool))]

    def treating(self, *, emitter: int, person: int) -> Professional:
        return usual(self.by_kind[emitter]["gp"], person=person)


def usual(pool: list[Professional], *, person: int) -> Professional:
    """The one of a pool that a person usually sees."""
    return pool[person * 7919 % len(pool)]


def build_pools(*, persons: int, seed: int, emitters: list[FundRow]) -> Pools:
    """At least two professionals of every kind at every emitter, more as the set grows."""
    chance = numbers.stream(seed, "professionals")
    total = max(persons // _PERSONS_PER_PROFESSIONAL, 1)
    weight = sum(basket.weight for basket in BASKETS)
    index = 0
    by_kind: list[dict[str, list[Professional]]] = []
    for fund in emitters:
        kinds: dict[str, list[Professional]] = {}
        for basket in BASKETS:
            count = max(2, round(total * basket.weight / weight / len(emitters)))
            kinds[basket.name] = [
                _professional(chance, basket=basket, department=_digits(fund), index=index + at) for at in range(count)
            ]
            index += count
        by_kind.append(kinds)
    return Pools(by_kind)


def professional_rows(pools: Pools, *, seed: int) -> Iterator[list[str]]:
    chance = numbers.stream(seed, "professional names")
    for professional in pools.everyone():
        first_names = FIRST_NAMES[1 + (chance.random() < 0.5)]
        yield [
            "1",
            professional.rpps,
            professional.am_no,
            professional.finess,
            BIRTH_NAMES[int(chance.random() * len(BIRTH_NAMES))],
            first_names[int(chance.random() * len(first_names))],
            professional.specialty,
            professional.department,
            "3" if professional.specialty in _SPECIALISTS and chance.random() < 0.4 else "1",
            f"{1985 + int(chance.random() * 38)}0101",
            "",
        ]


def _professional(chance: random.Random, *, basket: Basket, department: str, index: int) -> Professional:
    specialty = basket.specialty
    if basket.name == "specialist":
        specialty = _SPECIALISTS[int(chance.random() * len(_SPECIALISTS))]
    return Professional(
        rpps=numbers.rpps(index),
        am_no=numbers.am_number(department=department, category=basket.category, index=index),
        finess=numbers.finess(department=department, index=index) if basket.has_finess else "",
        specialty=specialty,
        department=department,
        account=f"{chance.getrandbits(64):016x}",
    )


def _digits(fund: FundRow) -> str:
    """Department in digits: Corsica's FINESS rule is not settled, so its professionals bear 20."""
    return "20" if fund.department in {"2A", "2B"} else fund.department[:2]

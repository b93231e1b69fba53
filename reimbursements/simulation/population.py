"""The people of a simulation, held in compact arrays (about 40 bytes a person), and their ASS files."""

import datetime as dt
import random
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from reimbursements.reference.rows import FundRow
from reimbursements.simulation import numbers
from reimbursements.simulation.names import BIRTH_NAMES, FIRST_NAMES

_HEADER: Final = (
    "format_version;fund_code;nir;policyholder_nir;birth_date;birth_rank;sex;birth_name;usage_name;first_names;"
    "postcode;territory;email;mobile;landline;preferred_channel;ald_codes;treating_rpps;death_date;"
    "contact_protected;amc_code;amc_member_no;amc_from;amc_to"
)
PERSON_COLUMNS: Final = tuple(_HEADER.split(";"))

# State of a person, bits of one byte.
CHRONIC: Final = 1
PROTECTED: Final = 2
MEANS_TESTED: Final = 4
NO_CONTACT: Final = 8
PREGNANT: Final = 16

CHANNELS: Final = ("email", "sms", "post", "none")
AMC_CODES: Final = ("", "75012345", "69054321", "13024680", "44013579", "99777001")
ALD_CHOICES: Final = ("8", "5", "13", "30", "23", "14", "5 8", "8 13", "15", "22")

_CHANNEL_SHARES: Final = (0.72, 0.90, 0.98, 1.0)
_ADULT: Final = 18


@dataclass(slots=True)
class Population:
    """Person ``i`` is described by the i-th item of every array; ``holder[i] == i`` for a policyholder."""

    births: "array[int]" = field(default_factory=lambda: array("i"))
    orders: "array[int]" = field(default_factory=lambda: array("i"))
    holder: "array[int]" = field(default_factory=lambda: array("i"))
    deaths: "array[int]" = field(default_factory=lambda: array("i"))
    funds: "array[int]" = field(default_factory=lambda: array("B"))
    sexes: "array[int]" = field(default_factory=lambda: array("B"))
    states: "array[int]" = field(default_factory=lambda: array("B"))
    channels: "array[int]" = field(default_factory=lambda: array("B"))
    amcs: "array[int]" = field(default_factory=lambda: array("B"))
    _borne: "dict[tuple[bool, str], array[int]]" = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.births)

    def nir(self, person: int) -> str:
        return numbers.nir(
            sex=self.sexes[person], year_month=f"{self.births[person]:08d}"[2:6], order=self.orders[person]
        )

    def borne(self, *, is_flat: bool, year: str) -> "array[int]":
        """Cents of participation, or of deductibles, that each person has borne for the care of a civil year.

        Everybody starts at zero: what the feed does not show is never counted towards a ceiling.
        """
        if (is_flat, year) not in self._borne:
            self._borne[is_flat, year] = array("H", bytes(2 * len(self)))
        return self._borne[is_flat, year]

    def is_minor(self, person: int, *, year: int) -> bool:
        """Under 18 on 1 January of the year: exempt from participation and deductibles (CSS art. R. 160-20)."""
        born = self.births[person] // 10_000
        return year - born < _ADULT or (year - born == _ADULT and self.births[person] % 10_000 > 101)

    def is_dependant(self, person: int) -> bool:
        return self.holder[person] != person


def build_population(*, persons: int, seed: int, start: dt.date, funds: list[FundRow]) -> Population:
    """Households of one or two adults with their children, until there are enough people."""
    chance = numbers.stream(seed, "people")
    people = Population()
    orders: dict[tuple[int, int], int] = {}
    weights = _fund_weights(funds)
    while len(people) < persons:
        fund = chance.choices(range(len(funds)), cum_weights=weights)[0]
        holder = len(people)
        eldest = _adult_birth(chance, start.year)
        _add_person(people, chance, birth=eldest, holder=holder, fund=fund, start=start, orders=orders)
        if chance.random() < 0.55 and len(people) < persons:
            other = _adult_birth(chance, start.year)
            _add_person(people, chance, birth=other, holder=len(people), fund=fund, start=start, orders=orders)
        if start.year - eldest // 10_000 < 55 and chance.random() < 0.5:
            for _child in range(chance.choice((1, 1, 2, 2, 3))):
                if len(people) < persons:
                    birth = _birth(chance, start.year - 1 - int(chance.random() * 16))
                    _add_person(people, chance, birth=birth, holder=holder, fund=fund, start=start, orders=orders)
    return people


def person_rows(
    people: Population,
    *,
    members: Sequence[int],
    funds: list[FundRow],
    chance: random.Random,
    treating: Callable[[int], str],
) -> Iterator[list[str]]:
    """Rows of an ASS file for some people; policyholders come before their dependants."""
    for person in members:
        yield _person_row(people, person, chance=chance, fund=funds[people.funds[person]], treating=treating)


def _add_person(
    people: Population,
    chance: random.Random,
    *,
    birth: int,
    holder: int,
    fund: int,
    start: dt.date,
    orders: dict[tuple[int, int], int],
) -> None:
    sex = 1 + (chance.random() < 0.515)
    bucket = (sex, birth // 100 % 10_000)
    order = orders.get(bucket, 0)
    orders[bucket] = order + 1
    age = start.year - birth // 10_000
    is_dependant = holder != len(people)
    people.births.append(birth)
    people.orders.append(order)
    people.holder.append(holder)
    people.funds.append(fund)
    people.sexes.append(sex)
    state = _state(chance, age=age, sex=sex)
    people.states.append(state)
    people.channels.append(_channel(chance.random()))
    people.amcs.append(0 if chance.random() < 0.12 else 1 + int(chance.random() * (len(AMC_CODES) - 1)))
    is_dead = not is_dependant and age >= _ADULT and chance.random() < 0.013
    died_on = start - dt.timedelta(days=int(chance.random() * 60) - 5)
    people.deaths.append(int(died_on.strftime("%Y%m%d")) if is_dead else 0)


def _state(chance: random.Random, *, age: int, sex: int) -> int:
    chronic = 0.03 if age < 40 else 0.13 if age < 60 else 0.3 if age < 75 else 0.5
    state = CHRONIC if chance.random() < chronic else 0
    state |= PROTECTED if chance.random() < 0.01 else 0
    state |= MEANS_TESTED if chance.random() < 0.1 else 0
    state |= NO_CONTACT if chance.random() < 0.02 else 0
    if sex == 2 and 20 <= age <= 42 and chance.random() < 0.03:
        state |= PREGNANT
    return state


def _channel(draw: float) -> int:
    return next(index for index, share in enumerate(_CHANNEL_SHARES) if draw < share)


def _adult_birth(chance: random.Random, year: int) -> int:
    """Ages 19 to 98, thinner at the end; two in a thousand have a lunar birth date (month above 12)."""
    age = 19 + int(66 * chance.random() ** 1.1) + (int(13 * chance.random()) if chance.random() < 0.15 else 0)
    birth = _birth(chance, year - age)
    if chance.random() < 0.002:
        return birth // 10_000 * 10_000 + (20 + int(chance.random() * 11)) * 100 + 1
    return birth


def _birth(chance: random.Random, year: int) -> int:
    return year * 10_000 + (1 + int(chance.random() * 12)) * 100 + 1 + int(chance.random() * 28)


def _fund_weights(funds: list[FundRow]) -> list[int]:
    """Cumulative weights: the great cities weigh more."""
    heavy = {"75": 20, "13": 18, "59": 6, "69": 16, "93": 15, "92": 14, "33": 14, "31": 12, "44": 10, "974": 9}
    weights: list[int] = []
    total = 0
    for fund in funds:
        total += heavy.get(fund.department, 4)
        weights.append(total)
    return weights


def _person_row(
    people: Population, person: int, *, chance: random.Random, fund: FundRow, treating: Callable[[int], str]
) -> list[str]:
    state = people.states[person]
    email, mobile = _contacts(people, person, chance)
    amc = AMC_CODES[people.amcs[person]]
    department = fund.department
    is_adult = not people.is_dependant(person)
    return [
        "1",
        fund.code,
        people.nir(person),
        "" if is_adult else people.nir(people.holder[person]),
        f"{people.births[person]:08d}",
        "2" if chance.random() < 0.015 else "1",
        str(people.sexes[person]),
        BIRTH_NAMES[int(chance.random() * len(BIRTH_NAMES))],
        BIRTH_NAMES[int(chance.random() * len(BIRTH_NAMES))] if is_adult and chance.random() < 0.2 else "",
        FIRST_NAMES[people.sexes[person]][int(chance.random() * len(FIRST_NAMES[people.sexes[person]]))],
        f"{department.replace('A', '0').replace('B', '0'):0<5}"[:5],
        fund.territory,
        email,
        mobile,
        f"+3363998{person % 10_000:04d}" if is_adult and chance.random() < 0.1 else "",
        CHANNELS[people.channels[person]],
        ALD_CHOICES[int(chance.random() * len(ALD_CHOICES))] if state & CHRONIC else "",
        treating(person) if chance.random() < 0.9 else "",
        str(people.deaths[person] or ""),
        "1" if state & PROTECTED else "0",
        amc,
        f"M{person:08d}" if amc else "",
        "20250101" if amc else "",
        "",
    ]


def _contacts(people: Population, person: int, chance: random.Random) -> tuple[str, str]:
    """Dependants are reached through their policyholder; the preferred channel is mostly, not always, usable."""
    has_email, has_mobile = chance.random(), chance.random()
    if people.is_dependant(person) or people.states[person] & NO_CONTACT:
        return "", ""
    channel = CHANNELS[people.channels[person]]
    email = f"p{person}@{'example.org' if person % 3 else 'example.net'}"
    mobile = f"+336000{person % 100_000:05d}"
    return (
        email if has_email < (0.985 if channel == "email" else 0.6) else "",
        mobile if has_mobile < (0.985 if channel == "sms" else 0.75) else "",
    )

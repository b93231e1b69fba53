"""Believable claims: who goes to whom, what is billed, how it is reimbursed and what stays with the person."""

import datetime as dt
import random
from array import array
from dataclasses import replace
from itertools import accumulate
from typing import Final

from reimbursements.simulation.catalogue import (
    BASKETS,
    BLOOD_SAMPLE,
    BY_NAME,
    CHILD_SUPPLEMENT,
    CONFIDENTIAL_BUNDLE,
    CONSULTATION,
    DISPENSING,
    SICKNESS_BENEFIT,
    Act,
    Basket,
)
from reimbursements.simulation.copays import Copay, CopayTable
from reimbursements.simulation.lines import Claim, Line, share
from reimbursements.simulation.population import AMC_CODES, CHRONIC, MEANS_TESTED, PREGNANT, Population
from reimbursements.simulation.professionals import Pools, Professional

ADULT_WEIGHTS: Final = list(accumulate(basket.weight for basket in BASKETS))
CHRONIC_WEIGHTS: Final = list(accumulate(basket.weight_chronic for basket in BASKETS))
CHILD_WEIGHTS: Final = list(accumulate(basket.weight_child for basket in BASKETS))

_LOCAL_SCHEME: Final = ("57", "67", "68")
_CARD_MODES: Final = ("V",) * 88 + ("E",) * 4 + ("D",) * 5 + ("P",) * 3
# Natures of the participation and the deductibles: (withheld, due) by kind.
_COPAY_NATURES: Final = {
    "P": (("1951", "PFH"), ("1952", "PFT")),
    "M": (("1971", "FRH"), ("1972", "FRT")),
    "T": (("1973", "FRH"), ("1974", "FRT")),
    "A": (("1975", "FRH"), ("1976", "FRT")),
}
_FLAT_CODES: Final = frozenset(nature for nature, _key in _COPAY_NATURES["P"])
_COPAY_CODES: Final = frozenset(nature for natures in _COPAY_NATURES.values() for nature, _key in natures)


class ClaimMaker:
    """Makes the claims of one day. One source of chance, so that the order of calls decides everything."""

    def __init__(
        self,
        *,
        people: Population,
        pools: Pools,
        copays: CopayTable,
        territories: list[str],
        chance: random.Random,
        day: dt.date,
    ) -> None:
        self.people = people
        self.pools = pools
        self.copays = copays
        self.territories = territories
        self.chance = chance
        self.day = day
        self._days = [f"{day - dt.timedelta(days=back):%Y%m%d}" for back in range(75)]

    def visit(self, person: int, *, emitter: int) -> Claim:
        """An ordinary visit of a person, sometimes a confidential one or a sickness benefit."""
        draw = self.chance.random()
        is_child = self.people.is_minor(person, year=self.day.year)
        if not is_child and draw < 0.004:
            return self.confidential(person, emitter=emitter)
        if not is_child and draw < 0.012:
            return self.sickness_benefit(person)
        if is_child:
            weights = CHILD_WEIGHTS
        else:
            weights = CHRONIC_WEIGHTS if self.people.states[person] & CHRONIC else ADULT_WEIGHTS
        basket = self.chance.choices(BASKETS, cum_weights=weights)[0]
        professional = self.pools.pick(self.chance, emitter=emitter, kind=basket.name, person=person)
        return self.basket_claim(person, emitter=emitter, basket=basket, professional=professional)

    def basket_claim(
        self,
        person: int,
        *,
        emitter: int,
        basket: Basket,
        professional: Professional,
        acts: list[Act] | None = None,
        care_start: str = "",
        is_third_party: bool | None = None,
    ) -> Claim:
        """A claim for the acts of a basket (drawn from it when not given)."""
        people = self.people
        third_party = self._is_third_party(person, basket) if is_third_party is None else is_third_party
        claim = self._claim(person, emitter=emitter, basket=basket, professional=professional)
        if care_start:
            claim.care_start = care_start
        claim.payee = ("36" if claim.amc else "35") if third_party else "10"
        full_rate = self._exempt(claim, person)
        billed = self._drawn_acts(person, basket) if acts is None else acts
        for act in billed:
            self._bill(claim, act, basket=basket, is_full_rate=full_rate)
        if not self._bears_no_copay(claim, person) and claim.insurance != "30":
            self._add_copays(claim, person, basket=basket, is_due=third_party)
        if people.states[person] & MEANS_TESTED:
            self._add_complement(claim, rem_type="5")
        elif self.territories[people.funds[person]] in _LOCAL_SCHEME:
            self._add_complement(claim, rem_type="4")
        return claim

    def withdraw(self, claim: Claim) -> None:
        """Give back the participation and the deductibles of a claim that is not written as it is."""
        for line in claim.lines:
            if line.nature in _COPAY_CODES:
                self._borne(claim, is_flat=line.nature in _FLAT_CODES)[claim.person] += line.paid

    def confidential(self, person: int, *, emitter: int) -> Claim:
        """Care under secrecy: marked on the line, or by its nature alone, or by both."""
        kind = self.chance.random()
        basket = BY_NAME["gp"]
        professional = self.pools.pick(self.chance, emitter=emitter, kind="gp", person=person)
        claim = self._claim(person, emitter=emitter, basket=basket, professional=professional)
        claim.payee = "36"
        claim.is_confidential = kind < 0.7
        act = CONFIDENTIAL_BUNDLE if kind > 0.4 else CONSULTATION
        self._bill(claim, act, basket=basket, is_full_rate=True)
        claim.exemption = "30"
        return claim

    def sickness_benefit(self, person: int) -> Claim:
        """Daily allowances of the last days, to the person or, by subrogation, to the employer."""
        count = 3 + int(self.chance.random() * 12)
        amount = SICKNESS_BENEFIT.base * count
        claim = self._bare_claim(person)
        claim.payee = "33" if self.chance.random() < 0.4 else "10"
        claim.performer = ";;;"
        claim.card_mode = "P"
        claim.lines.append(
            Line(SICKNESS_BENEFIT.nature, SICKNESS_BENEFIT.key, "", "", amount, amount, 100, amount,
                 quantity=str(count))
        )  # fmt: skip
        return claim

    def regularisation(self, claim: Claim) -> Claim:
        """A small correction in favour of the person, on the first act of an earlier claim."""
        first = claim.lines[0]
        paid = 50 + int(self.chance.random() * 350)
        line = Line(first.nature, first.key, first.system, first.code, 0, 0, 0, paid)
        return replace(claim, lines=[line], operation="R")

    def cancellation(self, claim: Claim) -> Claim:
        """The opposite of an earlier claim of one line."""
        first = claim.lines[0]
        line = Line(first.nature, first.key, first.system, first.code, -first.charged, -first.base, first.rate,
                    -first.paid, -first.excess, first.quantity, first.coefficient)  # fmt: skip
        return replace(claim, lines=[line], operation="A")

    def _bare_claim(self, person: int) -> Claim:
        people = self.people
        holder = people.holder[person]
        holder_nir = people.nir(holder)
        delay = 1 + int(self.chance.random() ** 2 * 14)
        return Claim(
            person=holder,
            insured_nir=holder_nir,
            beneficiary_nir=holder_nir if holder == person else people.nir(person),
            beneficiary_birth=f"{people.births[person]:08d}",
            quality="1" if holder == person else "3",
            care_start=self._days[delay],
            prescribed_on="",
            performer="",
            prescriber="",
            payee="10",
            amc=AMC_CODES[people.amcs[holder]],
            card_mode="V",
            place="C",
            account=f"{(holder + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF:016x}",
            lines=[],
        )

    def _claim(self, person: int, *, emitter: int, basket: Basket, professional: Professional) -> Claim:
        claim = self._bare_claim(person)
        claim.performer = professional.columns
        claim.place = basket.place
        claim.card_mode = _CARD_MODES[int(self.chance.random() * 100)]
        if claim.card_mode == "P":
            claim.care_start = self._days[10 + int(self.chance.random() * 50)]
        if basket.has_prescriber:
            claim.prescriber = self.pools.treating(emitter=emitter, person=person).rpps
            claim.prescribed_on = claim.care_start
        elif basket.name == "specialist":
            claim.care_path = "3" if self.chance.random() < 0.92 else "23"
        claim.account = professional.account
        return claim

    def _is_third_party(self, person: int, basket: Basket) -> bool:
        helped = self.people.states[person] & (CHRONIC | MEANS_TESTED)
        return self.chance.random() < (max(basket.third_party, 0.85) if helped else basket.third_party)

    def _exempt(self, claim: Claim, person: int) -> bool:
        """True when the statutory part is 100 %: long-term condition in relation, maternity.

        Not the long-term condition of somebody under the solidarity cover: at 100 % nothing is left for that cover
        to pay, and no line would show why they bear no participation.
        """
        state = self.people.states[person]
        if state & PREGNANT and self.chance.random() < 0.6:
            claim.insurance, claim.exemption = "30", "55"
            return True
        if state & CHRONIC and not state & MEANS_TESTED and self.chance.random() < 0.6:
            claim.exemption = "42"
            return True
        return False

    def _drawn_acts(self, person: int, basket: Basket) -> list[Act]:
        count = basket.least + int(self.chance.random() * (basket.most - basket.least + 1))
        acts = self.chance.sample(basket.acts, min(count, len(basket.acts)))
        if basket.name == "gp" and self.day.year - self.people.births[person] // 10_000 < 6:
            acts.append(CHILD_SUPPLEMENT)
        if basket.name == "pharmacy":
            acts.append(DISPENSING)
        if basket.name == "laboratory":
            acts.append(BLOOD_SAMPLE)
        return acts

    def _bill(self, claim: Claim, act: Act, *, basket: Basket, is_full_rate: bool) -> None:
        rate = 100 if is_full_rate and act.rate > 15 else act.rate
        if claim.care_path == "23" and not is_full_rate:
            rate = 30
        excess = 0
        if basket.excess_share and self.chance.random() < basket.excess_share:
            excess = 100 * int(5 + self.chance.random() * 40)
        claim.lines.append(
            Line(act.nature, act.key, act.system, act.code, act.base + excess, act.base, rate,
                 share(act.base, rate), excess, coefficient=act.coefficient)
        )  # fmt: skip

    def _bears_no_copay(self, claim: Claim, person: int) -> bool:
        is_minor = self.people.is_minor(person, year=int(claim.care_start[:4]))
        return is_minor or bool(self.people.states[person] & MEANS_TESTED)

    def _borne(self, claim: Claim, *, is_flat: bool) -> "array[int]":
        return self.people.borne(is_flat=is_flat, year=claim.care_start[:4])

    def _add_copays(self, claim: Claim, person: int, *, basket: Basket, is_due: bool) -> None:
        """One line per claim and kind, up to the daily and the yearly ceiling."""
        if not basket.copay:
            return
        rule, acts = self._copay_rule(claim, basket)
        borne = self._borne(claim, is_flat=basket.copay == "P")
        amount = min(rule.amount * acts, rule.daily, rule.yearly - borne[person])
        if amount <= 0:
            return
        borne[person] += amount
        nature, key = _COPAY_NATURES[basket.copay][is_due]
        claim.lines.append(Line(nature, key, "", "", 0, 0, 0, -amount, is_due=is_due))

    def _copay_rule(self, claim: Claim, basket: Basket) -> tuple[Copay, int]:
        """The rule and the number of acts, boxes or trips that count."""
        if basket.copay == "M":
            return self.copays.medicine, sum(1 for line in claim.lines if line.system == "CIP13")
        if basket.copay == "A":
            return self.copays.paramedical, len(claim.lines)
        if basket.copay == "T":
            return self.copays.transport, len(claim.lines)
        return self.copays.flat, 1

    def _add_complement(self, claim: Claim, *, rem_type: str) -> None:
        """The part of another payer on the statutory lines: 4 the Alsace-Moselle scheme up to 90 %, 5 the
        solidarity cover up to 100 %. It repeats the expense, which must not be added up over the parts.

        The part is what the statutory one leaves up to the ceiling, so that rounding never pays a cent twice."""
        ceiling = 90 if rem_type == "4" else 100
        completed: list[Line] = []
        for line in claim.lines:
            completed.append(line)
            if 0 < line.rate < ceiling and line.base > 0:
                rate = ceiling - line.rate
                completed.append(
                    Line(line.nature, line.key, line.system, line.code, line.charged, line.base, rate,
                         share(line.base, ceiling) - line.paid, line.excess, line.quantity, line.coefficient, rem_type)
                )  # fmt: skip
        claim.lines = completed

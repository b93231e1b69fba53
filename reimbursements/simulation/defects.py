"""Defects of every code of the feed, one per line, so that the truth stays exact.

A defective line stands in a statement of its own. Rejected lines bear no name in any other finding: what would
trip a second check is kept sound.
"""

import datetime as dt
import random
from collections.abc import Callable
from typing import Final

from reimbursements.simulation import numbers
from reimbursements.simulation.catalogue import BY_NAME, CONSULTATION, Act
from reimbursements.simulation.claims import ClaimMaker
from reimbursements.simulation.files import LineFile
from reimbursements.simulation.lines import AT, Claim, changed, render_claim
from reimbursements.simulation.truth import Truth

# A file stays well under the import's limit of 5 % rejected lines.
MOST_REJECTED: Final = 0.03

_UNKNOWN_ORDER: Final = 900_000
_MEDICINE: Final = Act("3313", "PH7", "CIP13", "3400935955838", 418, 65)

Change = Callable[[str, random.Random, dt.date], str]


def _unreadable(row: str, chance: random.Random, day: dt.date) -> str:
    draw = chance.random()
    if draw < 0.4:
        return changed(row, quantity="deux")
    if draw < 0.8:
        return changed(row, care_start=f"{day.year}1301")
    # A column short; no amounts, so that the control totals do not depend on how it is read.
    short = changed(row, amount_charged="0.00", base="0.00", amount_paid="0.00", amount_excess="0.00")
    return short.rpartition(";")[0]


def _unknown_person(row: str, chance: random.Random, day: dt.date) -> str:
    stranger = numbers.nir(sex=1, year_month="5001", order=_UNKNOWN_ORDER + int(chance.random() * 1000))
    if chance.random() < 0.5:
        return changed(row, beneficiary_nir=stranger, beneficiary_quality="3")
    return changed(row, insured_nir=stranger, beneficiary_nir=stranger)


def _wrong_rpps(row: str, chance: random.Random, day: dt.date) -> str:
    rpps = row.split(";")[AT["exec_rpps"]]
    wrong = numbers.other_check_digit(rpps)
    return changed(row, exec_rpps=wrong) if chance.random() < 0.6 else changed(row, prescriber_rpps=wrong)


def _wrong_nir_key(row: str, chance: random.Random, day: dt.date) -> str:
    return changed(row, insured_nir=numbers.other_nir_key(row.split(";")[AT["insured_nir"]]))


def _paid_above_charged(row: str, chance: random.Random, day: dt.date) -> str:
    return changed(row, amount_charged="1.00", amount_excess="0.00")


def _other_rate(row: str, chance: random.Random, day: dt.date) -> str:
    return changed(row, rate_pct="45.00")


def _wrong_finess(row: str, chance: random.Random, day: dt.date) -> str:
    finess = row.split(";")[AT["exec_finess"]]
    return changed(row, exec_finess=numbers.other_check_digit(finess) if chance.random() < 0.7 else finess[:-1])


def _paid_before_care(row: str, chance: random.Random, day: dt.date) -> str:
    later = f"{day + dt.timedelta(days=2):%Y%m%d}"
    return changed(row, care_start=later, care_end=later, prescription_date="")


def _paid_later(row: str, chance: random.Random, day: dt.date) -> str:
    return changed(row, payment_date=f"{day + dt.timedelta(days=3):%Y%m%d}")


def _unknown_cancel(row: str, chance: random.Random, day: dt.date) -> str:
    return changed(
        row, op="A", amount_charged="-7.77", base="-7.77", amount_paid="-7.77", rate_pct="100.00", amount_excess="0.00"
    )


# Code -> how a sound line becomes a defective one; None: handled as a twin of a sound line.
CHANGES: Final[dict[str, Change | None]] = {
    "E001_PARSE": _unreadable,
    "E101_NIR_KEY": _wrong_nir_key,
    "E110_UNKNOWN_PERSON": _unknown_person,
    "E111_RPPS_KEY": _wrong_rpps,
    "W112_FINESS": _wrong_finess,
    "E201_PAID_GT_CHARGED": _paid_above_charged,
    "W202_RATE": _other_rate,
    "E301_UNKNOWN_NATURE": lambda row, chance, day: changed(row, nature_code="9999"),
    "W302_UNKNOWN_ACT": lambda row, chance, day: changed(row, act_system="CCAM", act_code="ZZZZ999"),
    "E303_UNKNOWN_FUND": lambda row, chance, day: changed(row, emitter_code="01C999000"),
    "E401_DATE_ORDER": _paid_before_care,
    "E402_FUTURE": _paid_later,
    "E501_CANCEL_UNKNOWN": _unknown_cancel,
    "E601_KEY_CONFLICT": None,
    "DUPLICATE": None,
}
KINDS: Final = tuple(CHANGES)


class DefectPlanter:
    """Plants defects in turn, so that even a small set has each kind once before any twice."""

    def __init__(self, *, truth: Truth, rate: float, seed: int) -> None:
        self._truth = truth
        self._rate = rate
        self._chance = numbers.stream(seed, "defects")
        self._turn = 0
        self._wanted = 0.0
        self._rejected_in_file = 0

    def start_file(self) -> None:
        self._rejected_in_file = 0

    def after_claim(
        self, *, file: LineFile, maker: ClaimMaker, person: int, emitter: tuple[int, str], statement: int
    ) -> int:
        """Called after each claim; plants when one is wanted and the file can bear it. Returns the number of
        statements used."""
        self._wanted += self._rate
        if self._wanted < 1 or (self._rejected_in_file + 1) > MOST_REJECTED * file.rows:
            return 0
        self._wanted -= 1
        kind = KINDS[self._turn % len(KINDS)]
        self._turn += 1
        claim = self._sound_claim(kind, maker=maker, person=person, emitter=emitter[0])
        flow_date = f"{maker.day:%Y%m%d}"
        row = render_claim(claim, emitter=emitter[1], flow_date=flow_date, statement=statement)[0]
        if CHANGES[kind] is None:
            self._plant_twin(kind, row=row, claim=claim, file=file)
        else:
            self._plant_changed(kind, row=row, claim=claim, file=file, day=maker.day)
        return 1

    def _sound_claim(self, kind: str, *, maker: ClaimMaker, person: int, emitter: int) -> Claim:
        """A claim of one line, with a FINESS where the defect is there."""
        basket, act = (BY_NAME["pharmacy"], _MEDICINE) if kind == "W112_FINESS" else (BY_NAME["gp"], CONSULTATION)
        professional = maker.pools.pick(self._chance, emitter=emitter, kind=basket.name, person=person)
        claim = maker.basket_claim(
            person, emitter=emitter, basket=basket, professional=professional, acts=[act], is_third_party=True
        )
        maker.withdraw(claim)
        claim.lines = claim.lines[:1]
        return claim

    def _plant_changed(self, kind: str, *, row: str, claim: Claim, file: LineFile, day: dt.date) -> None:
        change = CHANGES[kind]
        if change is None:
            raise ValueError(f"{kind} is planted as a twin")
        defective = change(row, self._chance, day)
        self._name(kind, row=row, file=file)
        file.add_as_written(defective)
        if kind.startswith("W"):
            self._truth.warnings[kind] += 1
            self._truth.add_claim(claim)
        else:
            self._truth.rejects[kind] += 1
            self._rejected_in_file += 1

    def _plant_twin(self, kind: str, *, row: str, claim: Claim, file: LineFile) -> None:
        """A sound line, then the same line (duplicate) or its key with other content (conflict)."""
        file.add_as_written(row)
        self._truth.add_claim(claim)
        self._name(kind, row=row, file=file)
        if kind == "DUPLICATE":
            file.add_as_written(row)
            self._truth.duplicates += 1
        else:
            file.add_as_written(changed(row, settlement_ref="V00000000000001"))
            self._truth.rejects[kind] += 1
            self._rejected_in_file += 1

    def _name(self, kind: str, *, row: str, file: LineFile) -> None:
        """The key is the business key of the line before it was changed."""
        cells = row.split(";")
        columns = ("emitter_code", "statement_no", "line_no", "rem_type", "payment_date")
        key = "/".join(cells[AT[name]] for name in columns)
        self._truth.plant(file=file.name, line=file.next_line, kind=kind, key=key)

"""Writes a believable input set day by day: memory grows with the people, not with the lines."""

import datetime as dt
from array import array
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from reimbursements.reference import loader
from reimbursements.reference.rows import FundRow
from reimbursements.simulation import numbers
from reimbursements.simulation.claims import ClaimMaker
from reimbursements.simulation.copays import copays_on
from reimbursements.simulation.defects import DefectPlanter
from reimbursements.simulation.files import LineFile, write_directory_file
from reimbursements.simulation.frauds import FraudMaker, performer_rpps, plan_frauds
from reimbursements.simulation.lines import Claim, render_claim
from reimbursements.simulation.population import (
    CHRONIC,
    PERSON_COLUMNS,
    build_population,
    person_rows,
)
from reimbursements.simulation.professionals import PROFESSIONAL_COLUMNS, build_pools, professional_rows, usual
from reimbursements.simulation.settings import SimulationError, SimulationSettings
from reimbursements.simulation.truth import TRUTH_FILE, TRUTH_LINES_FILE, Truth, write_truth

MARKER_FILE: Final = ".simulated"
_OWN_FILES: Final = ("ASS_*", "PRO_*", "DEC_*", TRUTH_FILE, TRUTH_LINES_FILE)

# Chance of a claim on a day, so that about four people in ten have a payment in ten days.
_DAILY: Final = {"adult": 0.052, "chronic": 0.15, "child": 0.035}
_CANCELLED: Final = 0.004
_REGULARISED: Final = 0.003
_REMEMBERED: Final = 40

Progress = Callable[[int], None]


class Simulation:
    """One run: ``write`` leaves the complete set and its truth in the folder, and returns the truth."""

    def __init__(self, settings: SimulationSettings) -> None:
        self.settings = settings
        self.funds = loader.funds()
        seed = settings.seed
        count = settings.emitter_count(len(self.funds))
        self.emitters = _emitters(self.funds, count)
        self.people = build_population(persons=settings.persons, seed=seed, start=settings.start, funds=self.funds)
        self.pools = build_pools(persons=settings.persons, seed=seed, emitters=self.emitters)
        self.members = self._members()
        self.copays = copays_on(settings.start, loader.copay_rules())
        secret = frozenset(str(nature.code) for nature in loader.natures() if nature.is_confidential)
        self.truth = Truth(persons=len(self.people), confidential_natures=secret)
        planned = plan_frauds(
            persons=settings.persons, days=settings.days, pools=self.pools, chance=numbers.stream(seed, "frauds")
        )
        self.frauds = FraudMaker(planned=planned, chance=numbers.stream(seed, "fraud claims"))
        self.defects = DefectPlanter(truth=self.truth, rate=settings.defect_rate, seed=seed)
        self._statements = [0] * count
        self._sequences = [0] * count
        self._cancellable: list[deque[Claim]] = [deque(maxlen=_REMEMBERED) for _emitter in self.emitters]
        self._files: list[str] = []

    def write(self, progress: Progress | None = None) -> dict[str, Any]:
        """``progress`` is told the lines written after each file. Raises SimulationError on a folder in use."""
        settings = self.settings
        prepare_folder(settings.out)
        directories = self._write_directories()
        with (settings.out / TRUTH_LINES_FILE).open("w", encoding="utf-8", newline="") as planted:
            planted.write("file;line;kind;key\n")
            for day in range(settings.days):
                for emitter in range(len(self.emitters)):
                    rows = self._write_day(day, emitter)
                    planted.write(self.truth.drain())
                    if progress is not None:
                        progress(rows)
        summary = {
            "generator": "ameli-notify simulate",
            "seed": settings.seed,
            "days": settings.days,
            "start": settings.start.isoformat(),
            "defect_rate": settings.defect_rate,
            "emitters": [fund.code for fund in self.emitters],
            "files": {**directories, "lines": self._files},
            **self.truth.summary(self.people),
        }
        write_truth(settings.out, summary)
        return summary

    def _write_directories(self) -> dict[str, list[str]]:
        settings = self.settings
        suffix = ".csv.gz" if settings.is_gzipped else ".csv"
        day = f"{settings.start:%Y%m%d}"
        names: list[str] = []
        for emitter, members in enumerate(self.members):
            if not members:
                continue
            pool = self.pools.by_kind[emitter]["gp"]
            name = f"ASS_{self.emitters[emitter].code}_{day}_0001{suffix}"
            write_directory_file(
                settings.out / name,
                columns=PERSON_COLUMNS,
                rows=person_rows(
                    self.people,
                    members=members,
                    funds=self.funds,
                    chance=numbers.stream(settings.seed, f"contacts {emitter}"),
                    treating=lambda person, pool=pool: usual(pool, person=person).rpps,  # type: ignore[misc]
                ),
                is_gzipped=settings.is_gzipped,
            )
            names.append(name)
        professionals = f"PRO_{day}_0001{suffix}"
        write_directory_file(
            settings.out / professionals,
            columns=PROFESSIONAL_COLUMNS,
            rows=professional_rows(self.pools, seed=settings.seed),
            is_gzipped=settings.is_gzipped,
        )
        return {"persons": names, "professionals": [professionals]}

    def _write_day(self, day: int, emitter: int) -> int:
        """One DEC file; none, and no sequence number used, on a day without a claim. Returns its rows."""
        members = self.members[emitter]
        flow_day = self.settings.start + dt.timedelta(days=day)
        chance = numbers.stream(self.settings.seed, f"lines {day} {emitter}")
        visitors = [person for person in members if chance.random() < self._daily_rate(person)]
        if not visitors:
            return 0
        maker = ClaimMaker(
            people=self.people,
            pools=self.pools,
            copays=self.copays,
            territories=[fund.territory for fund in self.funds],
            chance=chance,
            day=flow_day,
        )
        self._sequences[emitter] += 1
        self.defects.start_file()
        file = LineFile(
            directory=self.settings.out,
            emitter=self.emitters[emitter].code,
            flow_date=f"{flow_day:%Y%m%d}",
            sequence=self._sequences[emitter],
            is_gzipped=self.settings.is_gzipped,
        )
        with file:
            fresh = self._write_visits(file, maker=maker, emitter=emitter, visitors=visitors)
            for kind, _person, claim in self.frauds.of_the_day(day=day, emitter=emitter, members=members, maker=maker):
                self._add(file, claim, maker=maker, emitter=emitter, fraud=kind)
        self._cancellable[emitter].extend(fresh)
        self._files.append(file.name)
        return file.rows

    def _write_visits(self, file: LineFile, *, maker: ClaimMaker, emitter: int, visitors: list[int]) -> list[Claim]:
        """The visits of the day with what grows around them; returns the claims that a later day may cancel."""
        fresh: list[Claim] = []
        emitting = (emitter, self.emitters[emitter].code)
        for person in visitors:
            visit = maker.visit(person, emitter=emitter)
            died_on = self.people.deaths[person]
            if died_on and int(visit.care_start) > died_on:
                maker.withdraw(visit)
                continue
            for kind, claim in self.frauds.around(visit, maker=maker, person=person, emitter=emitter):
                self._add(file, claim, maker=maker, emitter=emitter, fraud=kind)
                if not kind and len(claim.lines) == 1 and claim.lines[0].code and not claim.is_confidential:
                    fresh.append(claim)
            self._correct(file, maker=maker, emitter=emitter)
            self._statements[emitter] += self.defects.after_claim(
                file=file, maker=maker, person=person, emitter=emitting, statement=self._statements[emitter] + 1
            )
        return fresh

    def _correct(self, file: LineFile, *, maker: ClaimMaker, emitter: int) -> None:
        """Now and then cancel or regularise a claim of an earlier day."""
        earlier = self._cancellable[emitter]
        draw = maker.chance.random()
        if not earlier or draw >= _CANCELLED + _REGULARISED:
            return
        claim = earlier.popleft()
        corrected = maker.cancellation(claim) if draw < _CANCELLED else maker.regularisation(claim)
        self._add(file, corrected, maker=maker, emitter=emitter, fraud="")

    def _add(self, file: LineFile, claim: Claim, *, maker: ClaimMaker, emitter: int, fraud: str) -> None:
        self._statements[emitter] += 1
        rows = render_claim(
            claim,
            emitter=self.emitters[emitter].code,
            flow_date=f"{maker.day:%Y%m%d}",
            statement=self._statements[emitter],
        )
        if fraud:
            self.truth.frauds[fraud] += len(rows)
            for offset in range(len(rows)):
                self.truth.plant(file=file.name, line=file.next_line + offset, kind=fraud, key=performer_rpps(claim))
        file.add(
            rows,
            paid=sum(line.paid for line in claim.lines),
            charged=sum(line.charged for line in claim.lines),
        )
        self.truth.add_claim(claim)

    def _daily_rate(self, person: int) -> float:
        if self.people.is_dependant(person):
            return _DAILY["child"]
        return _DAILY["chronic"] if self.people.states[person] & CHRONIC else _DAILY["adult"]

    def _members(self) -> "list[array[int]]":
        """People by emitter: their own fund when it emits, else the emitter that stands in for it."""
        emitting = {fund.code: index for index, fund in enumerate(self.emitters)}
        of_fund = [emitting.get(fund.code, index % len(self.emitters)) for index, fund in enumerate(self.funds)]
        members: list[array[int]] = [array("i") for _emitter in self.emitters]
        for person, fund in enumerate(self.people.funds):
            members[of_fund[fund]].append(person)
        return members


def simulate(settings: SimulationSettings, *, progress: Progress | None = None) -> dict[str, Any]:
    """Write a simulated input set; returns what `truth.json` says. Raises SimulationError."""
    return Simulation(settings).write(progress)


def prepare_folder(out: Path) -> None:
    """Make the folder, or empty it of an earlier simulation. Raises SimulationError on anything else in it."""
    if out.exists() and not out.is_dir():
        raise SimulationError(f"{out} n’est pas un dossier.")
    out.mkdir(parents=True, exist_ok=True)
    marker = out / MARKER_FILE
    if not marker.exists() and any(out.iterdir()):
        raise SimulationError(f"Le dossier {out} n’est pas vide et ne vient pas d’une simulation : rien n’a été écrit.")
    marker.write_text("Dossier écrit par la commande simulate ; son contenu est remplacé à chaque fois.\n", "utf-8")
    for pattern in _OWN_FILES:
        for path in out.glob(pattern):
            path.unlink()


def _emitters(funds: list[FundRow], count: int) -> list[FundRow]:
    """The great cities first, overseas and Alsace among them, then the others in order."""
    first = ["01C751000", "01C131000", "01C974000", "01C673000", "01C691000", "01C331000", "01C595000"]
    by_code = {fund.code: fund for fund in funds}
    ordered = [by_code[code] for code in first] + [fund for fund in funds if fund.code not in first]
    return ordered[:count]

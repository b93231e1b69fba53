"""The work of the demo, in the environment that ``manage.py demo`` prepared."""

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ameli_notify.core.import_report import french_number
from ameli_notify.demo import database, steps
from ameli_notify.demo.checks import Check, checks
from ameli_notify.demo.figures import Figures
from ameli_notify.demo.reports import make_reports
from ameli_notify.demo.residents import settle_in, write_residents
from ameli_notify.demo.staff import investigator, open_accounts, write_colleagues
from outreach.digest.planning import today
from outreach.digest.status import digest_status
from outreach.notifications.enums import Channel
from reimbursements.simulation.generator import simulate
from reimbursements.simulation.settings import SimulationSettings, require_size

INPUT: Final = "input"
SINK: Final = "mail"
SUMMARY_FILE: Final = "summary.json"
_LABEL: Final = 54


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How big a demo is asked for: so many people, days of flow, and the seed of the simulation.

    Raises SimulationError when that makes no sense: before anything of an earlier demo is touched.
    """

    persons: int
    days: int
    seed: int

    def __post_init__(self) -> None:
        require_size(persons=self.persons, days=self.days, seed=self.seed)


class Story:
    """Runs the steps in order, saying each with its seconds."""

    def __init__(self, *, home: Path, say: Callable[[str], None]) -> None:
        self._home = home
        self._say = say
        self._seconds: dict[str, float] = {}

    def run(self, wish: Wish) -> tuple[Figures, list[Check]]:
        """Raises SimulationError, ForeignDatabaseError, or SystemExit when an import refuses a file."""
        files = self._home / INPUT
        with self._step("Base de données vide, tables, données de référence"):
            database.start_empty()
            steps.set_up()
            last_day = today()
        with self._step(f"Simulation : {french_number(wish.persons)} personnes, {wish.days} jours de flux"):
            settings = SimulationSettings(
                persons=wish.persons,
                days=wish.days,
                seed=wish.seed,
                out=files,
                start=last_day - dt.timedelta(days=wish.days - 1),
            )
            truth = simulate(settings)
        with self._step("Chargement de l’annuaire des assurés"):
            persons = steps.load("import_persons", files)
        with self._step("Chargement des professionnels de santé"):
            professionals = steps.load("import_professionals", files)
        with self._step("Contrôle et chargement des lignes de remboursement"):
            lines = steps.load("import_feed", files)
        with self._step("Planification de dix vagues, une par cohorte") as plan_time:
            planned_people = steps.plan(last_day)
        handed = {}
        for channel in (Channel.EMAIL, Channel.SMS, Channel.POST):
            with self._step(f"Remise des messages : {channel.label}"):
                handed[str(channel)] = steps.send(channel)
        with self._step("Ouverture de quelques comptes d’assurés"):
            write_residents(settle_in(), folder=self._home)
        with self._step("Vérification de tous les invariants"):
            status = digest_status()
        with self._step("Signalements, dossiers et comptes de la console"):
            write_colleagues(open_accounts(), folder=self._home)
            make_reports(investigator())
        figures = Figures(
            truth=truth,
            persons=persons,
            professionals=professionals,
            lines=lines,
            planned_people=planned_people,
            plan_seconds=plan_time(),
            handed=handed,
            received=steps.read_sink(self._home / SINK),
            status=status,
            steps=self._seconds,
        )
        found = checks(figures)
        self._write(figures, found)
        return figures, found

    @contextmanager
    def _step(self, label: str) -> Iterator[Callable[[], float]]:
        started = time.perf_counter()
        yield lambda: self._seconds[label]
        self._seconds[label] = time.perf_counter() - started
        self._say(f"  {label:<{_LABEL}}{self._seconds[label]:>7.1f} s".replace(".", ","))

    def _write(self, figures: Figures, found: list[Check]) -> None:
        content: dict[str, Any] = {"ok": all(check.holds for check in found), **asdict(figures)}
        text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
        (self._home / SUMMARY_FILE).write_text(text + "\n", encoding="utf-8")

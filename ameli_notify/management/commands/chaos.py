"""``make chaos``: the digest under crashes, on a server and in a folder of its own; exit 1 when a promise is broken."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from argparse import SUPPRESS, ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ameli_notify.core.embedded_postgres import DATABASE, EmbeddedPostgres
from ameli_notify.core.processes import end_processes
from ameli_notify.measure.chaos import ENVIRONMENT, SENDERS, ChaosOptions, ChaosReport, ChaosRun, OutOfTime
from ameli_notify.measure.chaos_faults import Fault

HOME_VARIABLE: Final = "AMELI_CHAOS_HOME"
GRACE_SECONDS: Final = 60.0
FROM_THE_CALLER: Final = ("DATABASE_URL", "PGAPPNAME", "DJANGO_SETTINGS_MODULE", "FIELD_KEYS", "LOOKUP_KEY", "SMS_URL")
"""Variables that would lead the run to somebody's own database or keys."""
FAULTS_FR: Final = {
    Fault.KILL: "kill -9",
    Fault.TERMINATE: "connexions coupées",
    Fault.STOP: "gels au-delà du bail",
    Fault.RESTART: "arrêts brutaux de PostgreSQL",
}


class Command(BaseCommand):
    help = (
        "Envoie des vagues d’information pendant que processus, connexions et serveurs tombent, puis fait les comptes."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=10_000, help="personnes à informer (10 000 par défaut)")
        parser.add_argument("--faults", type=int, default=320, help="nombre de pannes (320 par défaut)")
        parser.add_argument("--seed", type=int, default=7, help="graine du hasard : la même donne les mêmes pannes")
        parser.add_argument("--max-seconds", type=float, default=1800.0, help="temps accordé à l’ensemble")
        parser.add_argument("--json", action="store_true", help="un objet JSON au lieu du récit")
        parser.add_argument("--keep", action="store_true", help="garde le dossier de l’essai")
        parser.add_argument("--planted-flaw", choices=["resend"], help="défaut volontaire, pour éprouver les comptes")
        parser.add_argument("--inside", action="store_true", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["people"] < 100 or options["faults"] < 3:
            raise CommandError("Il faut au moins 100 personnes et 3 pannes.")
        status = self._run_here(options) if options["inside"] else self._run_apart(options)
        if status:
            sys.exit(status)

    # --- the outer process: a folder, a server, a time limit

    def _run_apart(self, options: dict[str, Any]) -> int:
        signal.signal(signal.SIGTERM, _leave)
        folder = Path(tempfile.mkdtemp(prefix="ameli-chaos-"))
        try:
            inner = subprocess.Popen(_inner_command(options), cwd=settings.BASE_DIR, env=_inner_environment(folder))
            return inner.wait(timeout=options["max_seconds"] + GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.stderr.write(f"L’essai n’a pas pris fin en {options['max_seconds'] + GRACE_SECONDS:.0f} s.")
            return 1
        finally:
            end_processes(HOME_VARIABLE, str(folder))
            EmbeddedPostgres(folder).stop(mode="immediate")
            if options["keep"]:
                self.stderr.write(f"Dossier gardé : {folder}")
            else:
                shutil.rmtree(folder)

    # --- the inner one: the run itself

    def _run_here(self, options: dict[str, Any]) -> int:
        if os.environ.get(HOME_VARIABLE) != str(settings.VAR_DIR):
            raise CommandError("--inside est réservé à la commande elle-même.")
        chaos = ChaosOptions(
            people=options["people"],
            faults=options["faults"],
            seed=options["seed"],
            max_seconds=options["max_seconds"],
            resends_blindly=options["planted_flaw"] == "resend",
        )
        server = EmbeddedPostgres(Path(settings.VAR_DIR)).ensure_running()
        # Others reach the server by URL, so that only the run itself starts it again.
        env = os.environ | {"DATABASE_URL": f"postgres://postgres@/{server}/{DATABASE}"}
        try:
            report = ChaosRun(chaos, env=env, say=(lambda _: None) if options["json"] else self._say).run()
        except OutOfTime as error:
            self.stderr.write(str(error))
            return 1
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._tell(report)
        return 0 if report.is_kept else 1

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _tell(self, report: ChaosReport) -> None:
        struck = ", ".join(f"{count} {FAULTS_FR[Fault(name)]}" for name, count in report.faults.items())
        smtp, states = report.smtp, report.notifications
        lost = smtp["dropped_before"] + smtp["dropped_after"] + smtp["stalled"]
        self._say(f"Pannes : {sum(report.faults.values())} ({struck}).")
        self._say(f"Expéditeurs : {SENDERS} à la fois, {report.senders_started} lancés en tout.")
        self._say(
            f"Serveur de messagerie : {smtp['accepted']} messages acceptés, {smtp['tempfail']} refus provisoires,"
        )
        self._say(f"  {smtp['permfail']} refus définitifs, {lost} réponses perdues ou trop tardives.")
        self._say(f"Première ronde : {', '.join(f'{name} {count}' for name, count in states.items())}.")
        self._say(f"Réponses perdues (« unknown ») : {states.get('unknown', 0)}, pour {report.unknown_bound} admises.")
        self._say(f"Ronde suivante : {report.next_round.get('sending', 0)} personnes informées à leur tour.")
        broken = {name: count for name, count in report.violations.items() if count}
        if broken:
            self._say("Promesses rompues :")
            for name, count in broken.items():
                self._say(f"  {name} : {count}")
        else:
            self._say("Aucun message accepté deux fois, personne d’oublié, tous les invariants tiennent.")
        self._say(f"{report.seconds:.0f} s, graine {report.options.seed}.")


def _inner_command(options: dict[str, Any]) -> list[str]:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "chaos", "--inside"]
    for name in ("people", "faults", "seed", "max_seconds"):
        command += [f"--{name.replace('_', '-')}", str(options[name])]
    if options["planted_flaw"]:
        command += ["--planted-flaw", options["planted_flaw"]]
    return [*command, "--json"] if options["json"] else command


def _inner_environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in FROM_THE_CALLER}
    return kept | ENVIRONMENT | {"VAR_DIR": str(folder), HOME_VARIABLE: str(folder)}


def _leave(signum: int, frame: FrameType | None) -> None:
    """SIGTERM ends the run in order: what it started is ended too."""
    raise SystemExit(128 + signum)

"""``run_jobs``: the background jobs of this host, watched over, until SIGTERM or SIGINT."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ameli_notify.core.jobs import sync_schedules
from ameli_notify.core.processes import qcluster_command
from ameli_notify.core.pulse import Patience
from ameli_notify.core.supervisor import AlreadySupervisedError, Supervisor
from ameli_notify.schedules import SCHEDULES


class Command(BaseCommand):
    help = "Fait tourner les tâches de fond, et les relance quand il le faut. SIGTERM et Ctrl-C les arrêtent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        usual = Patience()
        parser.add_argument(
            "--silence", type=float, default=settings.JOBS_SILENCE_SECONDS, help="secondes de silence admises"
        )
        parser.add_argument("--start", type=float, default=usual.start, help="secondes jusqu’au premier signe de vie")
        parser.add_argument("--grace", type=float, default=usual.grace, help="secondes laissées aux tâches à l’arrêt")

    def handle(self, *args: Any, silence: float, start: float, grace: float, **options: Any) -> None:
        supervisor = Supervisor(
            qcluster_command(),
            home=settings.VAR_DIR,
            folder=settings.BASE_DIR,
            patience=Patience(silence=silence, start=start, grace=grace),
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: supervisor.stop())
        sync_schedules(SCHEDULES)
        try:
            supervisor.run()
        except AlreadySupervisedError:
            raise CommandError(f"Les tâches de fond de {settings.VAR_DIR} tournent déjà.") from None

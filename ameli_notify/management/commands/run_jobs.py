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
    help = "Run the background jobs, and start them again when they die or fall silent. SIGTERM and Ctrl-C stop them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        usual = Patience()
        parser.add_argument(
            "--silence", type=float, default=settings.JOBS_SILENCE_SECONDS, help="seconds without a heartbeat"
        )
        parser.add_argument("--start", type=float, default=usual.start, help="seconds until the first heartbeat")
        parser.add_argument("--grace", type=float, default=usual.grace, help="seconds for running tasks at the end")

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
        except AlreadySupervisedError as error:
            raise CommandError(str(error)) from None

"""``demo``: the main job from delivered files to received messages, then the site on what came of it."""

import logging
import os
import sys
from argparse import SUPPRESS, ArgumentParser
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ameli_notify.demo.children import ChildDiedError
from ameli_notify.demo.conducting import Conductor, Plan
from ameli_notify.demo.database import ForeignDatabaseError
from ameli_notify.demo.home import HomeError
from ameli_notify.demo.serving import DEFAULT_PORT, PortError, read_port
from ameli_notify.demo.story import Story, Wish
from ameli_notify.demo.summary import summary
from reimbursements.simulation.settings import SimulationError

ONLY_UNDER: Final = "ameli_notify.settings.dev"
FOLDER: Final = "demo"


class Command(BaseCommand):
    help = "Montre tout le travail : fichiers reçus, contrôles, vagues, messages remis ; puis sert le site."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--persons", type=int, default=20_000, metavar="N", help="personnes simulées (20 000)")
        parser.add_argument("--days", type=int, default=10, metavar="J", help="jours de flux simulés (10)")
        parser.add_argument("--seed", type=int, default=1, metavar="G", help="graine de la simulation (1)")
        parser.add_argument("--no-serve", action="store_true", help="s’arrête après le bilan")
        # The command starts itself once more with this, in the environment that it has prepared.
        parser.add_argument("--work", action="store_true", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SETTINGS_MODULE != ONLY_UNDER:
            raise CommandError(f"La démonstration ne tourne que sous {ONLY_UNDER}.", returncode=2)
        try:
            wish = Wish(persons=options["persons"], days=options["days"], seed=options["seed"])
            is_inside: bool = options["work"]
            status = self._work(wish) if is_inside else self._conduct(wish, is_serving=not options["no_serve"])
        except (SimulationError, ForeignDatabaseError, HomeError, PortError, ChildDiedError) as error:
            raise CommandError(str(error), returncode=2) from error
        if status:
            sys.exit(status)

    def _work(self, wish: Wish) -> int:
        # The queue tells of each task that it takes; here the steps are what is told.
        logging.getLogger("django-q").setLevel(logging.WARNING)
        figures, checks = Story(home=settings.VAR_DIR, say=self._say).run(wish)
        self._say(f"\n{summary(figures, checks)}")
        return 0 if all(check.holds for check in checks) else 1

    def _conduct(self, wish: Wish, *, is_serving: bool) -> int:
        plan = Plan(
            home=settings.VAR_DIR / FOLDER,
            project=settings.BASE_DIR,
            settings_module=ONLY_UNDER,
            wish=wish,
            port=read_port(os.environ.get("PORT") or DEFAULT_PORT) if is_serving else None,
        )
        return Conductor(plan, say=self._say).run()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

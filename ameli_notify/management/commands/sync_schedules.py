"""``sync_schedules``: make the schedule rows equal to what the code declares."""

from typing import Any

from django.core.management.base import BaseCommand

from ameli_notify.core.jobs import sync_schedules
from ameli_notify.schedules import SCHEDULES


class Command(BaseCommand):
    help = "Crée, corrige et supprime les tâches récurrentes d’après ce que le code déclare."

    def handle(self, *args: Any, **options: Any) -> None:
        done = sync_schedules(SCHEDULES)
        self.stdout.write(
            f"Tâches récurrentes : {len(SCHEDULES)} ({done.created} créées, {done.updated} corrigées, "
            f"{done.deleted} supprimées)"
        )

"""``sync_schedules``: make the schedule rows equal to what the code declares."""

from typing import Any

from django.core.management.base import BaseCommand

from ameli_notify.core.jobs import sync_schedules
from ameli_notify.schedules import SCHEDULES


class Command(BaseCommand):
    help = "Create, update and delete the rows of recurring tasks after what the code declares."

    def handle(self, *args: Any, **options: Any) -> None:
        done = sync_schedules(SCHEDULES)
        self.stdout.write(
            f"{len(SCHEDULES)} recurring tasks: {done.created} created, {done.updated} updated, {done.deleted} deleted"
        )

"""Apply the roles written in accounts.staff.roles."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.staff.services import UnknownPermissionError, sync_roles


class Command(BaseCommand):
    help = "Make the staff groups hold exactly the permissions written in accounts.staff.roles."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = sync_roles()
        except UnknownPermissionError as error:
            raise CommandError(f"these permissions do not exist (run migrate first): {error}") from None
        for role, count in counts.items():
            self.stdout.write(f"{role}: {count} permissions")

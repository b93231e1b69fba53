"""Apply the roles written in accounts.staff.roles."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.staff.services import UnknownPermissionError, sync_roles


class Command(BaseCommand):
    help = "Donne aux groupes de la console exactement les permissions écrites dans accounts.staff.roles."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = sync_roles()
        except UnknownPermissionError as error:
            raise CommandError(f"Ces permissions n’existent pas, lancez d’abord migrate : {error}") from None
        for role, count in counts.items():
            self.stdout.write(f"{role} : {count} permissions")

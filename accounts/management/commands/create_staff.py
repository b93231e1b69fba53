"""Create an account of the staff with its role and its authenticator app."""

import getpass
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.staff.roles import Role
from accounts.staff.services import AccountExistsError, UnknownPermissionError, create_staff, sync_roles


class Command(BaseCommand):
    help = (
        "Crée un compte de la console. Demande le mot de passe au terminal, ou en lit une ligne avec --password-stdin. "
        "Affiche une seule fois l’adresse otpauth:// à donner à l’application d’authentification."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="identifiant professionnel")
        parser.add_argument("--role", required=True, choices=[str(role) for role in Role], help="rôle")
        parser.add_argument("--password-stdin", action="store_true", help="lit le mot de passe sur l’entrée standard")

    def handle(self, *args: Any, **options: Any) -> None:
        password = self._password(from_stdin=options["password_stdin"])
        try:
            sync_roles()
            staff = create_staff(options["username"], role=Role(options["role"]), password=password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except AccountExistsError:
            raise CommandError("Cet identifiant a déjà un compte.") from None
        except UnknownPermissionError as error:
            raise CommandError(f"Ces permissions n’existent pas, lancez d’abord migrate : {error}") from None
        self.stdout.write(f"{options['username']} : {options['role']}")
        self.stdout.write("Affiché une seule fois, pour l’application d’authentification :")
        self.stdout.write(staff.otpauth_uri)

    def _password(self, *, from_stdin: bool) -> str:
        if from_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
        elif sys.stdin.isatty():
            password = getpass.getpass("Mot de passe : ")
            if getpass.getpass("Encore une fois : ") != password:
                raise CommandError("Les deux mots de passe diffèrent.")
        else:
            raise CommandError("Aucun terminal où le demander : donnez le mot de passe avec --password-stdin.")
        if not password:
            raise CommandError("Le mot de passe est vide.")
        return password

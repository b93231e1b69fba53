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
        "Create a staff account. Asks for the password on a terminal, or reads one line with --password-stdin. "
        "Prints the otpauth:// address once: enter it into an authenticator app."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="professional identifier")
        parser.add_argument("--role", required=True, choices=[str(role) for role in Role])
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        password = self._password(from_stdin=options["password_stdin"])
        try:
            sync_roles()
            staff = create_staff(options["username"], role=Role(options["role"]), password=password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except (AccountExistsError, UnknownPermissionError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{options['username']}: {options['role']}")
        self.stdout.write("Shown only once, for the authenticator app:")
        self.stdout.write(staff.otpauth_uri)

    def _password(self, *, from_stdin: bool) -> str:
        if from_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
        elif sys.stdin.isatty():
            password = getpass.getpass("Password: ")
            if getpass.getpass("Password again: ") != password:
                raise CommandError("the two passwords differ")
        else:
            raise CommandError("there is no terminal to ask on: give the password with --password-stdin")
        if not password:
            raise CommandError("the password is empty")
        return password

"""Print the current one-time code of an account, for the demo."""

import time
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.identity.totp import SealedTotpDevice
from accounts.partners.portal.models import PartnerTotpDevice
from accounts.staff.models import StaffTotpDevice, User

ONLY_UNDER: Final = "ameli_notify.settings.dev"


class Command(BaseCommand):
    help = f"Affiche le code à usage unique d’un compte de la console ou d’un partenaire. Seulement sous {ONLY_UNDER}."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="identifiant professionnel, ou d’un utilisateur de partenaire")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SETTINGS_MODULE != ONLY_UNDER:
            raise CommandError(f"staff_code ne marche que sous {ONLY_UNDER}.")
        if not User.objects.filter(username=options["username"]).exists():
            raise CommandError("Ce compte n’existe pas.")
        devices = (
            kind.objects.filter(user__username=options["username"], confirmed=True).first()
            for kind in (StaffTotpDevice, PartnerTotpDevice)
        )
        device: SealedTotpDevice | None = next((found for found in devices if found is not None), None)
        if device is None:
            raise CommandError("Ce compte n’a pas d’application d’authentification.")
        generator = device.totp()
        step = device.STEP_SECONDS
        left = step - int(time.time()) % step
        if generator.t() <= device.last_step:
            raise CommandError(f"Ce code a déjà servi, et un code ne sert qu’une fois : recommencez dans {left} s.")
        self.stdout.write(f"{generator.token():0{device.DIGITS}d}  ({left} s)")

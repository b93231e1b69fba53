"""Print the current one-time code of an account, for the demo."""

import time
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.staff.models import StaffTotpDevice

ONLY_UNDER: Final = "ameli_notify.settings.dev"


class Command(BaseCommand):
    help = f"Print the current one-time code of a staff account. Works under {ONLY_UNDER} only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SETTINGS_MODULE != ONLY_UNDER:
            raise CommandError(f"staff_code works under {ONLY_UNDER} only")
        device = StaffTotpDevice.objects.filter(user__username=options["username"], confirmed=True).first()
        if device is None:
            raise CommandError("this account has no authenticator app")
        generator = device.totp()
        step = device.STEP_SECONDS
        left = step - int(time.time()) % step
        if generator.t() <= device.last_step:
            raise CommandError(f"the present code was already used, and a code serves once: try again in {left} s")
        self.stdout.write(f"{generator.token():0{device.DIGITS}d}  ({left} s)")

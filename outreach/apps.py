"""Everything that leaves the house: notifications, the ten-day digest, channels."""

from django.apps import AppConfig
from django.core.checks import register

from accounts.identity.alarm import wake
from outreach.checks import check_carriers


class OutreachConfig(AppConfig):
    name = "outreach"
    verbose_name = "messages"

    def ready(self) -> None:
        register(check_carriers)
        wake("outreach.codes.tasks.send_codes")

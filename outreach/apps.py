"""Everything that leaves the house: notifications, the ten-day digest, channels."""

from django.apps import AppConfig

from accounts.identity.alarm import wake


class OutreachConfig(AppConfig):
    name = "outreach"
    verbose_name = "messages"

    def ready(self) -> None:
        wake("outreach.codes.tasks.send_codes")

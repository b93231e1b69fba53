"""Everything that leaves the house: notifications, the ten-day digest, channels."""

from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "outreach"
    verbose_name = "messages"

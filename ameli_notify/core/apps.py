"""The ground floor: mechanisms without a business model."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "ameli_notify.core"
    label = "core"
    verbose_name = "socle technique"

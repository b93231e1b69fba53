"""The top floor: it composes the apps; its commands run the whole house."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ProjectConfig(AppConfig):
    name = "ameli_notify"
    verbose_name = "projet"


class ConsoleConfig(AdminConfig):
    """Makes the console Django's default admin site."""

    default_site = "ameli_notify.admin_site.Console"

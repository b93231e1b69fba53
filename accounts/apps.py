"""Insured people, their contact channels, staff, partner insurers, and who looked at what."""

from django.apps import AppConfig
from django.core.checks import register

from accounts.identity.franceconnect.configuration import check_franceconnect
from accounts.partners.certificate_checks import check_certificate_header


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "personnes et comptes"

    def ready(self) -> None:
        register(check_franceconnect)
        register(check_certificate_header)

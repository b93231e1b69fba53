"""Insured people, their contact channels, staff, partner insurers, and who looked at what."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "personnes et comptes"

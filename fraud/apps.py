"""Reports of suspicious payments, cases, detection."""

from django.apps import AppConfig


class FraudConfig(AppConfig):
    name = "fraud"
    verbose_name = "lutte contre la fraude"

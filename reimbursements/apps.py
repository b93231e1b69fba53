"""Reference data, health professionals, the feed of reimbursement lines."""

from django.apps import AppConfig


class ReimbursementsConfig(AppConfig):
    name = "reimbursements"
    verbose_name = "remboursements"

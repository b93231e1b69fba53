"""Upkeep of the line table, started by the job queue."""

from django.utils import timezone

from reimbursements.lines import services


def keep_partitions() -> None:
    """Task: partitions for the months to come are there, those past retention are gone. Safe to repeat."""
    services.keep_partitions(timezone.localdate())

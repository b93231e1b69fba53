"""``verify_cases``: is the timeline of cases what the access log witnessed? Exit status 1 when an event was touched."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from fraud.cases.witness import told_fr


class Command(BaseCommand):
    help = (
        "Compare chaque événement des dossiers à son empreinte dans le journal des accès. "
        "verify_audit le fait aussi, et dit si ce journal est entier."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        findings = list(told_fr())
        for finding in findings:
            self.stdout.write(finding)
        if findings:
            sys.exit(1)
        self.stdout.write("Les événements des dossiers sont intacts.")

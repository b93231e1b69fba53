"""``verify_cases``: is the timeline of cases what the access log witnessed? Exit status 1 when an event was touched."""

import sys
from typing import Any, Final

from django.core.management.base import BaseCommand

from fraud.cases.witness import EventFlaw, compare

FLAWS_FR: Final = {
    EventFlaw.CHANGED: "a été modifié",
    EventFlaw.MISSING: "a été supprimé",
    EventFlaw.ADDED: "a été ajouté sans témoin",
}


class Command(BaseCommand):
    help = (
        "Compare chaque événement des dossiers à son empreinte dans le journal des accès. "
        "Lancez aussi verify_audit, qui dit si ce journal est entier."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        findings = list(compare())
        for finding in findings:
            self.stdout.write(f"L’événement {finding.event} {FLAWS_FR[finding.kind]}.")
        if findings:
            sys.exit(1)
        self.stdout.write("Les événements des dossiers sont intacts.")

"""Check every call script before it is read out to people."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outreach.campaigns.scripts.checks import findings
from outreach.campaigns.scripts.publishing import altered_files, files, read_file
from outreach.campaigns.scripts.structure import ScriptError


class Command(BaseCommand):
    help = "Vérifie les scripts d’appel : étapes accessibles, phrases dues, questions interdites, versions intactes."

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = []
        for path in files():
            try:
                _, script = read_file(path)
            except ScriptError as error:
                raise CommandError(f"{path.name} : {error}") from None
            found = findings(script)
            wrong += [f"{path.name} : {what}" for what in found]
            if not found:
                self.stdout.write(f"{path.name} : {len(script.steps)} étapes")
        wrong += [f"{name} : modifié après sa publication" for name in altered_files()]
        if wrong:
            raise CommandError("\n".join(wrong))

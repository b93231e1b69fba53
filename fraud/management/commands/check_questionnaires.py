"""Check every version of the questionnaire before it is put to people."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fraud.intake.questionnaire.checks import findings, longest_path
from fraud.intake.questionnaire.publishing import altered_files, files, read_file
from fraud.intake.questionnaire.structure import QuestionnaireError


class Command(BaseCommand):
    help = "Vérifie les questionnaires : issues accessibles, six étapes au plus, textes relus, versions intactes."

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = [f"{name} : modifié après sa mise en service" for name in altered_files()]
        for path in files():
            try:
                _, questionnaire = read_file(path)
            except QuestionnaireError as error:
                raise CommandError(f"{path.name} : {error}") from None
            found = findings(questionnaire)
            wrong += [f"{path.name} : {what}" for what in found]
            if not found:
                self.stdout.write(
                    f"{path.name} : {len(questionnaire.nodes)} nœuds, {longest_path(questionnaire)} étapes au plus"
                )
        if wrong:
            raise CommandError("\n".join(wrong))

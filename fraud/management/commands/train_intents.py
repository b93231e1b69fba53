"""Make the assistant's weights from its phrases, and show how well it does with phrases it never saw."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fraud.intake.assistant.classifier import WEIGHTS, load_weights, understand
from fraud.intake.assistant.training import (
    HELD_OUT,
    PHRASES,
    PhrasesError,
    check_phrases,
    checksum,
    confusion,
    read_phrases,
    tally,
    train,
)


class Command(BaseCommand):
    help = "Entraîne l’assistant sur ses phrases et montre ses confusions sur des phrases jamais vues."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="vérifie seulement que les poids sont à jour")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        phrases, held_out = read_phrases(PHRASES), read_phrases(HELD_OUT)
        try:
            check_phrases(phrases, held_out)
        except PhrasesError as error:
            raise CommandError(str(error)) from None
        if check:
            if load_weights().phrases_checksum != checksum(phrases):
                raise CommandError("Les phrases ont changé depuis l’entraînement : lancez train_intents.")
        else:
            content = train(phrases)
            WEIGHTS.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
            load_weights.cache_clear()
        self._show(held_out)

    def _show(self, held_out: Any) -> None:  # noqa: ANN401 (phrases by intent)
        table = confusion(held_out, understand)
        for intent, row in table.items():
            others = ", ".join(f"{name} {count}" for name, count in row.most_common() if name != intent)
            self.stdout.write(f"{intent:15} {row[intent]:3} / {sum(row.values())}   {others}")
        right, unsure, wrong = tally(table)
        self.stdout.write(f"Compris : {right}. Pas compris, et dit : {unsure}. Compris de travers : {wrong}.")

"""The dated figures and legal bases that a house starts with. A change is a new row, never an edit of this list."""

import datetime as dt
from typing import Any, Final

START: Final = dt.date(2026, 1, 1)
TO_SET: Final = "valeur de départ, à fixer par la caisse"
PARAMETERS: Final = (
    ("days-low", 60),
    ("days-medium", 30),
    ("days-high", 10),
    ("remind-days", 3),
    ("close-alone", 1000),
    ("agreed-days", 30),
    ("lift-days", 8),
    ("indu-years", 3),
    ("fraud-years", 5),
    ("alarm-month", 6),
    ("keep-report", 5),
    ("keep-legal", 10),
    ("keep-talk", 2),
)
"""Code, value. ``share-days`` has none: sharing begins when the house says for how long, and on what text."""

CODE: Final = "code de la sécurité sociale ; à confirmer par le service juridique"
HOUSE: Final = "pratique de la caisse ; à confirmer par le service juridique"
SOURCES: Final = dict.fromkeys(
    ("indu-years", "fraud-years"), "art. L. 133-4 du code de la sécurité sociale ; à confirmer par le service juridique"
)
"""Of parameters that a text gives."""
BASES: Final = (
    ("letter", "prévention, sans texte particulier", None, None, None, HOUSE),
    ("interview", "accompagnement, sans texte particulier", None, None, None, HOUSE),
    ("notice", "art. L. 114-17-1 et R. 147-1 et suivants", 1, 5, None, CODE),
    ("indu", "art. L. 133-4", None, None, None, CODE),
    ("flow-recovery", "art. L. 133-4", None, None, None, CODE),
    ("warning", "art. L. 114-17-1 et R. 147-1 et suivants", None, 5, None, CODE),
    ("penalty", "art. L. 114-17-1 et R. 147-1 et suivants", 1, 5, 2, CODE),
    ("order", "art. L. 145-1 et suivants", None, None, None, CODE),
    ("convention", "convention nationale de la profession", None, None, None, HOUSE),
    ("deconventioning", "convention nationale de la profession", None, None, None, HOUSE),
    ("complaint", "art. L. 114-9 et D. 114-5", None, None, None, CODE),
)
"""Step, articles, months to answer, years of prescription of the facts, of the recovery, source."""


def add_starting_rules(parameters: Any, bases: Any) -> None:  # noqa: ANN401 (models as a migration sees them)
    """Add what is missing, through the models' managers; what is there stays."""
    for code, value in PARAMETERS:
        if not parameters.filter(code=code).exists():
            parameters.create(code=code, value=value, valid_from=START, source=SOURCES.get(code, TO_SET))
    for kind, articles, answer, facts, recovery, source in BASES:
        bases.get_or_create(
            kind=kind,
            articles=articles,
            valid_from=START,
            defaults={
                "answer_months": answer,
                "facts_years": facts,
                "recovery_years": recovery,
                "source": source,
            },
        )

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
    ("defer-days", 180),
    ("indu-years", 3),
    ("fraud-years", 5),
    ("alarm-month", 6),
    ("keep-report", 5),
    ("keep-legal", 10),
    ("keep-talk", 2),
)
"""Code, value. ``share-days`` has none: sharing begins when the house says for how long, and on what text."""

SOURCES: Final = {
    "indu-years": "code de la sécurité sociale, art. L. 133-4 : trois ans à compter du paiement, sauf fraude",
    "fraud-years": "code civil, art. 2224 : cinq ans, la fraude étant exclue des trois ans de l’art. L. 133-4 du CSS",
}
"""Of parameters that a text gives."""
HOUSE: Final = "pratique de la caisse, sans texte particulier"
INDU: Final = "code de la sécurité sociale, art. L. 133-4"
PENALTY: Final = (
    "code de la sécurité sociale, art. L. 114-17-1 et R. 147-1 s. : faits prescrits par cinq ans, recouvrement par deux"
    " (ash.tm.fr)"
)
NOTICE: Final = f"{PENALTY} ; un mois pour répondre, comme pour l’art. L. 114-17"
DECONVENTIONING: Final = (
    "convention nationale ; d’office en cas de récidive à partir de huit plafonds mensuels, 30 912 € en 2024 (fnmr.fr)"
)
COMPLAINT: Final = (
    "code de la sécurité sociale, art. D. 114-5 : huit plafonds mensuels pour la branche maladie (LEGIARTI000046356232)"
)
BASES: Final = (
    ("letter", "prévention, sans texte particulier", None, None, None, HOUSE),
    ("interview", "accompagnement, sans texte particulier", None, None, None, HOUSE),
    ("notice", "art. L. 114-17-1 et R. 147-1 et suivants", 1, 5, None, NOTICE),
    ("indu", "art. L. 133-4", None, None, None, INDU),
    ("flow-recovery", "art. L. 133-4", None, None, None, INDU),
    ("warning", "art. L. 114-17-1 et R. 147-1 et suivants", None, 5, None, PENALTY),
    ("penalty", "art. L. 114-17-1 et R. 147-1 et suivants", 1, 5, 2, NOTICE),
    ("order", "art. L. 145-1 et suivants", None, None, None, "code de la sécurité sociale, art. L. 145-1 s."),
    ("convention", "convention nationale de la profession", None, None, None, "convention nationale de la profession"),
    ("deconventioning", "convention nationale de la profession", None, None, None, DECONVENTIONING),
    ("complaint", "art. L. 114-9 et D. 114-5", None, None, None, COMPLAINT),
)
"""Step, articles, months to answer, years of prescription of the facts, of the recovery, source. Which of them the
legal service has still to confirm: docs/reports.md."""
LIFT_BASES: Final = (
    ("requisition", "code de procédure pénale, art. 60-1, 77-1-1 ou 99-3", "code de procédure pénale"),
    ("prosecutor", "code de procédure pénale, art. 40", "code de procédure pénale"),
    ("consent", "loi n° 2016-1691, art. 9", "loi n° 2016-1691 ; directive (UE) 2019/1937, art. 16"),
)
"""Ground for lifting an identity, articles, source."""


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


def add_lift_bases(bases: Any) -> None:  # noqa: ANN401 (a model as a migration sees it)
    """Add what is missing, through the model's manager; what is there stays."""
    for ground, articles, source in LIFT_BASES:
        bases.get_or_create(ground=ground, valid_from=START, defaults={"articles": articles, "source": source})

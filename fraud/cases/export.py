"""Cases as a table for a spreadsheet: what the queue shows, nobody's name."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from fraud.cases.models import FraudCase
from reimbursements.payments.exports import BYTE_ORDER_MARK, plain_text

COLUMNS: Final = (
    "Dossier", "Gravité", "État", "Issue", "Auteur présumé", "Montant en jeu", "Échéance", "Ouvert le", "Caisse",
    "RPPS", "FINESS", "Signalements", "Attribué à",
)  # fmt: skip


def cases_csv(cases: Iterable[FraudCase]) -> str:
    """UTF-8 with a byte order mark, semicolons and decimal commas; no cell that a spreadsheet takes for a formula.

    The cases carry ``report_count`` and ``holder_name``.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(case) for case in cases)
    return BYTE_ORDER_MARK + text.getvalue()


def _cells(case: FraudCase) -> tuple[str, ...]:
    return (
        case.number,
        str(case.get_severity_display()),
        str(case.get_status_display()),
        str(case.get_outcome_display()),
        str(case.get_author_category_display()),
        str(case.amount_at_stake).replace(".", ","),
        f"{case.due_on:%d/%m/%Y}",
        f"{case.opened_at:%d/%m/%Y}",
        plain_text(case.fund_code),
        str(case.performer_rpps or ""),
        plain_text(case.performer_finess),
        str(getattr(case, "report_count", None) or 0),
        plain_text(str(getattr(case, "holder_name", None) or "")),
    )

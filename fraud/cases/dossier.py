"""A case on paper, as accessible PDF: what its page shows, oldest event first, without its notes and without people."""

import datetime as dt
from pathlib import Path
from typing import Any, Final

from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.import_report import french_euros
from ameli_notify.core.typesetting import typeset
from fraud.cases.decision_models import CaseApproval
from fraud.cases.look import CaseLook
from fraud.cases.models import FraudCase
from fraud.cases.page import case_context
from reimbursements.explanations.typography import french_date

TEMPLATE: Final = Path(__file__).with_name("dossier.typ")


def dossier_pdf(case: FraudCase, *, by: User) -> bytes:
    """The PDF. Raises TypesettingBusyError, TypesettingError."""
    return typeset(TEMPLATE, dossier_words(case, by=by), made_at=timezone.now())


def dossier_words(case: FraudCase, *, by: User) -> dict[str, Any]:
    """What the document says, all as text."""
    page = case_context(CaseLook(case=case, user=by))
    facts = (
        ("État", case.get_status_display()),
        ("Gravité", case.get_severity_display()),
        ("Auteur présumé", case.get_author_category_display()),
        ("Issue", case.get_outcome_display() or "aucune pour l’instant"),
        ("Montant en jeu", french_euros(case.amount_at_stake)),
        ("Caisse", case.fund_code or "inconnue"),
        ("RPPS de l’exécutant", str(case.performer_rpps or "plusieurs ou inconnu")),
        ("Ouvert le", french_date(timezone.localdate(case.opened_at))),
        ("Échéance", french_date(case.due_on)),
    )
    return {
        "number": case.number,
        "made_on": french_date(timezone.localdate()),
        "facts": [[name, str(value)] for name, value in facts],
        "reports": [
            [one["row"].receipt_no, one["subject"], str(one["row"].get_status_display()), one["amount"]]
            for one in page["reports"]
        ],
        "lines": [
            [
                one["row"].title, _day(one["row"].care_start), one["row"].paid_to, one["charged"], one["paid"],
                "oui" if one["is_held"] else "non",
            ]
            for one in page["lines"]
        ],
        "amounts": [
            [f"n° {one['row'].pk}", str(one["row"].get_kind_display()), _day(one["row"].on_date), one["amount"]]
            for one in page["amounts"]
        ],
        "totals": [[str(one["kind"]), one["total"]] for one in page["totals"]],
        "steps": [
            [str(one.get_kind_display()), one.legal_basis.articles, _day(one.done_on), _day(one.deadline_on)]
            for one in page["steps"]
        ],
        "approvals": [
            [one["said"], one["row"].asked_by.username, _answer(one["row"])] for one in page["approvals"]
        ],
        "moments": [
            [f"{timezone.localtime(one.at):%d/%m/%Y %H:%M}", one.who, one.what, one.details]
            for one in reversed(page["moments"])
        ],
    }  # fmt: skip


def _day(day: dt.date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "sans délai"


def _answer(approval: CaseApproval) -> str:
    if approval.approved_by is not None:
        return f"accordé par {approval.approved_by.username}"
    if approval.refused_by is not None:
        return f"refusé par {approval.refused_by.username}"
    return "en attente"

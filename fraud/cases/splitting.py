"""Taking reports out of a case into a new one: links end and begin, as in a merge; nothing is rewritten.

Money, steps, notes and lines that are held stay with the case in which they were recorded.
"""

from collections.abc import Sequence

from django.db import transaction

from accounts.staff.models import User
from fraud.cases.enums import CaseEventKind
from fraud.cases.events import CaseError, locked_standing, record
from fraud.cases.models import FraudCase
from fraud.cases.opening import open_case, refresh_amount, unlink


@transaction.atomic
def split_case(case_id: int, *, report_ids: Sequence[int], by: User) -> FraudCase:
    """Move some reports, not all, of an undecided case into a new one, whose deadline counts from its own reports.

    Raises CaseError, also while a person is being asked: their answer belongs to the case that asked.
    """
    case = locked_standing(case_id)
    if not case.is_open or case.outcome:
        raise CaseError("On ne sépare que les signalements d’un dossier qui n’est pas encore décidé.")
    if case.clock_stopped_at is not None:
        raise CaseError("Ce dossier attend la réponse de la personne : séparez ses signalements ensuite.")
    links = list(case.links.filter(unlinked_at=None).select_related("report", "case"))
    moved = [link for link in links if link.report_id in set(report_ids)]
    if not moved or len(moved) == len(links):
        raise CaseError("Choisissez une partie des signalements du dossier, pas aucun ni tous.")
    for link in moved:
        unlink(link, by=by)
    refresh_amount(case)
    made = open_case([link.report for link in moved], by=by)
    record(case, CaseEventKind.SPLIT, by=by, after={"into": made.pk})
    record(made, CaseEventKind.SPLIT, by=by, after={"from": case.pk})
    return made

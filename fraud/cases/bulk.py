"""One act on several cases: each case in a transaction of its own, and a reason for each that was refused."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count

from accounts.staff.models import User
from fraud.cases.enums import WORKED_ON, AuthorCategory, CaseStatus
from fraud.cases.events import CaseError, locked_standing
from fraud.cases.models import CaseAssignment, FraudCase
from fraud.cases.noting import change_case
from fraud.cases.staffing_models import Workload
from fraud.intake.enums import Severity
from fraud.staffing.choosing import Candidate, candidates


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkResult:
    """``done``: how many cases. ``refused``: the numbers of the others by the reason, in French."""

    done: int
    refused: Mapping[str, list[str]]


def for_each(cases: Iterable[FraudCase], act: Callable[[int], object]) -> BulkResult:
    """Do something with each case by its id: what one case refuses does not stop the others, nor is it half done."""
    done, refused = 0, defaultdict(list)
    for case in cases:
        try:
            with transaction.atomic():
                act(case.pk)
        except CaseError as error:
            refused[str(error)].append(case.number)
        else:
            done += 1
    return BulkResult(done=done, refused=dict(refused))


def change_severity(case_id: int, *, severity: Severity, by: User) -> FraudCase:
    """Correct how grave a case is and nothing else. Raises CaseError."""
    with transaction.atomic():
        case = locked_standing(case_id)
        if case.status not in (CaseStatus.NEW, *WORKED_ON):
            raise CaseError("Ce dossier est décidé : sa gravité ne change plus.")
        if case.severity == severity:
            raise CaseError("Ce dossier a déjà cette gravité.")
        return change_case(case_id, severity=severity, author_category=AuthorCategory(case.author_category), by=by)


def investigators() -> list[Candidate]:
    """Who could be given cases, with what they hold and may hold."""
    held = CaseAssignment.objects.filter(ended_at=None).values_list("investigator").annotate(cases=Count("pk"))
    most = Workload.objects.values_list("investigator_id", "most_cases")
    return candidates("fraud.work_fraudcase", loads=dict(held), most=dict(most))

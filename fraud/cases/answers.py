"""What the authors of reports wrote and whoever holds the case has not said they read."""

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.events import locked
from fraud.cases.models import CaseReport, FraudCase
from fraud.cases.querysets import CaseQuerySet
from fraud.cases.unveiling import is_holder
from fraud.intake.enums import Author
from fraud.intake.models import ReportMessage


def new_answers_for(user_id: int) -> QuerySet[ReportMessage]:
    """Unread messages beside the reports of the cases that somebody holds, found from those cases on."""
    return _unread().filter(
        report__case_links__unlinked_at=None,
        report__case_links__case__assignments__investigator_id=user_id,
        report__case_links__case__assignments__ended_at=None,
    )


def with_new_answers(cases: CaseQuerySet) -> CaseQuerySet:
    """Those of the cases in which somebody's words were not read."""
    links = CaseReport.objects.filter(
        Exists(_unread().filter(report=OuterRef("report"))), case=OuterRef("pk"), unlinked_at=None
    )
    return cases.filter(Exists(links))


def new_answers_in(case: FraudCase) -> QuerySet[ReportMessage]:
    """Unread messages beside the reports of a case."""
    return _unread().filter(report__case_links__case=case, report__case_links__unlinked_at=None)


@transaction.atomic
def mark_answers_read(case_id: int, *, by: User) -> int:
    """Whoever holds the case has read what came; returns how much it was, nothing for anybody else."""
    case = locked(case_id)
    if not is_holder(case, by):
        return 0
    unread = list(new_answers_in(case).values_list("pk", flat=True))
    return ReportMessage.objects.filter(pk__in=unread, read_at=None).update(read_at=timezone.now())


def _unread() -> QuerySet[ReportMessage]:
    return ReportMessage.objects.filter(author=Author.INSURED, read_at=None)

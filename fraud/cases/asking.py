"""Asking whoever reported, through the messages beside their report; the clock stands still until they answer."""

from django.db import transaction

from accounts.staff.models import User
from fraud.cases.answers import mark_answers_read
from fraud.cases.enums import CaseEventKind, CaseStatus, NoticeKind
from fraud.cases.events import CaseError, locked_standing, record
from fraud.cases.models import CaseAssignment, CaseReport, FraudCase
from fraud.cases.moving import reports_of, step
from fraud.cases.notices import tell
from fraud.intake.enums import ReportStatus
from fraud.intake.following import MoveError, move_report, write_message


@transaction.atomic
def write_to_insured(case_id: int, *, report_id: int, text: str, is_question: bool, by: User) -> FraudCase:
    """A message to the author of one of the case's reports; a question stops the clock until they answer.

    Raises CaseError, MessageTextError.
    """
    case = locked_standing(case_id)
    if not CaseReport.objects.filter(case=case, report_id=report_id, unlinked_at=None).exists():
        raise CaseError("Ce signalement n’est pas dans ce dossier.")
    if is_question:
        _open_question(case, report_id=report_id, by=by)
    write_message(report_id, text=text, by=by)
    mark_answers_read(case.pk, by=by)
    record(case, CaseEventKind.WROTE, by=by, after={"report": report_id, "question": is_question})
    return case


def _open_question(case: FraudCase, *, report_id: int, by: User) -> None:
    """The report waits, and the case with it. A second question finds both waiting already."""
    if not reports_of(case).filter(pk=report_id).open().exists():
        raise CaseError("Ce signalement est terminé : sa personne ne peut plus y répondre.")
    if not reports_of(case).filter(pk=report_id, status=ReportStatus.WAITING).exists():
        try:
            move_report(report_id, to=ReportStatus.WAITING, by=by)
        except MoveError:
            raise CaseError("Ce signalement ne peut pas attendre une réponse dans son état.") from None
    if case.status != CaseStatus.WAITING_INSURED:
        step(case, to=CaseStatus.WAITING_INSURED, by=by)


def notice_answers() -> int:
    """Take up the cases that wait and whose people have all answered or withdrawn; returns how many."""
    waiting = FraudCase.objects.standing().filter(status=CaseStatus.WAITING_INSURED).values_list("pk", flat=True)
    return sum(_take_up(case_id) for case_id in list(waiting))


@transaction.atomic
def _take_up(case_id: int) -> bool:
    case = locked_standing(case_id)
    if case.status != CaseStatus.WAITING_INSURED or reports_of(case).filter(status=ReportStatus.WAITING).exists():
        return False
    step(case, to=CaseStatus.INVESTIGATING, by=None)
    for holder in CaseAssignment.objects.filter(case=case, ended_at=None).values_list("investigator_id", flat=True):
        tell(holder, case=case, kind=NoticeKind.ANSWERED)
    return True

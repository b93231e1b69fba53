"""A right of reply from its opening to its end. Each act leaves an event in the timeline of the case."""

from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.decision_models import CaseStep
from fraud.cases.enums import CaseEventKind, CaseStatus, NoticeKind, StepKind
from fraud.cases.events import CaseError, locked_standing, record
from fraud.cases.models import CaseAssignment, CaseLine, FraudCase
from fraud.cases.notices import tell
from fraud.cases.reply_enums import ReplyMoment
from fraud.cases.unveiling import is_holder
from fraud.intake.models import ReportedLine
from fraud.replies.codes import is_code, new_code, sealed_code, shown_code
from fraud.replies.models import ReplyLine, RightOfReply
from reimbursements.reference.models import NatureReference

NOT_YOURS: Final = "Vous ne tenez pas ce dossier."
OVER: Final = "Ce droit de réponse est terminé."
_NOBODYS_SALT: Final = bytes(16)
_NOBODYS_HASH: Final = bytes(32)


@transaction.atomic
def open_right(case_id: int, *, step_id: int, by: User) -> RightOfReply:
    """Open the right that a notification of grievances gives, about the lines held now. Raises CaseError."""
    case = locked_standing(case_id)
    if not is_holder(case, by):
        raise CaseError(NOT_YOURS)
    if case.status != CaseStatus.CONTRADICTORY:
        raise CaseError("Le droit de réponse s’ouvre en phase contradictoire.")
    step = notices_to_answer(case).filter(pk=step_id).first()
    if step is None or step.deadline_on is None:
        raise CaseError("Inscrivez d’abord la notification des griefs : elle donne le délai de réponse.")
    held = list(CaseLine.objects.of_case(case).select_related("reported_line").order_by("pk"))
    if not held:
        raise CaseError("Retenez d’abord les lignes sur lesquelles le professionnel doit pouvoir répondre.")
    right = RightOfReply.objects.create(
        case=case, step=step, case_number=case.number, ends_on=step.deadline_on, opened_by=by
    )
    ReplyLine.objects.bulk_create(_lines(right, [one.reported_line for one in held]))
    _note(right, ReplyMoment.OPENED, by=by)
    return right


def notices_to_answer(case: FraudCase) -> QuerySet[CaseStep]:
    """Notifications of grievances whose month is not over and that opened no right yet."""
    today = timezone.localdate()
    return case.steps.filter(kind=StepKind.NOTICE, deadline_on__gte=today, reply=None).order_by("pk")


@transaction.atomic
def issue_code(right_id: int, *, by: User) -> tuple[RightOfReply, str]:
    """A new code for a letter, as it is printed; the one before opens nothing any more. Raises CaseError."""
    right = locked_alive(right_id, by=by)
    code = new_code()
    right.code_salt, right.code_hash = sealed_code(code)
    right.code_issued_at = timezone.now()
    right.save(update_fields=["code_salt", "code_hash", "code_issued_at"])
    _note(right, ReplyMoment.LETTER, by=by)
    return right, shown_code(code)


@transaction.atomic
def close_right(right_id: int, *, by: User) -> RightOfReply:
    """End a right before its day, when it was opened by mistake. Raises CaseError."""
    right = locked_alive(right_id, by=by)
    right.closed_at, right.closed_by, right.code_hash = timezone.now(), by, None
    right.save(update_fields=["closed_at", "closed_by", "code_hash"])
    _note(right, ReplyMoment.CLOSED, by=by)
    return right


def enter(number: str, code: str) -> RightOfReply | None:
    """The right that a case's number and a code open today, else None: nothing says which of the two was wrong.

    Whoever calls has counted the try.
    """
    rights = alive().filter(case_number=number).exclude(code_hash=None)
    found = None
    for right in rights:
        if is_code(code, salt=bytes(right.code_salt), kept=bytes(right.code_hash or b"")):
            found = right
    if found is None:
        is_code(code, salt=_NOBODYS_SALT, kept=_NOBODYS_HASH)  # a number that nobody has takes as long
        return None
    with transaction.atomic():
        if RightOfReply.objects.filter(pk=found.pk, entered_at=None).update(entered_at=timezone.now()):
            _note(found, ReplyMoment.ENTERED, by=None)
    return found


def alive() -> QuerySet[RightOfReply]:
    """Rights that can be used today."""
    return RightOfReply.objects.filter(closed_at=None, ends_on__gte=timezone.localdate())


def is_alive(right: RightOfReply) -> bool:
    return right.closed_at is None and right.ends_on >= timezone.localdate()


def rights_of(case: FraudCase) -> QuerySet[RightOfReply]:
    """Those of a case, and of the cases merged into it."""
    return RightOfReply.objects.filter(case__in=FraudCase.objects.with_merged(case)).order_by("pk")


def holds(right: RightOfReply, user: User) -> bool:
    """Whether somebody holds the case, or the one that it was merged into."""
    return is_holder(right.case.merged_into or right.case, user)


def locked_alive(right_id: int, *, by: User | None) -> RightOfReply:
    """The right, for the length of the transaction; ``by`` None for the professional. Raises CaseError."""
    locked = RightOfReply.objects.select_for_update(of=("self",)).select_related("case", "case__merged_into")
    right = locked.get(pk=right_id)
    if by is not None and not holds(right, by):
        raise CaseError(NOT_YOURS)
    if not is_alive(right):
        raise CaseError(OVER)
    return right


def note_professional(right: RightOfReply, moment: ReplyMoment) -> None:
    """What the professional did, in the timeline, and whoever holds the case is told; in the caller's transaction."""
    _note(right, moment, by=None)
    case = right.case.merged_into or right.case
    for holder in CaseAssignment.objects.filter(case=case, ended_at=None).values_list("investigator_id", flat=True):
        tell(holder, case=case, kind=NoticeKind.REPLIED)


def note_read(right: RightOfReply) -> None:
    """The professional said that they have read; it is in the timeline, and asks nothing of anybody."""
    _note(right, ReplyMoment.READ, by=None)


def note_staff(right: RightOfReply, moment: ReplyMoment, *, by: User) -> None:
    """What the staff did, in the timeline; in the caller's transaction."""
    _note(right, moment, by=by)


def _note(right: RightOfReply, moment: ReplyMoment, *, by: User | None) -> None:
    after = {"right": right.pk, "reply": str(moment), "due_on": right.ends_on.isoformat()}
    record(right.case, CaseEventKind.REPLY, by=by, after=after)


def _lines(right: RightOfReply, lines: Sequence[ReportedLine]) -> list[ReplyLine]:
    """The acts in the words of the tariff. What the reporter read may speak of them: it is not copied."""
    labels: dict[int, str] = {}
    for code, label in NatureReference.objects.filter(code__in={line.nature_code for line in lines}).values_list(
        "code", "label"
    ):
        labels[code] = label
    return [
        ReplyLine(
            right=right,
            care_on=line.care_start,
            act=_act(line, label=labels.get(line.nature_code, f"nature {line.nature_code}")),
            amount_charged=line.amount_charged,
            amount_paid=line.amount_paid,
        )
        for line in lines
    ]


def _act(line: ReportedLine, *, label: str) -> str:
    code = str((line.snapshot or {}).get("act_code") or "")
    return f"{label} ({code})" if code else label

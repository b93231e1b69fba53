"""Four eyes: one person asks, another one grants or refuses. The database refuses the same person twice."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.decision_models import CaseApproval
from fraud.cases.enums import SANCTIONS, ApprovalSubject, CaseEventKind, NoticeKind, StepKind
from fraud.cases.events import CaseError, locked_standing, record
from fraud.cases.models import FraudCase
from fraud.cases.notices import tell_all, who_may


def ask_approval(
    case_id: int, *, subject: ApprovalSubject, by: User, step_kind: StepKind | None = None
) -> CaseApproval:
    """Ask a second person; all who may answer are told, but for whoever asks. Raises CaseError."""
    if (subject is ApprovalSubject.SANCTION) != (step_kind in SANCTIONS):
        raise CaseError("Dites quelle sanction, et seulement pour une sanction.")
    try:
        with transaction.atomic():
            case = locked_standing(case_id)
            asked = CaseApproval.objects.create(case=case, subject=subject, step_kind=step_kind or "", asked_by=by)
            record(case, CaseEventKind.ASKED, by=by, after=_said(asked))
            tell_all(set(who_may("approve_fraudcase")) - {by.pk}, case=case, kind=NoticeKind.APPROVAL)
    except IntegrityError:
        raise CaseError("Cet accord est déjà demandé.") from None
    return asked


@transaction.atomic
def answer_approval(approval_id: int, *, is_granted: bool, by: User) -> CaseApproval:
    """The second person's word, final. Raises CaseError for whoever asked, or when it was answered already."""
    case = locked_standing(CaseApproval.objects.values_list("case_id", flat=True).get(pk=approval_id))
    asked = CaseApproval.objects.select_for_update(of=("self",)).get(pk=approval_id)
    if not asked.is_pending:
        raise CaseError("Cette demande a déjà reçu sa réponse.")
    if asked.asked_by_id == by.pk:
        raise CaseError("Vous avez fait cette demande : une autre personne doit y répondre.")
    if is_granted:
        asked.approved_at, asked.approved_by = timezone.now(), by
    else:
        asked.refused_at, asked.refused_by = timezone.now(), by
    asked.save(update_fields=["approved_at", "approved_by", "refused_at", "refused_by"])
    record(case, CaseEventKind.APPROVED if is_granted else CaseEventKind.REFUSED, by=by, after=_said(asked))
    return asked


def pending_of(case: FraudCase) -> list[CaseApproval]:
    """What waits for an answer, oldest first."""
    waiting = case.approvals.filter(approved_at=None, refused_at=None)
    return list(waiting.select_related("asked_by").order_by("asked_at"))


def _said(asked: CaseApproval) -> dict[str, object]:
    return {"approval": asked.pk, "subject": str(asked.subject), "step": str(asked.step_kind)}

"""Four eyes: one person asks, another one grants or refuses. The database refuses the same person twice."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.sql import fetch_all
from fraud.cases.decision_models import CaseApproval
from fraud.cases.enums import SANCTIONS, ApprovalSubject, CaseEventKind, NoticeKind, ParameterCode, StepKind
from fraud.cases.events import CaseError, locked_standing, record
from fraud.cases.models import CaseReport, FraudCase
from fraud.cases.notices import tell_all, who_may
from fraud.cases.parameters import Figures
from fraud.cases.refusals import tell_of


def ask_approval(
    case_id: int,
    *,
    subject: ApprovalSubject,
    by: User,
    step_kind: StepKind | None = None,
    partner_id: int | None = None,
    report_id: int | None = None,
) -> CaseApproval:
    """Ask a second person; all who may answer are told, but for whoever asks. Raises CaseError.

    A sanction says which (``step_kind``), sharing with which mutual (``partner_id``), lifting an identity of whose
    report (``report_id``); other subjects say none of them.
    """
    if (subject is ApprovalSubject.SANCTION) != (step_kind in SANCTIONS):
        raise CaseError("Dites quelle sanction, et seulement pour une sanction.")
    if (subject is ApprovalSubject.SHARE) != (partner_id is not None):
        raise CaseError("Dites quelle mutuelle, et seulement pour un partage.")
    if (subject is ApprovalSubject.LIFT_IDENTITY) != (report_id is not None):
        raise CaseError("Dites quel signalement, et seulement pour une levée d’identité.")
    try:
        with transaction.atomic():
            case = locked_standing(case_id)
            _check_it_concerns(case, partner_id=partner_id, report_id=report_id)
            asked = CaseApproval.objects.create(
                case=case,
                subject=subject,
                step_kind=step_kind or "",
                partner_id=partner_id,
                report_id=report_id,
                asked_by=by,
            )
            record(case, CaseEventKind.ASKED, by=by, after=_said(asked))
            tell_all(set(who_may("approve_fraudcase")) - {by.pk}, case=case, kind=NoticeKind.APPROVAL)
    except IntegrityError as error:
        tell_of(error, {"case_approval_asked_once": "Cet accord est déjà demandé."})
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


def to_act_on(case: FraudCase, *subjects: ApprovalSubject, by: User, figures: Figures) -> QuerySet[CaseApproval]:
    """Agreements to share or to lift that ``by`` may act on now: not granted by them, still valid, not used yet."""
    since = timezone.now() - dt.timedelta(days=int(figures[ParameterCode.AGREED_DAYS]))
    granted = case.approvals.filter(subject__in=subjects, signal=None, lift=None, approved_at__gt=since)
    if case.reopened_at is not None:
        granted = granted.filter(approved_at__gt=case.reopened_at)
    return granted.filter(~Q(approved_by=by)).select_related("partner", "report").order_by("pk")


def concerned_partners(case: FraudCase) -> set[int]:
    """Mutuals that covered, on the day of the care, somebody whose line is held in the case."""
    return {row[0] for row in fetch_all("SELECT DISTINCT partner_id FROM fraud_concerned_partners(%s)", [case.pk])}


def _check_it_concerns(case: FraudCase, *, partner_id: int | None, report_id: int | None) -> None:
    if partner_id is not None and partner_id not in concerned_partners(case):
        raise CaseError("Cette mutuelle ne couvrait personne dans les lignes retenues de ce dossier.")
    links = CaseReport.objects.filter(case=case, report_id=report_id, unlinked_at=None)
    if report_id is not None and not links.exists():
        raise CaseError("Ce signalement n’est pas dans ce dossier.")


def _said(asked: CaseApproval) -> dict[str, object]:
    said: dict[str, object] = {"approval": asked.pk, "subject": str(asked.subject), "step": str(asked.step_kind)}
    if asked.partner_id is not None:
        said["partner"] = asked.partner_id
    if asked.report_id is not None:
        said["report"] = asked.report_id
    return said

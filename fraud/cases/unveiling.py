"""Leave to see the people of a case: alone for whoever holds it, with a second person for anybody else."""

import datetime as dt
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.enums import CaseEventKind, NoticeKind, OpeningReason
from fraud.cases.events import CaseError, locked, record
from fraud.cases.models import CaseAssignment, FraudCase
from fraud.cases.notices import tell_all, who_may
from fraud.cases.staffing_models import CaseOpening

LENGTH: Final = dt.timedelta(minutes=30)


@transaction.atomic
def unveil(case_id: int, *, reason: OpeningReason, by: User) -> CaseOpening:
    """Open the people of a case to whoever holds it, for 30 minutes. Raises CaseError for anybody else."""
    case = locked(case_id)
    if not is_holder(case, by):
        raise CaseError("Vous ne tenez pas ce dossier : demandez un accès exceptionnel.")
    made = CaseOpening.objects.create(case=case, reason=reason, asked_by=by, ends_at=timezone.now() + LENGTH)
    record(case, CaseEventKind.UNVEILED, by=by, after={"opening": made.pk, "reason": str(reason)})
    return made


@transaction.atomic
def ask_break_glass(case_id: int, *, reason: OpeningReason, by: User) -> CaseOpening:
    """Ask to see the people of somebody else's case; all who may grant it are told. Raises CaseError."""
    case = locked(case_id)
    if is_holder(case, by):
        raise CaseError("Vous tenez ce dossier : ouvrez-le directement.")
    if pending_openings(case).filter(asked_by=by).exists():
        raise CaseError("Vous avez déjà demandé cet accès ; une autre personne doit l’accorder.")
    made = CaseOpening.objects.create(case=case, reason=reason, asked_by=by, is_exceptional=True)
    record(case, CaseEventKind.BREAK_GLASS, by=by, after={"opening": made.pk, "reason": str(reason)})
    tell_all(set(who_may("approve_fraudcase")) - {by.pk}, case=case, kind=NoticeKind.BREAK_GLASS_ASKED)
    return made


@transaction.atomic
def answer_break_glass(opening_id: int, *, is_granted: bool, by: User) -> CaseOpening:
    """The second person's word. Granted, it lasts 30 minutes from now, and those who watch are told.

    Raises CaseError for whoever asked, or when it was answered already.
    """
    case = locked(CaseOpening.objects.values_list("case_id", flat=True).get(pk=opening_id))
    asked = CaseOpening.objects.get(pk=opening_id)
    if not asked.is_exceptional or asked.approved_at is not None or asked.refused_at is not None:
        raise CaseError("Cette demande a déjà reçu sa réponse.")
    if asked.asked_by_id == by.pk:
        raise CaseError("Vous avez fait cette demande : une autre personne doit y répondre.")
    if is_granted:
        asked.approved_at, asked.approved_by = timezone.now(), by
        asked.ends_at = asked.approved_at + LENGTH
        tell_all(watchers(case) - {by.pk}, case=case, kind=NoticeKind.BREAK_GLASS)
    else:
        asked.refused_at, asked.refused_by = timezone.now(), by
    asked.save(update_fields=["approved_at", "approved_by", "refused_at", "refused_by", "ends_at"])
    record(case, CaseEventKind.BREAK_GLASS, by=by, after={"opening": asked.pk, "granted": is_granted})
    return asked


def opening_of(case: FraudCase, user: User) -> CaseOpening | None:
    """The leave that somebody has now."""
    now = CaseOpening.objects.filter(case=case, asked_by=user, ends_at__gt=timezone.now())
    return now.order_by("-ends_at").first()


def pending_openings(case: FraudCase) -> QuerySet[CaseOpening]:
    """Break-glass that was asked for and not answered."""
    return CaseOpening.objects.filter(case=case, is_exceptional=True, approved_at=None, refused_at=None)


def is_holder(case: FraudCase, user: User) -> bool:
    return CaseAssignment.objects.filter(case=case, investigator=user, ended_at=None).exists()


def watchers(case: FraudCase) -> set[int]:
    """Whoever holds the case, and all who watch over accesses."""
    holders = CaseAssignment.objects.filter(case=case, ended_at=None).values_list("investigator_id", flat=True)
    return {*holders, *who_may("view_caseopening")}

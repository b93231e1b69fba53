"""Who works on a case: by hand, or by the rules; never beyond somebody's load, never to somebody absent."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.sql import run
from fraud.cases.enums import WORKED_ON, CaseEventKind, CaseStatus, NoticeKind
from fraud.cases.events import CaseError, locked_standing, record
from fraud.cases.models import CaseAssignment, FraudCase
from fraud.cases.moving import step
from fraud.cases.notices import tell
from fraud.cases.staffing_models import AssignmentRule, Workload
from fraud.staffing.models import Absence

BATCH: Final = 500
ASSIGN_LOCK: Final = 0x0A0E1120
"""Advisory lock of whoever assigns: two at once would both see the last free place of a load."""


class AbsentError(CaseError):
    """The investigator is away."""


class LoadError(CaseError):
    """The investigator holds as many cases as they may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the rules would do with a case: ``rule`` and ``investigator`` are None when nobody can take it."""

    case: FraudCase
    rule: AssignmentRule | None
    investigator: User | None


@transaction.atomic
def assign(case_id: int, *, to: User, by: User | None) -> CaseAssignment:
    """Give a case to an investigator, who is told; whoever held it holds it no more.

    Raises AbsentError, LoadError, and CaseError for a case that is decided, merged, or theirs already.
    """
    _assign_alone()
    case = locked_standing(case_id)
    if case.status not in (CaseStatus.NEW, *WORKED_ON):
        raise CaseError("Ce dossier est décidé : il ne s’attribue plus.")
    if not to.is_active or not to.has_perm("fraud.work_fraudcase"):
        raise CaseError("Ce compte n’instruit pas de dossiers.")
    held = CaseAssignment.objects.filter(case=case, ended_at=None).first()
    if held is not None and held.investigator_id == to.pk:
        raise CaseError("Ce dossier est déjà attribué à cette personne.")
    _check_free(to, today=timezone.localdate())
    before = {"investigator": held.investigator_id} if held else {}
    if held is not None:
        _end(held)
    made = CaseAssignment.objects.create(case=case, investigator=to, assigned_by=by)
    record(case, CaseEventKind.ASSIGNED, by=by, before=before, after={"investigator": to.pk})
    if case.status == CaseStatus.NEW:
        step(case, to=CaseStatus.ASSIGNED, by=by)
    if by is None or by.pk != to.pk:
        tell(to.pk, case=case, kind=NoticeKind.ASSIGNED)
    return made


def claim(case_id: int, *, by: User) -> CaseAssignment:
    """Take a case that nobody holds. Of two at once, one gets it. Raises CaseError as ``assign`` does."""
    with transaction.atomic():
        _assign_alone()
        case = locked_standing(case_id)
        if CaseAssignment.objects.filter(case=case, ended_at=None).exists():
            raise CaseError("Ce dossier est déjà attribué.")
        return assign(case_id, to=by, by=by)


@transaction.atomic
def release(case_id: int, *, by: User) -> FraudCase:
    """Put a case back into the queue. Raises CaseError."""
    case = locked_standing(case_id)
    held = CaseAssignment.objects.filter(case=case, ended_at=None).first()
    if held is None:
        raise CaseError("Personne ne tient ce dossier.")
    step(case, to=CaseStatus.NEW, by=by)
    _end(held)
    record(case, CaseEventKind.RELEASED, by=by, before={"investigator": held.investigator_id})
    return case


def end_assignment(case: FraudCase) -> None:
    """A decided case is held by nobody; in the caller's transaction."""
    for held in CaseAssignment.objects.filter(case=case, ended_at=None):
        _end(held)


def simulate(*, most: int = BATCH) -> list[Choice]:
    """What the rules would do now with the cases to triage, in their order; nothing is written."""
    return _choose(list(_queue()[:most]), today=timezone.localdate())


def apply_rules() -> int:
    """Assign what waits for triage by the rules; returns how many."""
    done = 0
    for choice in simulate():
        if choice.investigator is not None:
            done += _apply(choice, to=choice.investigator)
    return done


def _apply(choice: Choice, *, to: User) -> bool:
    """Somebody may have been faster, or the load full meanwhile: then the case waits for the next time."""
    with transaction.atomic():
        _assign_alone()
        case = locked_standing(choice.case.pk)
        if case.status != CaseStatus.NEW:
            return False
        try:
            assign(case.pk, to=to, by=None)
        except (AbsentError, LoadError):
            return False
    return True


def _choose(cases: Sequence[FraudCase], *, today: dt.date) -> list[Choice]:
    """Each case to the first rule that fits and whose investigator is present and has room left."""
    rules = [
        rule
        for rule in AssignmentRule.objects.filter(is_active=True).select_related("investigator")
        if rule.investigator.is_active
    ]
    absent = set(Absence.objects.on(today).values_list("investigator_id", flat=True))
    room = _rooms()
    choices = []
    for case in cases:
        fitting = (rule for rule in rules if rule.fits(case) and rule.investigator_id not in absent)
        rule = next((rule for rule in fitting if room[rule.investigator_id] > 0), None)
        if rule is not None:
            room[rule.investigator_id] -= 1
        choices.append(Choice(case=case, rule=rule, investigator=rule.investigator if rule else None))
    return choices


def load_of(investigator_id: int) -> int:
    """How many cases somebody holds now."""
    return CaseAssignment.objects.filter(investigator_id=investigator_id, ended_at=None).count()


def _rooms() -> Counter[int]:
    """Free places by investigator; none for whoever has no workload."""
    held = Counter(CaseAssignment.objects.filter(ended_at=None).values_list("investigator_id", flat=True))
    most = Workload.objects.values_list("investigator_id", "most_cases")
    return Counter({investigator: number - held[investigator] for investigator, number in most})


def _check_free(to: User, *, today: dt.date) -> None:
    if Absence.objects.on(today).filter(investigator=to).exists():
        raise AbsentError("Cette personne est absente aujourd’hui.")
    cap = Workload.objects.filter(investigator=to).values_list("most_cases", flat=True).first()
    if cap is not None and load_of(to.pk) >= cap:
        raise LoadError(f"Cette personne tient déjà {cap} dossiers, le maximum pour elle.")


def _assign_alone() -> None:
    """For the length of the transaction, and before any case is locked: in another order two could wait for each
    other."""
    run("SELECT pg_advisory_xact_lock(%s)", [ASSIGN_LOCK])


def _queue() -> QuerySet[FraudCase]:
    return FraudCase.objects.to_triage().order_by("-severity", "-amount_at_stake", "due_on", "pk")


def _end(held: CaseAssignment) -> None:
    held.ended_at = timezone.now()
    held.save(update_fields=["ended_at"])

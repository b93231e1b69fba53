"""Lifting the identity of whoever reported: the one way by which it leaves the house.

Inside, whoever holds a case sees its people with a reason (``unveiling``). To give an identity to a court or a
prosecutor, or on the person's own word, two people agree; only these two read it here, for some days. Each reading
is in the person's list of accesses, and they are told in their space what was given, to whom and why: at once, or
later where that would endanger an investigation or proceedings (see ``lift_telling``).
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from ameli_notify.core.sql import fetch_value
from fraud.cases.decision_models import CaseApproval
from fraud.cases.disclosure_models import IdentityLift, LiftBasis
from fraud.cases.disclosure_querysets import LiftQuerySet
from fraud.cases.enums import ApprovalSubject, CaseEventKind, DeferralReason, LiftGround, NoticeKind, ParameterCode
from fraud.cases.events import CaseError, locked_standing, record
from fraud.cases.lift_telling import KIND, TOO_LATE, tell_person
from fraud.cases.models import FraudCase
from fraud.cases.notices import tell_all, who_may
from fraud.cases.parameters import parameter
from fraud.cases.refusals import tell_of

_REFUSED: Final = {
    "case_lifted_by_two": "Cette levée demande d’abord l’accord, encore valable, d’une autre personne que vous.",
    "case_lifted_for_a_time": "Ce signalement n’est plus dans ce dossier.",
    "fraud_identitylift_approval_id_key": "Cet accord a déjà servi.",
    "lift_deferred_for_a_time": TOO_LATE,
    "lift_deferred_with_reason": "L’information ne se reporte que pour une enquête ou une procédure, jusqu’à un jour.",
}
_LOGGED: Final = {
    LiftGround.REQUISITION: "à l’autorité judiciaire",
    LiftGround.PROSECUTOR: "au procureur de la République",
    LiftGround.CONSENT: "avec votre accord",
}
"""As the person reads it in their list of accesses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferral:
    """Telling the person later: why, and until which day at the latest."""

    reason: DeferralReason
    until: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftedIdentity:
    """Who reported, as far as a court needs it. ``birth_date``: as declared where it is of no calendar."""

    first_names: str
    birth_name: str
    usage_name: str
    birth_date: str


def lift(
    case_id: int, *, approval_id: int, ground: LiftGround, reference: str, by: User, deferral: Deferral | None = None
) -> IdentityLift:
    """Lift the identity of the author of the report that the agreement names, and tell them. Raises CaseError.

    With ``deferral`` they are told later; never on their own consent.
    """
    if deferral is not None and deferral.until <= timezone.localdate():
        raise CaseError("Un report va jusqu’à un jour à venir.")
    try:
        with transaction.atomic():
            case = locked_standing(case_id)
            agreed = CaseApproval.objects.get(pk=approval_id, case=case, subject=ApprovalSubject.LIFT_IDENTITY)
            if agreed.report_id is None:
                raise CaseError("Cet accord ne dit pas pour quel signalement.")
            days = int(parameter(ParameterCode.LIFT_DAYS, day=timezone.localdate()))
            now: dt.datetime = fetch_value("SELECT now()")
            made = IdentityLift(
                case=case,
                report_id=agreed.report_id,
                approval=agreed,
                ground=ground,
                reference=reference,
                legal_basis=basis_of(ground),
                lifted_at=now,
                lifted_by=by,
                ends_at=now + dt.timedelta(days=days),
                deferral=deferral.reason if deferral else "",
                tell_on=deferral.until if deferral else None,
                told_at=None if deferral else now,
            )
            _check_reference(made)
            made.save()
            _record(made, by=by)
            tell_all(set(who_may("view_caseopening")) - {by.pk}, case=case, kind=NoticeKind.LIFTED)
            if deferral is None:
                tell_person(made, by=by)
    except IntegrityError as error:
        tell_of(error, _REFUSED)
    return made


def bases_in_force() -> dict[LiftGround, LiftBasis]:
    """The texts of each ground that hold today."""
    rows = LiftBasis.objects.on(timezone.localdate()).order_by("valid_from")
    return {LiftGround(one.ground): one for one in rows}


def basis_of(ground: LiftGround) -> LiftBasis:
    """The texts that a ground rests on today. Raises CaseError."""
    found = bases_in_force().get(ground)
    if found is None:
        raise CaseError("Aucun texte en vigueur ne porte ce fondement : le service juridique l’inscrit d’abord.")
    return found


def _record(made: IdentityLift, *, by: User) -> None:
    after: dict[str, object] = {"lift": made.pk, "report": made.report_id, "ground": str(made.ground)}
    record(made.case, CaseEventKind.LIFTED, by=by, after=after)
    if made.tell_on is not None:
        until = {"lift": made.pk, "reason": str(made.deferral), "until": made.tell_on.isoformat()}
        record(made.case, CaseEventKind.DEFERRED, by=by, after=until)


def _check_reference(made: IdentityLift) -> None:
    try:
        made.clean_fields(exclude=[field.name for field in made._meta.fields if field.name != "reference"])
    except ValidationError as error:
        raise CaseError(f"Référence : {' '.join(error.messages)}") from None


def lifts_open_to(user: User, *, case: FraudCase) -> LiftQuerySet:
    """Identities of a case's reporters that somebody may read now."""
    return IdentityLift.objects.standing(now=timezone.now()).readable_by(user.pk).filter(case=case).order_by("pk")


@transaction.atomic
def lifted_identity(found: IdentityLift, *, by: User) -> LiftedIdentity:
    """The identity in clear; the reading goes into the log, with the ground, where the person sees it.

    ``found`` comes from ``lifts_open_to``. While the person is not to know yet, the log names the lift only: the
    register leads from there to the case, and the person is told of these readings with the rest.
    """
    report = found.report
    log_access(
        by=by,
        action=AccessAction.EXPORT,
        object_kind=KIND,
        object_id=found.pk,
        insured_id=report.insured_id if found.told_at is not None else None,
        reason=f"dossier {found.case.number} : identité donnée {_LOGGED[LiftGround(found.ground)]}",
    )
    person = InsuredPerson.objects.only("birth_name", "usage_name", "first_names", "birth_date_text", "born_on").get(
        pk=report.insured_id
    )
    return LiftedIdentity(
        first_names=person.first_names,
        birth_name=person.birth_name,
        usage_name=person.usage_name,
        birth_date=f"{person.born_on:%d/%m/%Y}" if person.born_on else person.birth_date_text,
    )

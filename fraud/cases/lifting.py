"""Lifting the identity of whoever reported: the one way by which it leaves the house.

Inside, whoever holds a case sees its people with a reason (``unveiling``). To give an identity to a court or a
prosecutor, or on the person's own word, two people agree; only these two read it here, for some days. Each reading
is in the person's list of accesses, and they are told at once, in their space, what was given, to whom and why:
whoever reports must learn it (law n° 2016-1691, art. 9; directive (EU) 2019/1937, art. 16).
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from ameli_notify.core.sql import fetch_value
from fraud.cases.decision_models import CaseApproval
from fraud.cases.disclosure_models import IdentityLift
from fraud.cases.disclosure_querysets import LiftQuerySet
from fraud.cases.enums import ApprovalSubject, CaseEventKind, LiftGround, NoticeKind, ParameterCode
from fraud.cases.events import CaseError, locked_standing, record
from fraud.cases.models import FraudCase
from fraud.cases.notices import tell_all, who_may
from fraud.cases.parameters import parameter
from fraud.cases.refusals import tell_of
from fraud.intake.following import write_message

KIND: Final = "fraud.identitylift"
_REFUSED: Final = {
    "case_lifted_by_two": "Cette levée demande d’abord l’accord, encore valable, d’une autre personne que vous.",
    "case_lifted_for_a_time": "Ce signalement n’est plus dans ce dossier.",
    "fraud_identitylift_approval_id_key": "Cet accord a déjà servi.",
}
_TO_WHOM: Final = {
    LiftGround.REQUISITION: "à l’autorité judiciaire, qui nous l’a demandée",
    LiftGround.PROSECUTOR: "au procureur de la République",
    LiftGround.CONSENT: "comme vous l’avez accepté par écrit",
}

_LOGGED: Final = {
    LiftGround.REQUISITION: "à l’autorité judiciaire",
    LiftGround.PROSECUTOR: "au procureur de la République",
    LiftGround.CONSENT: "avec votre accord",
}
"""As the person reads it in their list of accesses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftedIdentity:
    """Who reported, as far as a court needs it. ``birth_date``: as declared where it is of no calendar."""

    first_names: str
    birth_name: str
    usage_name: str
    birth_date: str


def lift(case_id: int, *, approval_id: int, ground: LiftGround, reference: str, by: User) -> IdentityLift:
    """Lift the identity of the author of the report that the agreement names, and tell them. Raises CaseError."""
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
                lifted_by=by,
                ends_at=now + dt.timedelta(days=days),
            )
            _check_reference(made)
            made.save()
            after = {"lift": made.pk, "report": agreed.report_id, "ground": str(ground)}
            record(case, CaseEventKind.LIFTED, by=by, after=after)
            tell_all(set(who_may("view_caseopening")) - {by.pk}, case=case, kind=NoticeKind.LIFTED)
            write_message(agreed.report_id, text=_words(ground, until=made.ends_at), by=by)
    except IntegrityError as error:
        tell_of(error, _REFUSED)
    return made


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

    ``found`` comes from ``lifts_open_to``.
    """
    report = found.report
    log_access(
        by=by,
        action=AccessAction.EXPORT,
        object_kind=KIND,
        object_id=found.pk,
        insured_id=report.insured_id,
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


def _words(ground: LiftGround, *, until: dt.datetime) -> str:
    return (
        f"Votre identité a été communiquée {_TO_WHOM[ground]}.\n\n"
        f"Fondement : {ground.label}. Deux agents de l’Assurance Maladie l’ont décidé ensemble. Eux seuls peuvent la "
        f"lire pour la transmettre, jusqu’au {date_format(timezone.localtime(until))}. Nous ne la donnons ni au "
        "professionnel ni à l’établissement que votre signalement concerne.\n\n"
        "Chaque lecture est inscrite dans « Qui a consulté mes données ». Si vous craignez des suites pour vous, "
        "écrivez-nous ici, ou appelez-nous."
    )

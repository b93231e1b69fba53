"""Telling a person that their identity was made known: at once, or later while that would endanger proceedings.

Whoever reports must learn it (law n° 2016-1691, art. 9; directive (EU) 2019/1937, art. 16), unless it would endanger
an investigation or court proceedings: then, for a reason from a closed list, until a day that the figure of the house
limits. That day may be put off again by the two who agreed, each time as an event of the case; the job of the day
tells whoever is due, and anybody who works on the case may tell them before.
"""

import datetime as dt
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from accounts.access.models import AccessLog
from accounts.staff.models import User
from fraud.cases.disclosure_models import IdentityLift
from fraud.cases.enums import CaseEventKind, DeferralReason, LiftGround, NoticeKind
from fraud.cases.events import CaseError, locked, record
from fraud.cases.notices import tell_all, who_may
from fraud.cases.refusals import tell_of
from fraud.intake.following import write_message

KIND: Final = "fraud.identitylift"
TOO_LATE: Final = "Ce jour est trop loin : le paramètre « report de l’information » dit jusqu’où l’on peut reporter."
TOLD: Final = "Cette personne est déjà informée."
_TO_WHOM: Final = {
    LiftGround.REQUISITION: "à l’autorité judiciaire, qui nous l’a demandée",
    LiftGround.PROSECUTOR: "au procureur de la République",
    LiftGround.CONSENT: "comme vous l’avez accepté par écrit",
}


@transaction.atomic
def tell_now(lift_id: int, *, by: User) -> IdentityLift:
    """Tell the person before the day that was set. Raises CaseError when they were told."""
    lift = _locked_untold(lift_id)
    _tell(lift, by=by)
    return lift


def defer(lift_id: int, *, until: dt.date, by: User) -> IdentityLift:
    """Put the day off, by one of the two who agreed; those who watch over accesses are told. Raises CaseError."""
    if until <= timezone.localdate():
        raise CaseError("Un report va jusqu’à un jour à venir.")
    try:
        with transaction.atomic():
            lift = _locked_untold(lift_id)
            if not IdentityLift.objects.readable_by(by.pk).filter(pk=lift.pk).exists():
                raise CaseError("Seules les deux personnes qui ont décidé de la levée en reportent l’information.")
            before = {"until": lift.tell_on.isoformat() if lift.tell_on else ""}
            lift.tell_on = until
            lift.save(update_fields=["tell_on"])
            after = {"lift": lift.pk, "reason": str(lift.deferral), "until": until.isoformat()}
            record(lift.case, CaseEventKind.DEFERRED, by=by, before=before, after=after)
            tell_all(set(who_may("view_caseopening")) - {by.pk}, case=lift.case, kind=NoticeKind.LIFTED)
    except IntegrityError as error:
        tell_of(error, {"lift_deferred_for_a_time": TOO_LATE})
    return lift


def tell_due(*, today: dt.date) -> int:
    """Tell everybody whose day has come; returns how many. Twice a day tells once."""
    due = IdentityLift.objects.untold().filter(tell_on__lte=today).order_by("pk").values_list("pk", flat=True)
    told = 0
    for pk in list(due):
        with transaction.atomic():
            lift = _locked(pk)
            if lift.told_at is None and lift.tell_on is not None and lift.tell_on <= today:
                _tell(lift, by=None)
                told += 1
    return told


def tell_person(lift: IdentityLift, *, by: User) -> None:
    """The message in their space, in the caller's transaction; outside they learn that a message waits."""
    write_message(lift.report_id, text=_words(lift), by=by)


def _tell(lift: IdentityLift, *, by: User | None) -> None:
    tell_person(lift, by=by or lift.lifted_by)
    lift.told_at = timezone.now()
    lift.save(update_fields=["told_at"])
    record(lift.case, CaseEventKind.TOLD, by=by, after={"lift": lift.pk, "report": lift.report_id})


def _locked(lift_id: int) -> IdentityLift:
    """The case first, as everywhere, then the lift."""
    locked(IdentityLift.objects.values_list("case_id", flat=True).get(pk=lift_id))
    rows = IdentityLift.objects.select_for_update(of=("self",))
    return rows.select_related("case", "legal_basis", "lifted_by").get(pk=lift_id)


def _locked_untold(lift_id: int) -> IdentityLift:
    lift = _locked(lift_id)
    if lift.told_at is not None:
        raise CaseError(TOLD)
    return lift


def _words(lift: IdentityLift) -> str:
    ground = LiftGround(lift.ground)
    articles = f" ({lift.legal_basis.articles})" if lift.legal_basis else ""
    day = f" le {_day(lift.lifted_at)}" if lift.deferral else ""
    return (
        f"Votre identité a été communiquée{day} {_TO_WHOM[ground]}.\n\n"
        f"Fondement : {ground.label}{articles}. Deux agents de l’Assurance Maladie l’ont décidé ensemble. Personne "
        f"d’autre ne la lit ici, et eux seulement pour la transmettre, jusqu’au {_day(lift.ends_at)}. Nous ne la "
        "donnons ni au professionnel ni à l’établissement que votre signalement concerne.\n\n"
        f"{_about_readings(lift)} Si vous craignez des suites pour vous, écrivez-nous ici, ou appelez-nous."
    )


def _about_readings(lift: IdentityLift) -> str:
    if not lift.deferral:
        return "Chaque lecture est inscrite dans « Qui a consulté mes données »."
    read = list(
        AccessLog.objects.filter(object_kind=KIND, object_id=str(lift.pk), insured_id=None)
        .order_by("pk")
        .values_list("at", flat=True)
    )
    days = ", ".join(dict.fromkeys(_day(at) for at in read)) or "aucune à ce jour"
    return (
        f"Nous ne pouvions pas vous le dire plus tôt sans gêner {DeferralReason(lift.deferral).label}. Lectures faites "
        f"jusqu’ici : {days}. Les suivantes seront inscrites dans « Qui a consulté mes données »."
    )


def _day(at: dt.datetime) -> str:
    return date_format(timezone.localtime(at))

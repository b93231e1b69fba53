"""Telling a mutual about a case: after two people agreed, as little as it needs, for a time, and never about anybody
insured.

Nothing is sent from here. ``signals_for`` is the door by which the interface of the mutuals reads.
"""

import datetime as dt
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.models import User
from ameli_notify.core.sql import fetch_all, fetch_value
from fraud.cases.decision_models import CaseApproval
from fraud.cases.disclosure_models import SharedSignal
from fraud.cases.disclosure_querysets import SignalQuerySet
from fraud.cases.enums import SHAREABLE, SHAREABLE_AUTHORS, ApprovalSubject, CaseEventKind, ParameterCode
from fraud.cases.events import CaseError, locked, locked_standing, record
from fraud.cases.models import FraudCase
from fraud.cases.parameters import ParameterError, parameter
from fraud.cases.refusals import tell_of

KIND: Final = "fraud.sharedsignal"
_REFUSED: Final = {
    "case_shared_by_two": "Ce partage demande d’abord l’accord, encore valable, d’une autre personne que vous.",
    "case_shared_for_a_time": "Le partage avec les mutuelles n’est pas ouvert à ce jour.",
    "case_shared_with_reason": "Ce dossier n’a rien à dire à cette mutuelle.",
    "fraud_sharedsignal_approval_id_key": "Cet accord a déjà servi.",
}


def share(case_id: int, *, approval_id: int, by: User) -> SharedSignal:
    """Open a signal to the mutual that the agreement names. Raises CaseError.

    It says who billed and which natures of care, from when to when, of the lines that are held and that the mutual
    covered; it ends by itself after ``ParameterCode.SHARE_DAYS``. Without that figure sharing is not open.
    """
    try:
        with transaction.atomic():
            case = locked_standing(case_id)
            agreed = CaseApproval.objects.select_related("partner").get(
                pk=approval_id, case=case, subject=ApprovalSubject.SHARE
            )
            if agreed.partner is None:
                raise CaseError("Cet accord ne dit pas pour quelle mutuelle.")
            now, days = _database_now(), _days()
            _check(case)
            if standing_of(case, now=now).filter(partner=agreed.partner).exists():
                raise CaseError("Un signal est déjà ouvert à cette mutuelle.")
            natures, care_from, care_to = _of_lines(case, partner_id=agreed.partner.pk)
            made = SharedSignal.objects.create(
                case=case,
                partner=agreed.partner,
                approval=agreed,
                performer_rpps=case.performer_rpps,
                performer_finess=case.performer_finess,
                nature_codes=natures,
                care_from=care_from,
                care_to=care_to,
                outcome=case.outcome,
                shared_by=by,
                expires_at=now + dt.timedelta(days=days),
            )
            record(case, CaseEventKind.SHARED, by=by, after={"signal": made.pk, "partner": made.partner_id})
            reason = f"dossier {case.number} : partage avec {agreed.partner.code}"
            log_access(by=by, action=AccessAction.EXPORT, object_kind=KIND, object_id=made.pk, reason=reason)
    except IntegrityError as error:
        tell_of(error, _REFUSED)
    return made


@transaction.atomic
def revoke(signal_id: int, *, by: User) -> SharedSignal:
    """Take a signal back, by anybody who works on cases: it takes two to tell, one to stop. Raises CaseError."""
    case = locked(SharedSignal.objects.values_list("case_id", flat=True).get(pk=signal_id))
    signal = SharedSignal.objects.select_for_update(of=("self",)).get(pk=signal_id)
    if signal.revoked_at is not None:
        raise CaseError("Ce signal est déjà retiré.")
    signal.revoked_at, signal.revoked_by = timezone.now(), by
    signal.save(update_fields=["revoked_at", "revoked_by"])
    record(case, CaseEventKind.REVOKED, by=by, after={"signal": signal.pk, "partner": signal.partner_id})
    return signal


def signals_for(partner_id: int, *, now: dt.datetime) -> SignalQuerySet:
    """What a mutual may read at this instant, oldest first; whoever shows it calls ``note_reading``."""
    return SharedSignal.objects.standing(now=now).for_partner(partner_id).order_by("pk")


@transaction.atomic
def note_reading(signal: SharedSignal) -> None:
    """A mutual has read a signal: an event of the case, and with it a row of the sealed access log."""
    after = {"signal": signal.pk, "partner": signal.partner_id}
    record(signal.case, CaseEventKind.READ, by=None, after=after)


def standing_of(case: FraudCase, *, now: dt.datetime) -> SignalQuerySet:
    """Signals of a case that can be read now."""
    return SharedSignal.objects.standing(now=now).filter(case=case)


def _check(case: FraudCase) -> None:
    if case.outcome not in SHAREABLE:
        raise CaseError("On ne partage que ce qui est établi : une fraude, une faute ou un abus.")
    if case.author_category not in SHAREABLE_AUTHORS or (case.performer_rpps is None and not case.performer_finess):
        raise CaseError("On ne partage que ce qui concerne un professionnel ou un établissement, jamais un assuré.")


def _of_lines(case: FraudCase, *, partner_id: int) -> tuple[list[int], dt.date, dt.date]:
    """Natures of care, first and last day of the lines that are held and that the mutual covered."""
    rows = fetch_all(
        "SELECT nature_code, care_start FROM fraud_concerned_partners(%s) WHERE partner_id = %s", [case.pk, partner_id]
    )
    if not rows:
        raise CaseError("Cette mutuelle ne couvrait personne dans les lignes retenues de ce dossier.")
    days = [row[1] for row in rows]
    return sorted({row[0] for row in rows}), min(days), max(days)


def _days() -> int:
    try:
        return int(parameter(ParameterCode.SHARE_DAYS, day=timezone.localdate()))
    except ParameterError:
        raise CaseError(
            "Le partage avec les mutuelles n’est pas ouvert : aucune durée n’est en vigueur dans les paramètres."
        ) from None


def _database_now() -> dt.datetime:
    """The instant by which the database judges."""
    now: dt.datetime = fetch_value("SELECT now()")
    return now

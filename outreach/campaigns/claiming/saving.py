"""The result of a call, once for each claim. A result that comes too late is refused, and its note kept."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring
from outreach.campaigns.appointments.enums import Obstacle
from outreach.campaigns.appointments.services import (
    AppointmentError,
    Told,
    check_told,
    note_obstacles,
    plan_appointment,
)
from outreach.campaigns.campaign.dispositions import TRAITS, Disposition
from outreach.campaigns.claiming.enums import ClaimEnding, TaskStatus
from outreach.campaigns.claiming.following import Callback, check_callback, follow
from outreach.campaigns.claiming.holding import (
    MOST_ANSWERS,
    LateSaveError,
    NoteError,
    NotHeldError,
    checked_note,
    end_claim,
    keep_note,
    own_claim,
)
from outreach.campaigns.claiming.models import CallAttempt, CallClaim, CallDraft, CallTask
from outreach.campaigns.claiming.next_call import ClaimError
from outreach.campaigns.claiming.redaction import redact


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the adviser says of a call. ``callback`` goes with the disposition of that name, and with no other.

    ``appointment`` goes with one that was made, if the person wishes to have it in their space; ``obstacles`` with a
    call in which they talked.
    """

    disposition: Disposition
    note: str = ""
    answers: Sequence[str] = ()
    callback: Callback | None = None
    appointment: Told | None = None
    obstacles: frozenset[Obstacle] = frozenset()


def save_result(token: uuid.UUID, result: Result, *, by: User) -> CallAttempt:
    """Record what a call came to, with what follows from it, in one transaction.

    The same result again changes nothing. Raises LateSaveError after keeping the note; NotHeldError for a token that
    was never this adviser's; ClaimError before the number was shown; NoteError, CallbackError, AppointmentError.
    """
    note = checked_note(result.note)
    if TRAITS[result.disposition].needs_note and not note:
        raise NoteError("Ce résultat demande une note : dites en une phrase ce qu’il faut savoir.")
    with transaction.atomic():
        claim = own_claim(token, by=by)
        if claim.ended_at is None:
            return _record(claim, result, note=note, by=by)
        same = _same(claim, result, note=note)
        if same is not None:
            return same
        keep_note(claim, note=note, answers=result.answers, disposition=result.disposition, is_late=True)
    raise LateSaveError


def late_notes(adviser: User) -> QuerySet[CallDraft]:
    """Notes of this adviser that no result took up and none will: their hold ended, and nobody is asked about it."""
    drafts = CallDraft.objects.filter(adviser=adviser, claim__ended_at__isnull=False)
    lost = drafts.filter(Q(is_late=True) | ~Q(claim__task__status=TaskStatus.REVIEW))
    return lost.select_related("claim__task").order_by("pk")


@transaction.atomic
def discard_note(draft_id: int, *, by: User) -> None:
    """The adviser has dealt with a late note. Raises NotHeldError for somebody else's."""
    draft = late_notes(by).filter(pk=draft_id).first()
    if draft is None:
        raise NotHeldError
    draft.delete()


def _record(claim: CallClaim, result: Result, *, note: str, by: User) -> CallAttempt:
    if claim.dialled_at is None:
        raise ClaimError("Affichez le numéro et appelez avant d’enregistrer un résultat, ou rendez cet appel.")
    task = CallTask.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=claim.task_id)
    check_callback(task, result.disposition, result.callback)
    _check_appointment(result)
    redacted = redact(note)
    attempt = CallAttempt(
        claim=claim,
        task=task,
        insured_id=claim.insured_id,
        adviser=by,
        phone_lookup=claim.phone_lookup,
        number=task.attempts + 1,
        started_at=claim.dialled_at,
        disposition=result.disposition,
        answers=list(result.answers)[:MOST_ANSWERS],
        redactions=list(redacted.kinds),
    )
    if redacted.text:
        attempt.note_sealed = key_ring().seal(redacted.text, context=attempt.note_context)
    attempt.save()
    _write_appointment(attempt, result, territory=task.territory, by=by)
    end_claim(claim, ClaimEnding.SAVED)
    CallDraft.objects.filter(claim=claim).delete()
    task.attempts = attempt.number
    follow(task, result.disposition, callback=result.callback, by=by)
    return attempt


def _check_appointment(result: Result) -> None:
    """Raises AppointmentError for what does not go with the result."""
    if result.appointment is not None:
        if result.disposition is not Disposition.APPOINTMENT_MADE:
            raise AppointmentError("La date d’un rendez-vous ne va qu’avec le résultat « Rendez-vous pris ».")
        check_told(result.appointment)
    if result.obstacles and not TRAITS[result.disposition].reached:
        raise AppointmentError("Ce qui complique un rendez-vous, seule la personne elle-même le dit.")


def _write_appointment(attempt: CallAttempt, result: Result, *, territory: str, by: User) -> None:
    """In the caller's transaction. A number typed into the doctor's name is taken out like one in a note."""
    note_obstacles(result.obstacles, attempt_id=attempt.pk, insured_id=attempt.insured_id)
    if result.appointment is not None:
        told = replace(result.appointment, practitioner=redact(result.appointment.practitioner).text)
        plan_appointment(told, attempt_id=attempt.pk, insured_id=attempt.insured_id, territory=territory, by=by)


def _same(claim: CallClaim, result: Result, *, note: str) -> CallAttempt | None:
    """What was recorded for this claim already, if it says the same: a button pressed twice."""
    attempt = CallAttempt.objects.filter(claim=claim).first()
    if attempt is None or attempt.disposition != result.disposition or _note(attempt) != redact(note).text:
        return None
    return attempt


def _note(attempt: CallAttempt) -> str:
    return "" if attempt.note_sealed is None else key_ring().open(attempt.note_sealed, context=attempt.note_context)

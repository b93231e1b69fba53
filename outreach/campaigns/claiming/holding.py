"""What an adviser does with a call in hand: stay on it, note, give it back; and take up a lost one."""

import uuid
from collections.abc import Sequence
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel, contact_context
from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.claiming.enums import LOST, ClaimEnding, TaskStatus
from outreach.campaigns.claiming.models import CallClaim, CallDraft, CallTask
from outreach.campaigns.claiming.next_call import LEASE, ClaimError, take
from outreach.campaigns.claiming.redaction import redact

LONGEST_NOTE: Final = 1_000
"""Characters: what helps the follow-up, no story."""
MOST_ANSWERS: Final = 20


class NotHeldError(ClaimError):
    """The adviser does not hold this call, or no longer."""

    def __init__(self) -> None:
        super().__init__("Vous ne tenez plus cet appel.")


class LateSaveError(ClaimError):
    """The hold had ended: nothing was recorded, the note is kept apart for its adviser."""

    def __init__(self) -> None:
        super().__init__(
            "Vous ne teniez plus cet appel : le résultat n’est pas enregistré. Votre note est gardée à part, sur votre "
            "poste."
        )


class NoteError(ValueError):
    """A note that cannot be kept. The text is French, for the adviser."""


def held_by(adviser: User) -> CallClaim | None:
    """The call that the adviser has in hand."""
    claims = CallClaim.objects.select_related("task__campaign")
    return claims.filter(adviser=adviser, ended_at=None).first()


@transaction.atomic
def keep_on(token: uuid.UUID, *, by: User) -> CallClaim:
    """The adviser is still there: the hold lasts again as long. Raises NotHeldError."""
    claim = locked_claim(token, by=by)
    claim.leased_until = timezone.now() + LEASE
    claim.save(update_fields=["leased_until"])
    return claim


def number_of(claim: CallClaim) -> str:
    """The number to dial, in its international form; empty when the person has another one since."""
    channel = ContactChannel.objects.filter(
        insured_id=claim.insured_id, address_lookup=claim.phone_lookup, ended_at=None,
        kind__in=(ContactKind.MOBILE, ContactKind.LANDLINE),
    ).first()  # fmt: skip
    if channel is None:
        return ""
    return key_ring().open(channel.address_sealed, context=contact_context(claim.insured_id, channel.kind))


@transaction.atomic
def give_back(token: uuid.UUID, *, by: User) -> None:
    """Return a call that was not made, for somebody else. Raises NotHeldError, ClaimError once it was dialled."""
    claim = locked_claim(token, by=by)
    if claim.dialled_at is not None:
        raise ClaimError("Vous avez affiché le numéro : enregistrez le résultat de l’appel.")
    end_claim(claim, ClaimEnding.GIVEN_BACK)
    CallTask.objects.filter(pk=claim.task_id, status=TaskStatus.CLAIMED).update(status=TaskStatus.READY)


def write_draft(
    token: uuid.UUID,
    *,
    by: User,
    note: str,
    answers: Sequence[str] | None = None,
    disposition: Disposition | None = None,
    by_itself: bool = False,
) -> CallDraft:
    """Keep what the adviser has noted so far, redacted. Without ``answers`` those that are kept stay.

    ``by_itself``: the page sent it while the adviser typed; one that arrives after their own result is dropped. Raises
    LateSaveError, after keeping a note that is not empty, when the hold had ended; NotHeldError, NoteError.
    """
    with transaction.atomic():
        claim = own_claim(token, by=by)
        is_late = claim.ended_at is not None
        if is_late and (not note.strip() or (by_itself and claim.ending == ClaimEnding.SAVED)):
            raise NotHeldError
        if not is_late:
            claim.leased_until = timezone.now() + LEASE
            claim.save(update_fields=["leased_until"])
        draft = keep_note(claim, note=note, answers=answers, disposition=disposition, is_late=is_late)
    if is_late:
        raise LateSaveError
    return draft


def keep_note(
    claim: CallClaim, *, note: str, answers: Sequence[str] | None, disposition: Disposition | None, is_late: bool
) -> CallDraft:
    """Write the one draft of a claim, in the caller's transaction. Raises NoteError."""
    redacted = redact(checked_note(note))
    draft = CallDraft(claim=claim, insured_id=claim.insured_id, adviser_id=claim.adviser_id)
    values = {
        "insured_id": claim.insured_id,
        "adviser_id": claim.adviser_id,
        "disposition": disposition or "",
        "note_sealed": key_ring().seal(redacted.text, context=draft.note_context),
        "redactions": list(redacted.kinds),
        "is_late": is_late,
        "written_at": Now(),
    }
    if answers is not None:
        values["answers"] = list(answers)[:MOST_ANSWERS]
    draft, _ = CallDraft.objects.update_or_create(claim=claim, defaults=values)
    return draft


def note_of(draft: CallDraft) -> str:
    return key_ring().open(draft.note_sealed, context=draft.note_context)


def checked_note(note: str) -> str:
    """A note as it may be kept. Raises NoteError. The end of a line is one character, as browsers count it."""
    text = note.replace("\r\n", "\n").strip()
    if len(text) > LONGEST_NOTE:
        raise NoteError(f"Une note a {LONGEST_NOTE} caractères au plus : gardez ce qui aide au suivi.")
    if "\x00" in text:
        raise NoteError("Cette note contient un caractère qui ne s’enregistre pas.")
    return text


@transaction.atomic
def take_up(task_id: int, *, by: User) -> CallClaim:
    """Hold again a call that was lost after its number was shown, to say what it came to. Raises ClaimError.

    Its own adviser may, or whoever runs campaigns.
    """
    task = CallTask.objects.select_for_update(of=("self",)).filter(pk=task_id, status=TaskStatus.REVIEW).first()
    last = CallClaim.objects.filter(task_id=task_id).order_by("-claimed_at").first()
    if task is None or last is None:
        raise ClaimError("Cet appel a déjà été précisé.")
    if last.adviser_id != by.pk and not by.has_perm("outreach.run_callcampaign"):
        raise ClaimError("Cet appel est celui d’un autre conseiller.")
    try:
        with transaction.atomic():
            token = take(
                task.pk, insured_id=task.insured_id, phone=task.phone_lookup, by=by, dialled_at=last.dialled_at
            )
    except IntegrityError:
        raise ClaimError("Vous, ou un autre conseiller avec cette personne, avez un appel en cours.") from None
    claim = CallClaim.objects.get(token=token)
    _move_draft(last, to=claim)
    return claim


def _move_draft(lost: CallClaim, *, to: CallClaim) -> None:
    """What was noted in a lost call is there again when it is taken up."""
    draft = CallDraft.objects.filter(claim=lost).first()
    if draft is not None:
        chosen = Disposition(draft.disposition) if draft.disposition else None
        keep_note(to, note=note_of(draft), answers=draft.answers, disposition=chosen, is_late=False)
        draft.delete()


def to_review(adviser: User) -> list[CallTask]:
    """Calls that this adviser lost after showing their number, oldest first."""
    lost = CallClaim.objects.filter(adviser=adviser, ending__in=LOST, task__status=TaskStatus.REVIEW)
    return list(CallTask.objects.filter(Q(pk__in=lost.values("task"))).select_related("campaign").order_by("pk"))


def locked_claim(token: uuid.UUID, *, by: User) -> CallClaim:
    """The open claim, for the length of the transaction. Raises NotHeldError.

    A lease that has run out but that nobody ended is still the adviser's: the row is the fence, not the clock.
    """
    claims = CallClaim.objects.select_for_update(of=("self",))
    claim = claims.filter(token=token, adviser=by, ended_at=None).first()
    if claim is None:
        raise NotHeldError
    return claim


def own_claim(token: uuid.UUID, *, by: User) -> CallClaim:
    """A claim that is or was this adviser's, for the length of the transaction. Raises NotHeldError."""
    claim = CallClaim.objects.select_for_update(of=("self",)).filter(token=token, adviser=by).first()
    if claim is None:
        raise NotHeldError
    return claim


def end_claim(claim: CallClaim, ending: ClaimEnding) -> None:
    claim.ended_at, claim.ending = timezone.now(), ending
    claim.save(update_fields=["ended_at", "ending"])

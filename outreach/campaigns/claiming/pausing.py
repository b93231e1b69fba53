"""An adviser's pauses: taken and ended by themselves, with a reason from a short list."""

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.staff.models import User
from outreach.campaigns.claiming.enums import PauseReason
from outreach.campaigns.claiming.models import AdviserPause
from outreach.campaigns.claiming.next_call import ClaimError


def begin_pause(*, by: User, reason: PauseReason) -> AdviserPause:
    """Take no call from now on. Raises ClaimError during another pause."""
    try:
        with transaction.atomic():
            return AdviserPause.objects.create(adviser=by, reason=reason)
    except IntegrityError:
        raise ClaimError("Vous êtes déjà en pause.") from None


def end_pause(*, by: User) -> int:
    """Take calls again; returns how many pauses that ended, none or one."""
    return AdviserPause.objects.filter(adviser=by, ended_at=None).update(ended_at=Now())


def pause_of(adviser: User) -> AdviserPause | None:
    """The pause that the adviser is in."""
    return AdviserPause.objects.filter(adviser=adviser, ended_at=None).first()

"""Sessions of partners' users: 15 minutes without activity, 12 hours at most, as everybody's.

They are none of Django's authentication: ``request.user`` stays nobody. No page of the staff or of insured people can
know a partner's user, whatever it forgets to ask; and the partner's pages know nobody else.
"""

import time
from typing import Final

from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.identity.models import InsuredAccount
from accounts.identity.sessions import IDLE, LONGEST, SEEN_EVERY, Ended
from accounts.partners.portal.models import PartnerUser

SESSION_KEY: Final = "partner_portal"


def may_enter(member: PartnerUser) -> bool:
    """Whether the account is one of a partner and of nobody else, open, and not removed."""
    user = member.user
    is_others = user.is_staff or user.is_superuser or InsuredAccount.objects.filter(user=user).exists()
    return member.joined_at is not None and member.removed_at is None and user.is_active and not is_others


def open_session(request: HttpRequest, member: PartnerUser) -> None:
    """Sign in: whatever the session held before is gone, its key and the forms' token are new."""
    now = int(time.time())
    request.session.flush()
    request.session[SESSION_KEY] = {
        "member": member.pk,
        "hash": member.user.get_session_auth_hash(),
        "started_at": now,
        "seen_at": now,
    }
    request.session.cycle_key()
    rotate_token(request)
    PartnerUser.objects.filter(pk=member.pk).update(last_sign_in_at=timezone.now())


def member_of(request: HttpRequest) -> PartnerUser | Ended | None:
    """Who is signed in; why nobody is any more; None for who never was. Notes the activity."""
    kept = request.session.get(SESSION_KEY)
    if kept is None:
        return None
    now = time.time()
    if now - kept["started_at"] >= LONGEST.total_seconds():
        return Ended.TOO_LONG
    if now - kept["seen_at"] >= IDLE.total_seconds():
        return Ended.IDLE
    member = PartnerUser.objects.select_related("user", "partner").filter(pk=kept["member"]).first()
    if member is None or not may_enter(member):
        return Ended.REVOKED
    if not constant_time_compare(kept["hash"], member.user.get_session_auth_hash()):
        return Ended.REVOKED
    if now - kept["seen_at"] >= SEEN_EVERY.total_seconds():
        request.session[SESSION_KEY] = {**kept, "seen_at": int(now)}
    return member


def close_session(request: HttpRequest) -> None:
    """Forget everything that the session held."""
    request.session.flush()

"""A person changes their password in an open session: the old one, after a fresh code; other sessions are closed."""

import logging

from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest

from accounts.identity import quotas
from accounts.identity.activity import note
from accounts.identity.enums import SecurityMessageKind
from accounts.identity.events import AccountEventKind
from accounts.identity.factors import Refused
from accounts.identity.models import OpenSession
from accounts.identity.outbox import post_notice
from accounts.identity.proving import save_password
from accounts.identity.reach import notice_contacts
from accounts.identity.sessions import change_key, revoke_others
from ameli_notify.core.limits import RetryAfter

logger = logging.getLogger(__name__)


def change_password(request: HttpRequest, session: OpenSession, *, old: str, new: str) -> Refused | RetryAfter | None:
    """None when the password is changed: this session goes on under a new key, the others are over, notices are posted.

    Refused when ``old`` is wrong; such tries count with those of the sign-in. Raises ValidationError when ``new``
    is refused.
    """
    account = session.account
    person = account.insured
    blocked = quotas.use(quotas.PASSWORDS, request, person=person.nir_lookup)
    if blocked:
        return blocked
    if not account.user.check_password(old):
        logger.info("change of password refused", extra={"account": account.pk})
        return Refused()
    with transaction.atomic():
        save_password(new, user=account.user, person=person)
        revoke_others(account, keep=session.pk)
        post_notice(SecurityMessageKind.PASSWORD_CHANGED, contacts=notice_contacts(person.pk))
        note(person.pk, AccountEventKind.PASSWORD_CHANGED)
    update_session_auth_hash(request, account.user)
    change_key(request, session)
    quotas.give_back(quotas.PASSWORDS, person=person.nir_lookup)
    logger.info("password changed", extra={"account": account.pk})
    return None

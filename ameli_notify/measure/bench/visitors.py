"""People who are signed in: each went through the services of the sign-in, and keeps what their browser would."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest

from accounts.identity.devices import CodeDevice
from accounts.identity.enums import CodeChannel
from accounts.identity.models import InsuredAccount
from accounts.identity.sign_in import finish_sign_in
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.sign_in import check_code, check_password

BROWSER: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in_people(ids: Sequence[int]) -> list[str]:
    """Open a session for each of these people; returns the value of their session cookie, in the same order."""
    by_id = InsuredPerson.objects.in_bulk(ids)
    return [_sign_in(by_id[each]) for each in ids]


def sign_in_staff(user: User, *, password: str) -> str:
    """Sign a member of the staff in with both factors; returns the value of their session cookie.

    Raises RuntimeError when the sign-in refuses.
    """
    request = _request()
    if check_password(request, username=user.username, password=password) is not None:
        raise RuntimeError("the password was refused")
    code = f"{user.stafftotpdevice_set.get().totp().token():06d}"
    if check_code(request, user=user, code=code) is not None:
        raise RuntimeError("the code was refused")
    request.session.save()
    return str(request.session.session_key)


@transaction.atomic
def _sign_in(person: InsuredPerson) -> str:
    # No password: it is not what is measured, and hashing one takes longer than all the rest.
    user = User.objects.create_user(str(person.public_id))
    account = InsuredAccount.objects.create(user=user, insured=person)
    device = CodeDevice.objects.create(user=user, channel=CodeChannel.EMAIL, name=CodeChannel.EMAIL.label)
    request = _request()
    finish_sign_in(request, account, device=device)
    request.session.save()
    return str(request.session.session_key)


def _request() -> HttpRequest:
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": BROWSER}
    request.user = AnonymousUser()
    request.session = _new_session()
    return request


def _new_session() -> SessionBase:
    engine: Any = import_module(settings.SESSION_ENGINE)
    return cast("SessionBase", engine.SessionStore())

"""Who came in by a code: noted in the session of the server, for half an hour without activity."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from fraud.replies.models import RightOfReply
from fraud.replies.rights import is_alive
from fraud.replies.walls import RIGHT, as_respondent

_P = ParamSpec("_P")
View = Callable[Concatenate[HttpRequest, RightOfReply, _P], HttpResponseBase]

SESSION_KEY: Final = "right_of_reply"
IDLE_SECONDS: Final = 30 * 60


def begin(request: HttpRequest, right: RightOfReply) -> None:
    """Let the visitor in, under a new session key. A new letter ends what the code before it opened."""
    request.session.cycle_key()
    request.session[SESSION_KEY] = {"right": right.pk, "code_at": _code_at(right), "seen_at": int(time.time())}


def leave(request: HttpRequest) -> None:
    """Forget that a code was given here."""
    request.session.pop(SESSION_KEY, None)


def entered(request: HttpRequest) -> RightOfReply | None:
    """The right that the visitor's code opens now, with the columns that they may read."""
    mark = request.session.get(SESSION_KEY)
    if mark is None:
        return None
    codes = RightOfReply.objects.only("code_issued_at").filter(pk=mark["right"]).exclude(code_hash=None).first()
    if time.time() - mark["seen_at"] > IDLE_SECONDS or codes is None or _code_at(codes) != mark["code_at"]:
        return None
    with as_respondent(mark["right"]):
        right = RightOfReply.objects.only(*RIGHT).filter(pk=mark["right"]).first()
    if right is None or not is_alive(right):
        return None
    request.session[SESSION_KEY] = {**mark, "seen_at": int(time.time())}
    return right


def code_required(view: View[_P]) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
    """Give the view the right that the visitor's code opens; whoever gave none is asked for it. Never stored."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        right = entered(request)
        if right is None:
            if SESSION_KEY in request.session:
                leave(request)
                messages.warning(request, "Votre accès a pris fin. Saisissez de nouveau votre code pour continuer.")
            return redirect("reply")
        return view(request, right, *args, **kwargs)

    return cast("Callable[Concatenate[HttpRequest, _P], HttpResponseBase]", login_not_required(never_cache(guarded)))


def _code_at(right: RightOfReply) -> str:
    return right.code_issued_at.isoformat() if right.code_issued_at else ""

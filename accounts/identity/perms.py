"""Who may open the pages of an insured person: that person, with both factors, in a session that is still open."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from accounts.identity.models import OpenSession
from accounts.identity.sign_in import is_confirmed

_P = ParamSpec("_P")
View = Callable[Concatenate[HttpRequest, OpenSession, _P], HttpResponseBase]


def session_of(request: HttpRequest) -> OpenSession | None:
    """The open session that the middleware found; None for everybody else, and without the middleware."""
    session: OpenSession | None = getattr(request, "open_session", None)
    return session


def insured_required(view: View[_P]) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
    """Give the view the open session of a verified insured person; nobody else gets in.

    Anonymous visitors are sent to the sign-in page, members of the staff are refused. Answers are never stored.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        user: Any = request.user  # the OTP middleware adds is_verified
        if user.is_authenticated and (user.is_staff or user.is_superuser):
            raise PermissionDenied
        session = session_of(request)
        if session is None or not user.is_authenticated or not user.is_verified():
            return redirect_to_login(request.get_full_path(), login_url=reverse("sign-in"))
        return view(request, session, *args, **kwargs)

    guarded.login_url = reverse_lazy("sign-in")  # type: ignore[attr-defined] # read by LoginRequiredMiddleware
    return cast("Callable[Concatenate[HttpRequest, _P], HttpResponseBase]", never_cache(guarded))


def confirmation_required(view: View[_P]) -> View[_P]:
    """Have a fresh code given first, for changes that could lock the owner out. Inside ``insured_required``."""

    @wraps(view)
    def guarded(request: HttpRequest, session: OpenSession, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        if is_confirmed(request):
            return view(request, session, *args, **kwargs)
        # What was posted is not kept: after the code the person chooses again, on the page they came from.
        return redirect_to_confirmation(request.path if request.method == "GET" else reverse("security"))

    return guarded


def redirect_to_confirmation(after: str) -> HttpResponse:
    """To the page that asks for a fresh code, and from there to ``after``."""
    return redirect(f"{reverse('confirm-identity')}?{urlencode({'next': after})}")

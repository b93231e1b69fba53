"""What the sign-in pages share: refusals in words, and where to go afterwards."""

from collections.abc import Mapping
from typing import Any, Final

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from accounts.identity.factors import Refused
from accounts.identity.perms import session_of
from ameli_notify.core.limits import RetryAfter

SPACE: Final = "/mon-espace/"
LANDING: Final = "my-space"
"""URL name of the page after sign-in, when no other was asked for."""


def page(
    request: HttpRequest, template: str, form: Form, *, status: int = 200, context: Mapping[str, Any] | None = None
) -> HttpResponse:
    """A page with a form."""
    return render(request, template, {"form": form, **(context or {})}, status=status)


def refuse(
    request: HttpRequest,
    template: str,
    form: Form,
    refusal: Refused | RetryAfter,
    *,
    message: str,
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The same page with the reason; 429 with Retry-After when a limit is reached."""
    if isinstance(refusal, Refused):
        form.add_error(None, message)
        return page(request, template, form, context=context)
    form.add_error(None, wait_fr(refusal))
    response = page(request, template, form, status=429, context=context)
    response["Retry-After"] = str(refusal.seconds)
    return response


def wait_fr(refusal: RetryAfter) -> str:
    """How long to wait after too many tries, in words."""
    return f"Trop d’essais ont été faits. Pour votre sécurité, patientez {_duration_fr(refusal)} avant de recommencer."


def wait_for_code_fr(refusal: RetryAfter) -> str:
    """How long to wait after too many requests for a code, in words."""
    wait = _duration_fr(refusal)
    return f"Trop de codes ont été demandés. Pour votre sécurité, patientez {wait} avant d’en demander un autre."


def _duration_fr(refusal: RetryAfter) -> str:
    minutes = -(-refusal.seconds // 60)
    if minutes > 90:
        return f"{-(-minutes // 60)} heures"
    return "une minute" if minutes == 1 else f"{minutes} minutes"


def is_signed_in(request: HttpRequest) -> bool:
    """Whether an insured person is here already."""
    user: Any = request.user  # the OTP middleware adds is_verified
    return session_of(request) is not None and bool(user.is_authenticated and user.is_verified())


def safe_next(request: HttpRequest, *, default: str = LANDING) -> str:
    """Where to go afterwards: a page of the person's space."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    allowed = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if allowed and wanted.startswith(SPACE) and wanted.isprintable() else reverse(default)


def with_next(request: HttpRequest, url_name: str, *, default: str = LANDING) -> str:
    """The address of a step, carrying on where to go afterwards."""
    wanted = safe_next(request, default=default)
    return reverse(url_name) if wanted == reverse(LANDING) else f"{reverse(url_name)}?{urlencode({'next': wanted})}"

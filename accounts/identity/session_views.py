"""The end of a session in view: how much time is left, and staying signed in."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.identity.models import OpenSession
from accounts.identity.pages import safe_next
from accounts.identity.perms import insured_required
from accounts.identity.sessions import WARNING, ends_at


@insured_required
@require_GET
def session_time(request: HttpRequest, session: OpenSession) -> JsonResponse:
    """How much time is left. Asking is no activity."""
    return _time_left(session)


@insured_required
@require_POST
def extend_session(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """« Rester connecté »: the middleware has just noted the activity. Twelve hours stay twelve hours."""
    if request.headers.get("X-Requested-With") == "fetch":
        return _time_left(session)
    return redirect(safe_next(request))


def _time_left(session: OpenSession) -> JsonResponse:
    """Seconds left, and seconds before the end at which to warn."""
    left = (ends_at(session) - timezone.now()).total_seconds()
    return JsonResponse({"seconds_left": max(0, int(left)), "warn_at": int(WARNING.total_seconds())})

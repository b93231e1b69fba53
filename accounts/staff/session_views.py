"""The end of a session of the staff in view: how much time is left, and staying signed in."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.identity.sessions import WARNING
from accounts.staff.sessions import seconds_left


@require_GET
def session_time(request: HttpRequest) -> JsonResponse:
    """How much time is left. Asking is no activity."""
    return _time_left(request)


@require_POST
def extend_session(request: HttpRequest) -> HttpResponse:
    """« Rester connecté »: the middleware has just noted the activity. Twelve hours stay twelve hours."""
    if request.headers.get("X-Requested-With") == "fetch":
        return _time_left(request)
    return redirect("admin:index")


def _time_left(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"seconds_left": seconds_left(request), "warn_at": int(WARNING.total_seconds())})

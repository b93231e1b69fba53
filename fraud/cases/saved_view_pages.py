"""Keeping and forgetting a view, from the inbox."""

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.staff.models import User
from accounts.staff.perms import signed_in
from fraud.cases.saved_views import CHOICES, SavedViewError, choices_of, drop_view, query_of, save_view, views_of

INBOX: Final = "admin:fraud_fraudcase_changelist"
PAGING: Final = {PAGE_VAR, ERROR_FLAG}
"""In an address, neither filter nor search."""


def own_views(request: HttpRequest) -> dict[str, Any]:
    """What the inbox shows of somebody's views: links, which one is shown, and what saving would keep."""
    shown = choices_of(request.GET.dict())
    query = urlencode(shown)
    rows = [
        {"view": view, "query": query_of(view), "is_shown": query_of(view) == query}
        for view in views_of(signed_in(request).pk)
    ]
    is_cut = bool(request.GET.keys() - CHOICES.keys() - PAGING)
    return {"own_views": rows, "kept": list(shown.items()), "is_cut": is_cut}


def save_view_page(request: HttpRequest) -> HttpResponse:
    """Keep what is shown, and show it again."""
    user = _reader(request)
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    query = request.POST.dict()
    try:
        view = save_view(query.get("nom", ""), query=query, by=user)
    except SavedViewError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"La vue « {view.name} » est enregistrée.")
    return redirect(f"{reverse(INBOX)}?{urlencode(choices_of(query))}")


def drop_view_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view; what is shown stays."""
    user = _reader(request)
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    if drop_view(pk, by=user):
        messages.success(request, "La vue est supprimée. Les dossiers, eux, ne changent pas.")
    else:
        messages.warning(request, "Cette vue était déjà supprimée.")
    return redirect(f"{reverse(INBOX)}?{urlencode(choices_of(request.POST.dict()))}")


def _reader(request: HttpRequest) -> User:
    user = signed_in(request)
    if not user.has_perm("fraud.view_fraudcase"):
        raise PermissionDenied
    return user

"""« Accueil », « Mes informations » and « Télécharger mes données ». Answers are never stored."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.identity import activity, quotas
from accounts.identity.events import AccountEventKind
from accounts.identity.models import OpenSession
from accounts.identity.pages import wait_fr
from accounts.identity.perms import insured_required, redirect_to_confirmation
from accounts.identity.sign_in import is_confirmed
from ameli_notify.my_space.home import home_of
from ameli_notify.my_space.information import information_of
from ameli_notify.my_space.my_data import data_archive


@insured_required
@require_safe
def my_space(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """« Accueil »."""
    return render(request, "ameli_notify/my_space/home.html", {"home": home_of(request, session)})


@insured_required
@require_safe
def my_information(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """« Mes informations »."""
    context = {"information": information_of(session.account)}
    return render(request, "ameli_notify/my_space/information.html", context)


@insured_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_data(request: HttpRequest, session: OpenSession) -> HttpResponseBase:
    """What the file holds, and the file itself after a fresh code; at most five times a day."""
    template = "ameli_notify/my_space/my_data.html"
    if request.method != "POST":
        return render(request, template, {"refusal": ""})
    if not is_confirmed(request):
        return redirect_to_confirmation(reverse("my-data"))
    person = session.account.insured
    blocked = quotas.use(quotas.DATA_DOWNLOADS, request, person=person.nir_lookup)
    if blocked is not None:
        response = render(request, template, {"refusal": wait_fr(blocked)}, status=429)
        response["Retry-After"] = str(blocked.seconds)
        return response
    activity.note(person.pk, AccountEventKind.DATA_DOWNLOADED)
    name = f"mes-donnees-{timezone.localdate().isoformat()}.zip"
    return StreamingHttpResponse(
        data_archive(request, session),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

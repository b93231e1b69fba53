"""The investigators' console: the stock Django admin behind two factors."""

from collections.abc import Iterable
from functools import cache, partial
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django_otp.admin import OTPAdminSite

from accounts.staff import passkey_views, session_views
from accounts.staff.models import User
from accounts.staff.views import sign_out
from ameli_notify.core.admin import ConsoleModelAdmin
from fraud.cases.news import news_for
from fraud.cases.notices import unread_of
from fraud.staffing.keyboard import keyboard_page, shortcuts_of
from outreach.digest.overview import overview


class Console(OTPAdminSite):
    """Django's admin, reachable only with a verified device."""

    site_header = "Console"
    site_title = "Console de l’Assurance Maladie"
    index_title = "Vue d’ensemble"
    enable_nav_sidebar = True
    site_url = None

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[Any] | None = None,
        **options: Any,
    ) -> None:
        """Take pages of the house only.

        Packages register pages of their own, which count big tables and allow what nobody decided; where one of
        their tables is worth showing, ``ameli_notify.admin`` has a page for it.
        """
        if admin_class is not None and issubclass(admin_class, ConsoleModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = [
            path("cles-d-acces/", self.admin_view(passkey_views.my_passkeys), name="passkeys"),
            path("cles-d-acces/code/", self.admin_view(passkey_views.confirm_passkeys), name="passkeys_confirm"),
            path("cles-d-acces/defi/", self.admin_view(passkey_views.new_passkey_challenge), name="passkeys_challenge"),
            path("cles-d-acces/ajouter/", self.admin_view(passkey_views.add_passkey), name="passkeys_add"),
            path("session/", self.admin_view(session_views.session_time), name="session_time"),
            path("session/prolonger/", self.admin_view(session_views.extend_session), name="session_extend"),
            path("cles-d-acces/retirer/", self.admin_view(passkey_views.remove_passkey), name="passkeys_remove"),
            path("raccourcis/", self.admin_view(keyboard_page), name="keyboard"),
        ]
        return [*own, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Also what came for whoever looks, and the shortcuts that they want: asked once a page, when it is shown."""
        shown: dict[str, Any] = {"news": (), "shortcuts": ()}
        user = request.user
        if isinstance(user, User):
            shown = {"news": cache(partial(news_for, user)), "shortcuts": cache(partial(shortcuts_of, user.pk))}
        context: dict[str, Any] = super().each_context(request)
        return context | shown

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseRedirect:
        """Send to the sign-in in two steps."""
        query = urlencode({"next": request.GET.get("next") or reverse("admin:index")})
        return redirect(f"{reverse('staff-sign-in')}?{query}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return sign_out(request)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        user = request.user
        shown: dict[str, Any] = {"notices": [], "may_open_cases": False}
        if not isinstance(user, AnonymousUser):
            shown = {
                "overview": overview(for_user=user),
                "notices": unread_of(user.pk),
                "may_open_cases": user.has_perm("fraud.view_fraudcase"),
            }
        response: HttpResponse = super().index(request, shown | (extra_context or {}))
        return response

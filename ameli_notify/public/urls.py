"""Public pages, made from their list. Paths are in French, names in English."""

from collections.abc import Callable
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseBase
from django.urls import URLPattern, path

from ameli_notify.public import views
from ameli_notify.public.pages import PUBLIC_PAGES, PublicPage

VIEWS: Final = {
    "legal-notice": views.LegalNoticeView,
    "personal-data": views.PersonalDataView,
    "site-map": views.SiteMapView,
}
"""Pages that need more than their title, by URL name."""


def _view_of(page: PublicPage) -> Callable[..., HttpResponseBase]:
    return VIEWS.get(page.name, views.PublicPageView).as_view(page=page)


urlpatterns: list[URLPattern] = [
    *(path(page.path, login_not_required(_view_of(page)), name=page.name) for page in PUBLIC_PAGES),
    path("robots.txt", login_not_required(views.robots), name="robots"),
]

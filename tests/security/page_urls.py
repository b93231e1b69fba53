"""The sign-in's URLs, and a page that forgets every filter."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import path

from accounts.access.views import InsuredPage
from accounts.identity.urls import urlpatterns as sign_in
from accounts.people.models import ContactChannel, InsuredPerson
from ameli_notify.urls import urlpatterns as site

_TEMPLATE = "{% for person in people %}{{ person.pk }} {% endfor %}{{ addresses }}"


class EverybodyPage(InsuredPage):
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        # Evaluated by the template only, after the view has returned.
        context = {"people": InsuredPerson.objects.only("pk").order_by("pk"), "addresses": ContactChannel.objects.count}
        return TemplateResponse(request, engines["django"].from_string(_TEMPLATE), context)


class StreamedPage(InsuredPage):
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return StreamingHttpResponse(str(person.pk) for person in InsuredPerson.objects.only("pk"))


urlpatterns = [path("tout/", EverybodyPage.as_view()), path("flux/", StreamedPage.as_view()), *sign_in, *site]

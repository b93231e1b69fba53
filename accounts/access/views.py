"""Pages of an insured person, read behind the wall of the database."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils.decorators import method_decorator
from django.views import View

from accounts.identity.models import OpenSession
from accounts.identity.perms import insured_required
from ameli_notify.core.walls import as_insured


class InsuredPage(View):
    """A page that only reads. Its queries, those of its template too, see the signed-in person's rows only.

    Whatever writes is a view of its own, outside the wall. An answer must not be streamed: what is read after the
    view returns is read without the wall.
    """

    http_method_names = ["get", "head", "options"]
    open_session: OpenSession

    @method_decorator(insured_required)
    def dispatch(self, request: HttpRequest, session: OpenSession, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.open_session = session
        with as_insured(session.account.insured_id):
            response = super().dispatch(request, *args, **kwargs)
            if response.streaming:
                raise TypeError("a streamed answer would be read outside the wall")
            if isinstance(response, SimpleTemplateResponse):
                response.render()
            return response

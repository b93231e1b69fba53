"""The base of a partner's pages: closed to everybody but a signed-in user of the partner, read behind its wall."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.identity.middleware import SAID_FR
from accounts.identity.pages import wait_fr
from accounts.identity.sessions import Ended
from accounts.partners.portal.forms import FreshCodeForm
from accounts.partners.portal.models import PartnerUser
from accounts.partners.portal.sessions import close_session, member_of
from accounts.partners.portal.sign_in import Refused, check_fresh_code
from accounts.partners.states import last_changes
from ameli_notify.core.limits import RetryAfter
from ameli_notify.core.walls import as_partner

WRONG_CODE: Final = (
    "Ce code n’a pas été accepté. Attendez que votre application en affiche un nouveau, puis saisissez-le : "
    "un code ne sert qu’une fois."
)


@method_decorator([login_not_required, never_cache, sensitive_post_parameters()], name="dispatch")
class PortalPage(View):
    """``context`` and the template read within the wall; a ``post`` writes outside it, on what it found inside.

    Django's own sign-in is not asked: a partner's user is nobody to it (``portal.sessions``).
    """

    http_method_names = ["get", "head", "post"]
    template: ClassVar[str]
    member: PartnerUser

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        member = member_of(request)
        if isinstance(member, Ended):
            close_session(request)
            messages.warning(request, SAID_FR[member])
        if not isinstance(member, PartnerUser):
            return redirect("portal-sign-in")
        self.member = member
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.page()

    def context(self) -> Mapping[str, Any]:
        """What the page shows; within the wall."""
        return {}

    def page(self, *, status: int = 200, **more: Any) -> HttpResponse:
        """The page. ``more`` takes precedence over ``context``."""
        with as_partner(self.member.partner_id):
            frame = {"member": self.member, "partner": self.member.partner, "pause": self._pause()}
            return render(self.request, self.template, {**frame, **self.context(), **more}, status=status)

    def refused_code(self, form: FreshCodeForm) -> HttpResponse | None:
        """None when the code in a valid form is right; else the page that says why not."""
        refusal = check_fresh_code(self.request, member=self.member, code=form.cleaned_data["code"])
        return None if refusal is None else refuse(self.request, form, refusal, show=self.page)

    def _pause(self) -> object:
        """Why the partner is paused, when it is."""
        if self.member.partner.state != "paused":
            return None
        return next(iter(last_changes(self.member.partner_id)), {})


def refuse(
    request: HttpRequest,
    form: Form,
    refusal: Refused | RetryAfter,
    *,
    show: Callable[..., HttpResponse],
    message: str = WRONG_CODE,
) -> HttpResponse:
    """The same page with the reason; 429 with Retry-After when a limit is reached. ``show(status=…, form=…)``."""
    if isinstance(refusal, Refused):
        form.add_error("code" if "code" in form.fields else None, message)
        return show(form=form)
    form.add_error(None, wait_fr(refusal))
    response = show(form=form, status=429)
    response["Retry-After"] = str(refusal.seconds)
    return response

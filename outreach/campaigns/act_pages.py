"""What the staff does with a campaign in the console: each act is asked first, and then said to be done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import ReadOnlyAdmin


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something done with a campaign: who may, from which states, what is asked first.

    ``permission`` is the verb before the model's name; ``perform`` takes the campaign's key and whoever does it.
    """

    title: str
    permission: str
    states: frozenset[str]
    question: str
    done: str
    perform: Callable[[int, User], object]
    warning: Callable[[int], str] = lambda pk: ""
    """What the question begins with, for the campaign of this key."""


def before(to: str, *, following: Mapping[Any, frozenset[Any]]) -> frozenset[str]:
    """The states from which a table of steps leads there."""
    return frozenset(str(status) for status, next_ones in following.items() if to in next_ones)


class ActPages(ReadOnlyAdmin):
    """A campaign has a ``status``. ``refusal``: what an act raises when it is refused, in words for its reader."""

    acts: Mapping[str, Act]
    refusal: type[ValueError]

    def offered(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:  # noqa: ANN401 (of either kind)
        """Names and titles of what the reader may do now."""
        user = signed_in(request)
        return [(name, act.title) for name, act in self.acts.items() if self._is_offered(act, obj, user)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.act_view)
        own = [path("<int:pk>/faire/<slug:act>/", view, name=f"outreach_{self.opts.model_name}_act")]
        return own + super().get_urls()

    def act_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Ask, then do."""
        chosen, campaign = self.acts.get(act), self.model._default_manager.filter(pk=pk).first()
        if chosen is None or campaign is None:
            raise Http404
        user, opened = signed_in(request), f"admin:outreach_{self.opts.model_name}_change"
        if not self._may(chosen, user):
            raise PermissionDenied
        if not self._is_offered(chosen, campaign, user):
            self.message_user(request, "L’état de cette campagne a changé : relisez-la.", messages.WARNING)
            return redirect(opened, pk)
        if request.method != "POST":
            question, title = f"{chosen.warning(pk)} {chosen.question}".lstrip(), chosen.title
            back = reverse(opened, args=[pk])
            return self.ask_first(request, campaign, title=title, question=question, button=title, back=back)
        try:
            chosen.perform(pk, user)
        except self.refusal as error:
            self.message_user(request, str(error), messages.WARNING)
        else:
            self.message_user(request, chosen.done, messages.SUCCESS)
        return redirect(opened, pk)

    def _may(self, act: Act, user: User) -> bool:
        return user.has_perm(f"outreach.{act.permission}_{self.opts.model_name}")

    def _is_offered(self, act: Act, campaign: Any, user: User) -> bool:  # noqa: ANN401 (of either kind)
        return campaign.status in act.states and self._may(act, user)

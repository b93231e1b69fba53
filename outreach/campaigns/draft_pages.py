"""Campaigns of either kind as drafts in the console: made and changed by one form, refused once they are no draft."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.abstract_forms import AbstractForm, AbstractPage
from outreach.campaigns.act_pages import ActPages
from outreach.campaigns.drafts import UnseenChangeError, newest_change


class DraftForm(forms.Form, metaclass=AbstractForm):
    """All that two people will approve, empty or as a draft holds it."""

    required_css_class = "required"
    sections: Sequence[tuple[str, Sequence[str]]] = ()
    """Headings with the names of their fields: all of them, in the order of the page."""

    refusals: tuple[type[ValueError], ...] = ()
    """Errors whose text says, in French, why it is not saved."""
    changed_meanwhile: str = ""
    """Who changed what since the form was shown, to be told before it is sent again."""

    def __init__(self, data: Any = None, *, campaign: Any = None, seen: int = 0) -> None:  # noqa: ANN401 (as in Django, of either kind)
        """``seen``: the newest change of the draft when it was read; a form that was sent says so itself."""
        super().__init__(data, initial=self.initial_of(campaign) if campaign else None)
        self.campaign = campaign
        self.seen = seen if data is None else _number(data.get("seen", ""))

    def in_sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(heading, [self[name] for name in names]) for heading, names in self.sections]

    @abstractmethod
    def initial_of(self, campaign: Any) -> dict[str, Any]:  # noqa: ANN401 (of either kind)
        """What the fields hold of a draft."""

    def try_to_save(self, *, by: User) -> Any | None:  # noqa: ANN401 (of either kind)
        """The campaign made or changed, or None: the form then says why not.

        What was changed since the form was shown is told first; sent again, the form replaces it.
        """
        if not self.is_valid():
            return None
        try:
            return self.saved(by=by)
        except UnseenChangeError as error:
            self.changed_meanwhile = self._changed_meanwhile(error.changes, reader=by)
            self.seen = error.changes[-1].pk
        except self.refusals as error:
            self.add_error(None, str(error))
        return None

    @abstractmethod
    def saved(self, *, by: User) -> Any:  # noqa: ANN401 (of either kind)
        """The campaign made or changed from ``cleaned_data``. Raises UnseenChangeError, or one of ``refusals``."""

    def _changed_meanwhile(self, changes: Sequence[Any], *, reader: User) -> str:
        ids = list(dict.fromkeys(change.actor_id for change in changes))
        names = dict(User.objects.filter(pk__in=ids).values_list("pk", "username"))
        who = ", ".join(
            "vous-même sur une autre page" if pk == reader.pk else names.get(pk, "un autre compte") for pk in ids
        )
        fields = dict.fromkeys(name for change in changes for name in change.details["fields"])
        return (
            f"La campagne a été modifiée pendant que vous remplissiez ce formulaire, par {who} : "
            f"{fields_fr(type(self.campaign), fields)}. Comparez dans un autre onglet ; si vous enregistrez de "
            "nouveau, tout ce formulaire remplace ce qui est enregistré."
        )


class DraftPages(ActPages, metaclass=AbstractPage):
    """Whoever may add a campaign may change it while it is a draft."""

    draft_form: type[DraftForm]
    new_title: str

    @abstractmethod
    def changes(self, pk: int) -> QuerySet[Any]:
        """The events of a draft's definition."""

    @abstractmethod
    def why_not_changed(self, obj: Any) -> str:  # noqa: ANN401 (of either kind)
        """Why the definition cannot be changed now; nothing when it can."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401 (as in Django)
        return bool(request.user.has_perm(f"outreach.add_{self.opts.model_name}"))

    def may_edit(self, request: HttpRequest, obj: Any) -> bool:  # noqa: ANN401 (of either kind)
        return self.has_add_permission(request) and not self.why_not_changed(obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.edit_view)
        return [path("<int:pk>/modifier/", view, name=f"outreach_{self.opts.model_name}_edit"), *super().get_urls()]

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:  # noqa: ANN401 (of either kind)
        return {"title": obj.name, "may_edit": self.may_edit(request, obj)}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._edit(request, campaign=None)

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change a draft. What was typed for one that is none any more stays on the page, with the reason."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        seen = newest_change(self.changes(pk))  # before the draft is read: what comes between is unseen
        campaign = self.model._default_manager.filter(pk=pk).first()
        if campaign is None:
            raise Http404
        refusal = self.why_not_changed(campaign)
        if refusal and request.method != "POST":
            self.message_user(request, refusal, messages.WARNING)
            return redirect(self._opened, pk)
        return self._edit(request, campaign=campaign, seen=seen)

    def _edit(self, request: HttpRequest, *, campaign: Model | None, seen: int = 0) -> HttpResponse:
        form = self.draft_form(request.POST if request.method == "POST" else None, campaign=campaign, seen=seen)
        if request.method == "POST":
            saved = form.try_to_save(by=signed_in(request))
            if saved is not None:
                self.message_user(request, "La campagne est enregistrée, en préparation.", messages.SUCCESS)
                return redirect(self._opened, saved.pk)
        changelist = reverse(f"admin:outreach_{self.opts.model_name}_changelist")
        page = {
            "title": f"Modifier « {getattr(campaign, 'name', campaign)} »" if campaign else self.new_title,
            "subtitle": "Erreur" if form.errors or form.changed_meanwhile else None,
            "form": form,
            "back": reverse(self._opened, args=[campaign.pk]) if campaign else changelist,
            "opts": self.opts,
        }
        return TemplateResponse(
            request, "admin/outreach/campaigns/edit.html", self.admin_site.each_context(request) | page
        )

    @property
    def _opened(self) -> str:
        return f"admin:outreach_{self.opts.model_name}_change"


def _number(spelt: str) -> int:
    """0 for what is none."""
    return int(spelt) if spelt.isdecimal() and len(spelt) <= _MOST_DIGITS else 0


_MOST_DIGITS: Final = 18
_IN_A_SENTENCE: Final = {"starts_on": "premier jour", "ends_on": "dernier jour"}
"""Where the name of a column says too little."""


def fields_fr(model: type[Model], names: Iterable[str]) -> str:
    """« base légale, nom »: the parts of a definition that were changed."""
    columns = {field.name: str(field.verbose_name) for field in model._meta.fields}
    return ", ".join(_IN_A_SENTENCE.get(name, columns[name]) for name in names)


def with_who(events: Iterable[Any], *, said: Callable[[Any], str]) -> list[tuple[Any, str, str]]:
    """Events with what each says, and the name of whoever did it; a job has none."""
    rows = list(events)
    people = User.objects.filter(pk__in={row.actor_id for row in rows if row.actor_id is not None})
    names = dict(people.values_list("pk", "username"))
    return [(row, said(row), names.get(row.actor_id, "")) for row in rows]

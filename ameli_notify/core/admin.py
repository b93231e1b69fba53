"""Base classes of the console's pages. They keep four promises, whatever the size of the tables:

* no page counts a big table: a list reads one row more than it shows, to know whether there is a next page;
* a search finds by the *shape* of the term, through an exact index look-up, and says so when no shape fits;
* nothing can be deleted, unless a page allows it by name;
* relations are fetched for the page that shows them only.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from ameli_notify.core.import_report import french_euros, french_number

LAST_PAGE: Final = 200
"""Beyond it nobody reads and OFFSET becomes dear: search instead."""


@dataclass(frozen=True, slots=True)
class SearchShape:
    """One kind of term that a page finds. ``label_fr`` is shown under the search field.

    ``find`` turns a term that matches ``pattern`` in full into a condition that an index answers.
    """

    label_fr: str
    pattern: str
    find: Callable[[str], Q]

    def fits(self, term: str) -> bool:
        return re.fullmatch(self.pattern, term, re.ASCII) is not None


class LookAheadPaginator(Paginator):  # type: ignore[type-arg] # not subscriptable at run time
    """Pages of a list whose length nobody counts.

    ``count`` is what is known on page ``page``: everything up to its end and, when there is more, one row more.
    """

    def __init__(self, object_list: QuerySet[Any], per_page: int, *, page: int = 1) -> None:
        super().__init__(object_list, per_page)
        self.page_number = page

    @cached_property
    def count(self) -> int:
        start = (self.page_number - 1) * self.per_page
        rows: Any = self.object_list
        keys = rows.values_list("pk", flat=True)
        return start + len(keys[start : start + self.per_page + 1])

    @property
    def has_more(self) -> bool:
        """Whether a page follows: the total is then unknown."""
        return self.count > self.page_number * self.per_page


def page_number(request: HttpRequest, parameter: str = PAGE_VAR) -> int:
    """The page asked for, 1 to LAST_PAGE. Raises ValueError."""
    number = int(request.GET.get(parameter) or 1)
    if not 1 <= number <= LAST_PAGE:
        raise ValueError("there is no such page")
    return number


class ConsoleModelAdmin(admin.ModelAdmin[Any]):
    """A page of the console. See the module's docstring for what it promises."""

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    search_shapes: ClassVar[tuple[SearchShape, ...]] = ()
    search_note_fr: ClassVar[str] = ""
    """A sentence added under the search field."""
    change_select_related: ClassVar[tuple[str, ...]] = ()
    change_prefetch_related: ClassVar[tuple[str, ...]] = ()

    @admin.display(description="numéro")
    def number(self, obj: Model) -> int:
        """The primary key, for lists: Django would head the column « PK »."""
        return int(obj.pk)

    def action_checkbox(self, obj: Model) -> SafeString:
        """As Django's, without rendering a form's widget for every row: that is a sixth of the work of a full list."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            gettext("Select this object for an action - {}").format(obj),
        )

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        match = request.resolver_match
        if match is None or match.url_name != f"{self.opts.app_label}_{self.opts.model_name}_change":
            return queryset
        if self.change_select_related:
            queryset = queryset.select_related(*self.change_select_related)
        return queryset.prefetch_related(*self.change_prefetch_related)

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> "Paginator[Any]":
        try:
            return LookAheadPaginator(queryset, per_page, page=page_number(request))
        except ValueError:
            raise IncorrectLookupParameters from None

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Non-empty when there is something to search by: Django shows the field then."""
        return [shape.label_fr for shape in self.search_shapes]

    @property
    def search_help_text(self) -> str:  # type: ignore[override] # computed from the shapes
        if not self.search_shapes:
            return ""
        shapes = " ; ".join(shape.label_fr for shape in self.search_shapes)
        return f"Recherche exacte par : {shapes}. {self.search_note_fr}".strip()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        for shape in self.search_shapes:
            if shape.fits(term):
                return queryset.filter(shape.find(term)), False
        return queryset.none(), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send a term of no known shape away from the address: it may be a name or a NIR."""
        term = request.GET.get(SEARCH_VAR, "").strip()
        if term and not any(shape.fits(term) for shape in self.search_shapes):
            self.message_user(request, self.unfit_term_fr, messages.WARNING)
            return redirect(request.path)
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:  # noqa: ANN401 (the page's own model)
        """What the template of an existing object's page is given besides Django's own."""
        return {}

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,  # noqa: ANN401 (as in Django)
    ) -> HttpResponse:
        if obj is not None:
            context |= self.page_context(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def ask_first(
        self, request: HttpRequest, obj: Model, *, title: str, question: str, button: str, back: str
    ) -> HttpResponse:
        """The page that asks before something is done; its button posts to the same address."""
        page = {
            "title": f"{title} : {obj}",
            "question": question,
            "button": button,
            "back": back,
            "opts": self.opts,
            "original": obj,
        }
        return TemplateResponse(request, "admin/confirm.html", self.admin_site.each_context(request) | page)

    @property
    def unfit_term_fr(self) -> str:
        """Said when a term has no known shape; the term itself is not repeated."""
        if not self.search_shapes:
            return "Cette liste n’a pas de recherche."
        shapes = " ; ".join(shape.label_fr for shape in self.search_shapes)
        return f"Cette recherche n’a pas une forme connue. Cherchez par : {shapes}."


class ReadOnlyMixin:
    """A page to look at: nothing can be added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnlyMixin, ConsoleModelAdmin):
    """A console page to look at."""


def exact(field: str, *, convert: Callable[[str], Any] = str) -> Callable[[str], Q]:
    """The condition ``field = term``."""

    def find(term: str) -> Q:
        return Q(**{field: convert(term)})

    return find


def count_shown(field: str, description_fr: str) -> Callable[[Any, Model], str]:
    """A method of a page: a whole number as « 5 265 ». For counts only, identifiers stay in one piece."""
    return _shown(field, description_fr, french_number)


def euros_shown(field: str, description_fr: str) -> Callable[[Any, Model], str]:
    """A method of a page: an amount as « 6 132,77 € »; the console's dash where there is none."""
    return _shown(field, description_fr, french_euros)


def _shown(field: str, description_fr: str, words: Callable[[Any], str]) -> Callable[[Any, Model], str]:
    @admin.display(description=description_fr, ordering=field)
    def show(page: ConsoleModelAdmin, obj: Model) -> str:
        value = getattr(obj, field)
        return page.get_empty_value_display() if value is None else words(value)

    return show


BIGINT_PATTERN: Final = r"[0-9]{1,18}"
UUID_PATTERN: Final = r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"

"""Pages that show whose data was read, and the log of those reads."""

from abc import abstractmethod
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.access.models import AccessAction, AccessLog
from accounts.access.services import log_access
from accounts.staff.perms import signed_in
from ameli_notify.core.abstract_forms import AbstractPage
from ameli_notify.core.admin import BIGINT_PATTERN, ReadOnlyAdmin, SearchShape, exact


class LoggedReadAdmin(ReadOnlyAdmin, metaclass=AbstractPage):
    """A page about people: every search and every view is written to the access log before it is answered.

    With ``search_required`` nothing is listed without a search.
    """

    search_required: ClassVar[bool] = True

    @abstractmethod
    def person_of(self, obj: Model) -> int | None:
        """Internal id of the person that a row speaks of."""

    def person_searched(self, term: str) -> int | None:
        """Internal id of the person that a term names, when it names one."""
        return None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return (queryset.none() if self.search_required else queryset), False
        if any(shape.fits(term) for shape in self.search_shapes):
            # A term of no known shape is not kept: somebody may have typed a name or a NIR.
            log_access(
                by=signed_in(request),
                action=AccessAction.SEARCH,
                object_kind=self.opts.label_lower,
                object_id=term[:64],
                insured_id=self.person_searched(term),
            )
        return super().get_search_results(request, queryset, search_term)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:  # noqa: ANN401
        found = self.find_object(request, object_id, from_field)
        if found is not None and self.has_view_permission(request, found):
            log_access(
                by=signed_in(request),
                action=AccessAction.VIEW,
                object_kind=self.opts.label_lower,
                object_id=found.pk,
                insured_id=self.person_of(found),
            )
        return found

    def find_object(self, request: HttpRequest, object_id: str, from_field: str | None) -> Any:  # noqa: ANN401
        """The row of a page's address, or None."""
        return super().get_object(request, object_id, from_field)


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_id", "actor_role", "action", "object_kind", "object_id", "insured_id", "reason")
    ordering = ("-pk",)
    search_shapes = (SearchShape("numéro interne de la personne concernée", BIGINT_PATTERN, exact("insured_id")),)
    sortable_by = ()

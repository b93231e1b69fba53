"""Notifications: found one by one, or by person; never listed."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest

from accounts.access.admin import LoggedReadAdmin
from accounts.people.admin import person_id
from ameli_notify.core.admin import BIGINT_PATTERN, UUID_PATTERN, SearchShape
from outreach.notifications.lookup import by_id, by_person
from outreach.notifications.models import Notification
from outreach.notifications.template_admin import MessageTemplateAdmin

__all__ = ["MessageTemplateAdmin", "NotificationAdmin"]

NOTHING: Final = Q(pk__in=[])


def _notification(term: str) -> Q:
    return by_id(int(term)) or NOTHING


def _of_person(insured_id: int | None) -> Q:
    return (by_person(insured_id) if insured_id is not None else None) or NOTHING


def _internal_id(term: str) -> int:
    """42, from « p42 »."""
    return int(term[1:])


PUBLIC_ID = SearchShape(
    "identifiant public d’une personne (UUID)", UUID_PATTERN, lambda term: _of_person(person_id(term))
)
INTERNAL_ID = SearchShape(
    "numéro interne d’une personne précédé de p (p42)",
    f"p{BIGINT_PATTERN}",
    lambda term: _of_person(_internal_id(term)),
)
NOTIFICATION_ID = SearchShape("numéro de notification", BIGINT_PATTERN, _notification)


@admin.register(Notification)
class NotificationAdmin(LoggedReadAdmin):
    list_display = ("number", "created_on", "insured_id", "channel", "status", "status_reason", "settled_at")
    ordering = ("-created_on", "-id")
    sortable_by = ()
    fields = (
        "number", "created_on", "run_id", "insured_id", "template_id", "channel", "status", "status_reason", "attempts",
        "first_tried_at", "next_attempt_at", "settled_at",
    )  # fmt: skip
    readonly_fields = ("number",)
    search_shapes = (NOTIFICATION_ID, PUBLIC_ID, INTERNAL_ID)
    search_note_fr = "Chaque recherche et chaque consultation sont enregistrées."

    def person_of(self, obj: Model) -> int | None:
        return obj.insured_id if isinstance(obj, Notification) else None

    def person_searched(self, term: str) -> int | None:
        if PUBLIC_ID.fits(term):
            return person_id(term)
        return _internal_id(term) if INTERNAL_ID.fits(term) else None

    def find_object(self, request: HttpRequest, object_id: str, from_field: str | None) -> Any:  # noqa: ANN401
        if not NOTIFICATION_ID.fits(object_id):
            return None
        return self.get_queryset(request).filter(_notification(object_id)).first()

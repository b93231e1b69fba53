"""What the advisers' inbox shows: its views."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from accounts.staff.perms import signed_in
from fraud.conversations.enums import ConversationStatus
from fraud.conversations.models import Conversation
from fraud.conversations.thread import new_words_for

NEW_WORDS: Final = "nouvelles"
VIEWS: Final = {
    "attente": "En attente",
    "miennes": "Les miennes",
    NEW_WORDS: "Réponses nouvelles",
    "terminees": "Terminées",
}


class ViewFilter(admin.SimpleListFilter):
    """Views that everybody has; without one, all that is under way."""

    title = "vue"
    parameter_name = "vue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ANN401 (Django's)
        return list(VIEWS.items())

    def choices(self, changelist: Any) -> Any:  # noqa: ANN401 (Django's)
        rows = iter(super().choices(changelist))
        yield {**next(rows), "display": "À traiter"}
        yield from rows

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        user = signed_in(request)
        match self.value():
            case "attente":
                return queryset.filter(status=ConversationStatus.WAITING)
            case "miennes":
                return queryset.filter(status=ConversationStatus.OPEN, adviser=user)
            case "nouvelles":
                return queryset.filter(Exists(new_words_for(user.pk).filter(conversation=OuterRef("pk"))))
            case "terminees":
                return queryset.filter(status=ConversationStatus.CLOSED)
            case _:
                return queryset.exclude(status=ConversationStatus.CLOSED)

"""Views that somebody keeps of their inbox: a name for the filter and the order that are shown."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.db import transaction

from accounts.staff.models import User
from ameli_notify.core.masking import mask_personal_data
from fraud.cases.enums import CaseStatus
from fraud.cases.inbox import ORDER_VAR, PRESCRIPTION_VAR, VIEW_VAR
from fraud.cases.inbox_enums import InboxOrder, InboxView, PrescriptionView
from fraud.cases.view_models import SavedView
from fraud.intake.enums import Severity

MOST_VIEWS: Final = 12
"""A member of the staff keeps no more: beyond, a list of links helps nobody."""
LONGEST_NAME: Final = 40
CHOICES: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    VIEW_VAR: ("view", frozenset(InboxView.values)),
    "severity__exact": ("severity", frozenset(map(str, Severity.values))),
    "status__exact": ("status", frozenset(CaseStatus.values)),
    PRESCRIPTION_VAR: ("prescription", frozenset(PrescriptionView.values)),
    ORDER_VAR: ("order", frozenset(InboxOrder.values)),
}
"""What of an address a view keeps: the field, and the values that it may take. A search is never kept."""


class SavedViewError(ValueError):
    """A view that cannot be kept. The text is French, for whoever tried."""


def choices_of(query: Mapping[str, str]) -> dict[str, str]:
    """The filter and the order in an address, as far as they are known."""
    return {name: query[name] for name, (_, known) in CHOICES.items() if query.get(name, "") in known}


def views_of(user_id: int) -> list[SavedView]:
    """Somebody's own views, by name."""
    return list(SavedView.objects.filter(owner_id=user_id).order_by("name"))


def query_of(view: SavedView) -> str:
    """The address that shows a view, after « ? »."""
    kept = {name: getattr(view, field) for name, (field, _) in CHOICES.items()}
    return urlencode({name: value for name, value in kept.items() if value})


@transaction.atomic
def save_view(name: str, *, query: Mapping[str, str], by: User) -> SavedView:
    """Keep the filter and order of an address under a name. Raises SavedViewError."""
    name = " ".join(name.split())
    _check_name(name)
    fields: dict[str, Any] = {CHOICES[key][0]: value for key, value in choices_of(query).items()}
    if not fields:
        raise SavedViewError("Choisissez d’abord une vue, un filtre ou un ordre : c’est ce que la vue gardera.")
    User.objects.select_for_update().get(pk=by.pk)  # two windows at once stay under the limit
    own = SavedView.objects.filter(owner=by)
    if own.filter(name=name).exists():
        raise SavedViewError("Vous avez déjà une vue de ce nom. Donnez-lui un autre nom.")
    if own.count() >= MOST_VIEWS:
        raise SavedViewError(f"Vous avez déjà {MOST_VIEWS} vues, le maximum. Supprimez-en une.")
    return SavedView.objects.create(owner=by, name=name, **fields)


def drop_view(view_id: int, *, by: User) -> bool:
    """Forget a view of one's own; False when there is none such."""
    deleted, _ = SavedView.objects.filter(pk=view_id, owner=by).delete()
    return deleted > 0


def _check_name(name: str) -> None:
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise SavedViewError(f"Donnez un nom à la vue, en {LONGEST_NAME} caractères au plus.")
    if mask_personal_data(name) != name:
        raise SavedViewError("Le nom d’une vue ne porte ni numéro ni adresse d’une personne.")

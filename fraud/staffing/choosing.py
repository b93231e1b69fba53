"""Choosing a member of the staff to give work to, with what they have already and until when they are away."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone

from accounts.staff.models import User
from accounts.staff.perms import staff_with
from fraud.staffing.models import Absence


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who could be given work today. ``most``: how much they may have, None for no limit."""

    user: User
    load: int
    most: int | None
    away_to: dt.date | None

    @property
    def why_not(self) -> str:
        """Why they can be given nothing now, or nothing."""
        if self.away_to is not None:
            return f"absent jusqu’au {self.away_to:%d/%m/%Y}"
        return "au maximum" if self.most is not None and self.load >= self.most else ""

    @property
    def label_fr(self) -> str:
        limit = "sans limite" if self.most is None else f"{self.most} au plus"
        label = f"{self.user.username} : {self.load} en cours, {limit}"
        return f"{label} ({self.why_not})" if self.why_not else label


def candidates(permission: str, *, loads: Mapping[int, int], most: Mapping[int, int] | int) -> list[Candidate]:
    """Everybody whose role holds the permission, by name; ``most`` for each, or one limit for all."""
    away = away_today()
    return [
        Candidate(
            user=user,
            load=loads.get(user.pk, 0),
            most=most if isinstance(most, int) else most.get(user.pk),
            away_to=away.get(user.pk),
        )
        for user in staff_with(permission).order_by("username")
    ]


def away_today() -> dict[int, dt.date]:
    """Who is away today, and the last day of it."""
    rows = Absence.objects.on(timezone.localdate()).order_by("ends_on").values_list("investigator_id", "ends_on")
    return dict(rows)


class _CandidateRadio(forms.RadioSelect):
    """Whoever can be given nothing is shown with the reason, and cannot be chosen."""

    closed: frozenset[str] = frozenset()

    def create_option(self, *args: Any, **options: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(*args, **options)
        if str(option["value"]) in self.closed:
            option["attrs"]["disabled"] = True
        return option


class CandidateField(forms.TypedChoiceField):
    """One of the candidates; ``cleaned_data`` holds their id."""

    widget = _CandidateRadio

    def __init__(self, *, label: str) -> None:
        super().__init__(
            label=label, coerce=int, error_messages={"required": "Choisissez une personne.", "invalid_choice": _GONE}
        )

    def offer(self, people: Iterable[Candidate]) -> None:
        """The candidates of the day."""
        people = list(people)
        self.choices = [(one.user.pk, one.label_fr) for one in people]
        self.widget.closed = frozenset(str(one.user.pk) for one in people if one.why_not)


_GONE = "Cette personne ne peut plus être choisie. Choisissez-en une autre."

"""The one form of these pages: another day and hour, by the clock of where the person lives."""

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms

_DAY_ERRORS: Final = {
    "required": "Donnez le jour.",
    "invalid": "Ce jour n’existe pas. Écrivez-le comme 24/11/2026.",
}
_TIME_ERRORS: Final = {
    "required": "Donnez l’heure.",
    "invalid": "Cette heure n’existe pas. Écrivez-la comme 10:30.",
}

_TYPED: Final = {"class": "short", "autocomplete": "off"}
"""Typed in French, whatever the browser's language: its own pickers follow that, and hold several stops each."""


class MomentForm(forms.Form):
    day = forms.DateField(
        label="Jour",
        input_formats=["%d/%m/%Y", "%Y-%m-%d"],
        widget=forms.DateInput(attrs=_TYPED | {"aria-describedby": "id_day_hint"}, format="%d/%m/%Y"),
        error_messages=_DAY_ERRORS,
    )
    time = forms.TimeField(
        label="Heure",
        input_formats=["%H:%M", "%Hh%M", "%H h %M"],
        widget=forms.TimeInput(attrs=_TYPED | {"aria-describedby": "id_time_hint"}, format="%H:%M"),
        error_messages=_TIME_ERRORS,
    )

    def __init__(self, data: Any = None, *, local_start: dt.datetime) -> None:  # noqa: ANN401 (as in Django)
        """``local_start``: what holds now, on the clock by which the answer is meant."""
        super().__init__(data, initial={"day": local_start.date(), "time": local_start.time()})
        zone = local_start.tzinfo
        if not isinstance(zone, ZoneInfo):
            raise TypeError("a moment on somebody's clock names the clock")
        self._zone = zone

    def moment(self) -> dt.datetime:
        """What was chosen, on a valid form."""
        return dt.datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], tzinfo=self._zone)

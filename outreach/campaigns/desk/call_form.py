"""The one form of a call: the answer to the step at hand, the note, the result. What a button does is its own."""

import datetime as dt
from typing import Any

from django import forms

from outreach.campaigns.appointments.enums import Obstacle
from outreach.campaigns.appointments.services import LONGEST_NAME, Told
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.claiming.following import Callback, local_zone
from outreach.campaigns.claiming.holding import LONGEST_NOTE
from outreach.campaigns.claiming.models import CallTask
from outreach.campaigns.claiming.saving import Result
from outreach.campaigns.scripts.structure import Step


class CallForm(forms.Form):
    """Nothing is required but a result for saving: notes are kept at any time."""

    answer = forms.ChoiceField(label="Réponse", required=False, widget=forms.RadioSelect)
    note = forms.CharField(
        label="Note",
        required=False,
        strip=False,
        help_text=(
            f"{LONGEST_NOTE} caractères au plus. Ni maladie, ni traitement. Un numéro de sécurité sociale, de compte, "
            "de carte ou de téléphone et une adresse e-mail sont masqués."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60, "maxlength": LONGEST_NOTE, "autocomplete": "off"}),
    )
    disposition = forms.ChoiceField(
        label="Résultat de l’appel", required=False, choices=Disposition.choices, widget=forms.RadioSelect
    )
    callback_day = forms.DateField(
        label="Jour du rappel", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    callback_time = forms.TimeField(
        label="Heure du rappel, là où vit la personne",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    callback_by = forms.ChoiceField(
        label="Rappel par",
        required=False,
        choices=[("pool", "le premier conseiller libre"), ("own", "moi")],
        initial="pool",
        widget=forms.RadioSelect,
    )

    appointment_day = forms.DateField(
        label="Jour du rendez-vous", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    appointment_time = forms.TimeField(
        label="Heure du rendez-vous, là où vit la personne",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    practitioner = forms.CharField(
        label="Professionnel, si la personne souhaite le dire",
        required=False,
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": 40}),
    )
    rpps = forms.CharField(
        label="Numéro RPPS du professionnel, s’il est connu",
        required=False,
        max_length=11,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "size": 12}),
    )
    obstacles = forms.MultipleChoiceField(
        label="Ce qui complique un rendez-vous, d’après la personne",
        required=False,
        choices=Obstacle.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, step: Step | None, initial: dict[str, Any] | None = None) -> None:  # noqa: ANN401 (as in Django)
        super().__init__(data, initial=initial)
        field: Any = self.fields["answer"]
        field.choices = [(one.value, one.label) for one in step.answers] if step else []

    @property
    def has_callback(self) -> bool:
        """Whether the part of the page for a promised call is in use."""
        return self._is_chosen(Disposition.CALLBACK) or self._is_used("callback_day", "callback_time")

    @property
    def has_appointment(self) -> bool:
        used = self._is_used("appointment_day", "appointment_time", "practitioner", "rpps")
        return used or self._is_chosen(Disposition.APPOINTMENT_MADE)

    @property
    def has_obstacles(self) -> bool:
        return self._is_used("obstacles")

    def _is_chosen(self, disposition: Disposition) -> bool:
        return bool(self["disposition"].value() == disposition)

    def _is_used(self, *names: str) -> bool:
        return any(self[name].errors or self[name].value() for name in names)

    def chosen(self) -> Disposition | None:
        """The result that is ticked, on a valid form."""
        value = self.cleaned_data["disposition"]
        return Disposition(value) if value else None

    def result(self, task: CallTask, *, answers: list[str]) -> Result | None:
        """The result to save, on a valid form; None, with an error beside the field, when it is not complete."""
        disposition = self.chosen()
        if disposition is None:
            self.add_error("disposition", "Choisissez le résultat de l’appel.")
            return None
        callback = self._callback(task) if disposition is Disposition.CALLBACK else None
        appointment = self._appointment(task)
        if self.errors:
            return None
        return Result(
            disposition=disposition,
            note=self.cleaned_data["note"],
            answers=answers,
            callback=callback,
            appointment=appointment,
            obstacles=frozenset(map(Obstacle, self.cleaned_data["obstacles"])),
        )

    def _callback(self, task: CallTask) -> Callback | None:
        day, time = self.cleaned_data["callback_day"], self.cleaned_data["callback_time"]
        if not isinstance(day, dt.date) or not isinstance(time, dt.time):
            self.add_error("callback_day", "Pour un rappel, donnez le jour et l’heure convenus.")
            return None
        at = dt.datetime.combine(day, time, tzinfo=local_zone(task))
        return Callback(at=at, is_own=self.cleaned_data["callback_by"] == "own")

    def _appointment(self, task: CallTask) -> Told | None:
        """None when nothing was filled in: a date is never asked for."""
        day, time = self.cleaned_data["appointment_day"], self.cleaned_data["appointment_time"]
        name, rpps = self.cleaned_data["practitioner"], self.cleaned_data["rpps"]
        if not (day or time or name or rpps):
            return None
        if not isinstance(day, dt.date) or not isinstance(time, dt.time):
            self.add_error("appointment_day", "Pour un rendez-vous, donnez son jour et son heure.")
            return None
        starts_at = dt.datetime.combine(day, time, tzinfo=local_zone(task))
        return Told(starts_at=starts_at, practitioner=name, rpps=rpps)

"""What an act on several cases asks before it is done."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django import forms

from accounts.staff.models import User
from ameli_notify.core.abstract_forms import AbstractForm
from fraud.cases.assigning import assign, claim
from fraud.cases.bulk import change_severity, investigators
from fraud.cases.deciding import close_without_follow_up
from fraud.intake.enums import Severity
from fraud.staffing.choosing import CandidateField


class BulkForm(forms.Form, metaclass=AbstractForm):
    """One act on several cases. ``perform`` raises CaseError for the case that does not allow it."""

    title: ClassVar[str]
    button: ClassVar[str]
    done: ClassVar[str]
    """« Dossiers … : 3. »"""

    required_css_class = "required"

    @abstractmethod
    def perform(self, case_id: int, *, by: User) -> object:
        """Do it with one case, on a valid form."""


class TakeForm(BulkForm):
    title, button, done = "Prendre les dossiers choisis", "Prendre ces dossiers", "attribués à vous"

    def perform(self, case_id: int, *, by: User) -> object:
        return claim(case_id, by=by)


class CloseForm(BulkForm):
    title, button, done = "Classer sans suite les dossiers choisis", "Classer ces dossiers", "classés"

    def perform(self, case_id: int, *, by: User) -> object:
        return close_without_follow_up(case_id, by=by)


class AssignForm(BulkForm):
    title, button, done = "Attribuer les dossiers choisis à un enquêteur", "Attribuer ces dossiers", "attribués"
    investigator = CandidateField(label="Attribuer à")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["investigator"]
        field.offer(investigators())

    def perform(self, case_id: int, *, by: User) -> object:
        return assign(case_id, to=User.objects.get(pk=self.cleaned_data["investigator"]), by=by)


class SeverityForm(BulkForm):
    title, button, done = "Changer la gravité des dossiers choisis", "Changer la gravité", "corrigés"
    severity = forms.TypedChoiceField(
        label="Gravité",
        coerce=int,
        choices=Severity.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une gravité."},
    )

    def perform(self, case_id: int, *, by: User) -> object:
        return change_severity(case_id, severity=Severity(self.cleaned_data["severity"]), by=by)


BULK: Final[Mapping[str, type[BulkForm]]] = {
    "take": TakeForm,
    "assign_to": AssignForm,
    "set_severity": SeverityForm,
    "close_for_good": CloseForm,
}
"""Every act on several cases, by the name of its action."""

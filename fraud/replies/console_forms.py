"""What the staff does with a right of reply, one form an act."""

from typing import Any

from django import forms

from accounts.staff.models import User
from fraud.cases.events import CaseError
from fraud.cases.models import FraudCase
from fraud.intake.following import MessageTextError
from fraud.intake.sealed import LONGEST_STORY
from fraud.replies.models import RightOfReply
from fraud.replies.rights import notices_to_answer, open_right
from fraud.replies.thread import write


class OpenForm(forms.Form):
    """Open the right that a notification gives."""

    title, button = "Ouvrir un droit de réponse", "Ouvrir le droit de réponse"
    note = (
        "Le professionnel lira la date, l’acte et le montant de chaque ligne retenue, sans la personne qui l’a "
        "signalée. Une fois le droit ouvert, préparez la lettre qui porte son code."
    )
    step = forms.TypedChoiceField(label="Notification des griefs", coerce=int)

    def __init__(self, data: Any = None, *, case: FraudCase) -> None:  # noqa: ANN401 (as in Django)
        super().__init__(data)
        self._case = case
        field: Any = self.fields["step"]
        field.choices = [
            (one.pk, f"du {one.done_on:%d/%m/%Y}, réponse jusqu’au {one.deadline_on:%d/%m/%Y}")
            for one in notices_to_answer(case)
        ]

    def perform(self, *, by: User) -> RightOfReply | None:
        """The right, or None: the form then says why not."""
        if not self.is_valid():
            return None
        try:
            return open_right(self._case.pk, step_id=self.cleaned_data["step"], by=by)
        except CaseError as error:
            self.add_error(None, str(error))
            return None


class AnswerForm(forms.Form):
    """Write to the professional."""

    title, button = "Répondre au professionnel", "Envoyer la réponse"
    note = "Il la lit sur sa page, avec son code. Aucun message ne lui est envoyé ailleurs. N’y nommez aucun patient."
    text = forms.CharField(label="Message", widget=forms.Textarea(attrs={"rows": 6}), max_length=LONGEST_STORY)

    def perform(self, right: RightOfReply, *, by: User) -> bool:
        """Whether it was sent; else the form says why not."""
        if not self.is_valid():
            return False
        try:
            write(right.pk, text=self.cleaned_data["text"], by=by)
        except (CaseError, MessageTextError) as error:
            self.add_error(None, str(error))
            return False
        return True

"""The forms of a report's pages."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms

from fraud.intake.lines import PaidLine, read_marks
from fraud.intake.questionnaire.structure import Step, Story
from fraud.intake.sealed import LONGEST_STORY, Answer
from fraud.intake.walking import AnswerError, checked_answer

FILES_ACCEPTED: Final = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"
NULL_FR: Final = "Le texte contient un caractère qui ne peut pas être utilisé."


def _story(label: str, *, hint: str = "", required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": LONGEST_STORY, "spellcheck": "true"}),
        error_messages={"required": "Écrivez votre message.", "null_characters_not_allowed": NULL_FR},
    )


class LinesForm(forms.Form):
    """Which lines of a statement are meant."""

    def __init__(self, *args: Any, lines: Sequence[PaidLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lines = {line.mark: line for line in lines}
        self.fields["lines"] = forms.MultipleChoiceField(
            label="Quels paiements vous font douter ?",
            choices=[(mark, line.title) for mark, line in self._lines.items()],
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": "Cochez au moins un paiement.",
                "invalid_choice": "Ce paiement n’est pas dans la liste. Cochez-le à nouveau.",
            },
        )

    def chosen(self) -> list[PaidLine]:
        """The lines that were ticked, once the form is valid."""
        keys = read_marks(self.cleaned_data["lines"])
        return [line for line in self._lines.values() if line.key in keys]


class StepForm(forms.Form):
    """One page of the questionnaire."""

    def __init__(self, *args: Any, step: Step, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._step = step
        if step.options:
            self.fields["choice"] = forms.ChoiceField(
                label=step.question,
                choices=[(option.value, option.label) for option in step.options],
                widget=forms.RadioSelect,
                required=False,
            )
        if step.story is not Story.NONE:
            label = (
                "Racontez avec vos mots"
                if step.story is Story.REQUIRED
                else "Voulez-vous ajouter quelque chose ? (facultatif)"
            )
            self.fields["story"] = _story(label, hint="N’écrivez pas de mot de passe ni de coordonnées bancaires.")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        try:
            self.answer: Answer = checked_answer(self._step, choice=data.get("choice", ""), story=data.get("story", ""))
        except AnswerError as error:
            self.add_error(error.field, str(error))
        return data


class MessageForm(forms.Form):
    """A message beside a report, or a word to an adviser."""

    text = _story("Votre message", hint="N’écrivez pas de mot de passe ni de coordonnées bancaires.", required=True)

"""The act « Établir une lettre »."""

from django import forms

from fraud.cases.act_forms import ActForm, ActGroup
from fraud.cases.decision_models import CaseStep
from fraud.cases.enums import StepKind
from fraud.cases.letters.making import LONGEST_FACTS, make_letter, professional_fr
from fraud.cases.letters.templates import KINDS
from fraud.cases.look import CaseLook


class LetterForm(ActForm):
    group = ActGroup.DECIDE
    title, button = "Établir une lettre", "Établir la lettre"
    note = (
        "La lettre reprend la suite inscrite, son fondement et son délai, les lignes retenues et les montants. "
        "Elle ne nomme aucun patient : n’en nommez pas non plus, et ne donnez aucun détail médical."
    )
    step = forms.TypedChoiceField(label="Suite à annoncer", coerce=int)
    recipient = forms.CharField(label="Destinataire", max_length=120)
    address = forms.CharField(label="Adresse postale", widget=forms.Textarea(attrs={"rows": 4}), max_length=300)
    facts = forms.CharField(
        label="Exposé des faits",
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=LONGEST_FACTS,
        required=False,
        help_text="Facultatif. Ce qui est reproché, en une phrase par ligne.",
    )

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return super().is_offered(look) and bool(_announced(look))

    def prepare(self) -> None:
        steps = sorted(_announced(self.look), key=lambda one: one.pk, reverse=True)
        self.choose("step", [(one.pk, f"{StepKind(one.kind).label}, faite le {one.done_on:%d/%m/%Y}") for one in steps])
        self.initial = {"recipient": professional_fr(self.case)}

    def perform(self) -> str:
        data = self.cleaned_data
        make_letter(
            data["step"], recipient=data["recipient"], address=data["address"], facts=data["facts"], by=self.user
        )
        return "La lettre est établie et conservée dans le dossier."


def _announced(look: CaseLook) -> list[CaseStep]:
    """Steps of the case that a letter announces."""
    return [one for one in look.steps if one.kind in KINDS]

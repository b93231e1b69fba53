"""The grid as a form: each point answered, then the whole."""

from collections.abc import Mapping
from typing import Any

from django import forms

from outreach.campaigns.quality.enums import Mark, Verdict
from outreach.campaigns.quality.grid import Item
from outreach.campaigns.quality.reviewing import LONGEST_ADVICE


class ReviewForm(forms.Form):
    """Nothing is ticked beforehand."""

    verdict = forms.ChoiceField(label="Dans l’ensemble", choices=Verdict.choices, widget=forms.RadioSelect)
    advice = forms.CharField(
        label="Votre mot au conseiller",
        required=False,
        strip=False,
        help_text=f"{LONGEST_ADVICE} caractères au plus. Commencez par ce qui va bien. Rien sur la personne appelée.",
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60, "maxlength": LONGEST_ADVICE, "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, items: tuple[Item, ...]) -> None:  # noqa: ANN401 (as in Django)
        super().__init__(data)
        self.items = items
        points = {
            item.code: forms.ChoiceField(
                label=item.label, help_text=item.help, choices=Mark.choices, widget=forms.RadioSelect
            )
            for item in items
        }
        self.fields = points | self.fields

    def marks(self) -> Mapping[str, Mark]:
        """The answers, on a valid form."""
        return {item.code: Mark(self.cleaned_data[item.code]) for item in self.items}

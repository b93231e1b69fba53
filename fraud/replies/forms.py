"""The forms of a right of reply, public side."""

import re

from django import forms

from fraud.intake.forms import NULL_FR
from fraud.intake.sealed import LONGEST_STORY

_NUMBER = re.compile(r"([0-9]{4})\D?([0-9]{1,6})")


class EnterForm(forms.Form):
    """Number and code, as the letter prints them; spaces, hyphens and small letters do not matter."""

    number = forms.CharField(
        label="Numéro du dossier",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}),
        error_messages={
            "required": "Saisissez le numéro du dossier, en haut de notre courrier.",
            "null_characters_not_allowed": NULL_FR,
        },
    )
    code = forms.CharField(
        label="Code de réponse",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={
            "required": "Saisissez le code de réponse, imprimé dans notre courrier.",
            "null_characters_not_allowed": NULL_FR,
        },
    )

    def clean_number(self) -> str:
        """« 2026-000123 »; what has another shape stays as it is, and no case has it."""
        typed = "".join(str(self.cleaned_data["number"]).split())
        found = _NUMBER.fullmatch(typed)
        return f"{found[1]}-{int(found[2]):06d}" if found else typed


class ReplyForm(forms.Form):
    """A message of the professional; empty when only documents are sent."""

    text = forms.CharField(
        label="Votre message",
        help_text="N’écrivez ni nom ni numéro de sécurité sociale d’un patient : la date et l’acte suffisent.",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "maxlength": LONGEST_STORY, "spellcheck": "true"}),
        error_messages={"null_characters_not_allowed": NULL_FR},
    )

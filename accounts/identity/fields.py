"""Form fields of the sign-in pages. Errors say what is expected, with an example; none repeats what was typed."""

import datetime as dt
import re
from typing import Final

from django import forms
from django.utils import timezone

from accounts.identity.one_time_codes import DIGITS
from accounts.people.nir import NirError, parse_nir

PASSWORD_MAX_CHARACTERS: Final = 200
FIRST_BIRTH_YEAR: Final = 1880


class NirField(forms.CharField):
    """The 15 characters of a NIR, with or without spaces."""

    def __init__(self, *, autocomplete: str) -> None:
        super().__init__(
            label="Numéro de sécurité sociale",
            help_text="Les 15 caractères de votre carte Vitale, clé comprise. Les espaces sont acceptées.",
            max_length=40,
            widget=forms.TextInput(
                attrs={
                    "autocomplete": autocomplete,
                    "inputmode": "text",  # Corsican numbers hold a letter
                    "autocapitalize": "characters",
                    "spellcheck": "false",
                }
            ),
            error_messages={
                "required": "Saisissez votre numéro de sécurité sociale.",
                "max_length": WRONG_NIR,
                "null_characters_not_allowed": WRONG_NIR,
            },
        )

    def clean(self, value: object) -> str:
        text = super().clean(value)
        try:
            return parse_nir(text)
        except NirError:
            raise forms.ValidationError(WRONG_NIR, code="invalid") from None


WRONG_NIR: Final = (
    "Vérifiez votre numéro de sécurité sociale : 13 caractères, puis une clé de 2 chiffres, "
    "par exemple 2 69 05 00 123 456 19."
)


class BirthDateField(forms.CharField):
    """A date of birth typed as day, month, year; given back as AAAAMMJJ.

    Months above 12 pass: people born under another calendar may bear them, up to 99 (feed format).
    """

    def __init__(self) -> None:
        super().__init__(
            label="Date de naissance",
            help_text="Jour, mois et année, par exemple 31 03 1980.",
            max_length=20,
            widget=forms.TextInput(attrs={"autocomplete": "bday", "inputmode": "numeric", "class": "short"}),
            error_messages={
                "required": "Saisissez votre date de naissance.",
                "max_length": WRONG_DATE,
                "null_characters_not_allowed": WRONG_DATE,
            },
        )

    def clean(self, value: object) -> str:
        text = re.sub(r"[ ./\-\u00a0\u202f]", "", super().clean(value))
        if re.fullmatch(r"[0-9]{8}", text, re.ASCII) is None:
            raise forms.ValidationError(WRONG_DATE, code="invalid")
        day, month, year = int(text[:2]), int(text[2:4]), int(text[4:])
        if not FIRST_BIRTH_YEAR <= year <= timezone.localdate().year:
            raise forms.ValidationError("Vérifiez l’année de naissance : quatre chiffres, par exemple 1980.")
        if 1 <= month <= 12:
            try:
                dt.date(year, month, day)
            except ValueError:
                raise forms.ValidationError("Cette date n’existe pas dans le calendrier. Vérifiez le jour.") from None
        return f"{text[4:]}{text[2:4]}{text[:2]}"


WRONG_DATE: Final = "Saisissez le jour, le mois et l’année en chiffres, par exemple 31 03 1980."


class PostcodeField(forms.CharField):
    """The postcode of the address that the insurer knows."""

    def __init__(self) -> None:
        super().__init__(
            label="Code postal",
            help_text="Celui de votre domicile, par exemple 75011.",
            max_length=12,
            widget=forms.TextInput(
                attrs={"autocomplete": "postal-code", "inputmode": "text", "spellcheck": "false", "class": "short"}
            ),
            error_messages={
                "required": "Saisissez votre code postal.",
                "max_length": WRONG_POSTCODE,
                "null_characters_not_allowed": WRONG_POSTCODE,
            },
        )

    def clean(self, value: object) -> str:
        text = re.sub(r"[ \u00a0\u202f]", "", super().clean(value)).upper()
        if re.fullmatch(r"[0-9A-Z]{1,5}", text, re.ASCII) is None:
            raise forms.ValidationError(WRONG_POSTCODE, code="invalid")
        return text


WRONG_POSTCODE: Final = "Saisissez un code postal de 5 caractères au plus, par exemple 75011."


class DigitsField(forms.CharField):
    """A code of six digits; spaces are accepted, as apps show « 123 456 »."""

    def __init__(self) -> None:
        super().__init__(
            label=f"Code à {DIGITS} chiffres",
            max_length=20,
            widget=forms.TextInput(
                attrs={
                    "autocomplete": "one-time-code",
                    "inputmode": "numeric",
                    "spellcheck": "false",
                    "class": "short",
                }
            ),
            error_messages={
                "required": "Saisissez le code.",
                "max_length": WRONG_CODE,
                "null_characters_not_allowed": WRONG_CODE,
            },
        )

    def clean(self, value: object) -> str:
        code = "".join(super().clean(value).split())
        if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
            raise forms.ValidationError(WRONG_CODE, code="invalid")
        return code


WRONG_CODE: Final = "Le code comporte 6 chiffres, par exemple 123 456."

"""The two pages of the staff's sign-in."""

from django import forms

from accounts.staff.models import StaffTotpDevice

PASSWORD_MAX_CHARACTERS = 200


class PasswordForm(forms.Form):
    """First page: who, and the password."""

    username = forms.CharField(
        label="Identifiant professionnel",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Saisissez votre identifiant professionnel."},
    )
    password = forms.CharField(
        label="Mot de passe",
        max_length=PASSWORD_MAX_CHARACTERS,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Saisissez votre mot de passe."},
    )


class CodeForm(forms.Form):
    """Second page: the code of the authenticator app. Spaces are accepted, as apps show « 123 456 »."""

    code = forms.CharField(
        label="Code à 6 chiffres",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false", "class": "short"}
        ),
        error_messages={"required": "Saisissez le code affiché par votre application."},
    )

    def clean_code(self) -> str:
        code = "".join(str(self.cleaned_data["code"]).split())
        if not (code.isascii() and code.isdigit() and len(code) == StaffTotpDevice.DIGITS):
            raise forms.ValidationError("Le code comporte 6 chiffres, par exemple 123 456.")
        return code

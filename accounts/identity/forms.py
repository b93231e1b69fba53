"""The forms of the sign-in pages."""

from typing import Any, Final

from django import forms

from accounts.identity.changing import RECOVERY_CHARACTERS
from accounts.identity.enums import CodeChannel
from accounts.identity.fields import (
    PASSWORD_MAX_CHARACTERS,
    BirthDateField,
    DigitsField,
    NirField,
    PostcodeField,
)
from accounts.identity.proving import Identity
from accounts.people.contacts import AddressError, parse_email, parse_mobile

WRONG_RECOVERY: Final = "Un code de secours comporte 10 lettres et chiffres, par exemple ABCDE-12345."


def _password(label: str, *, autocomplete: str, required: str, help_text: str = "") -> forms.CharField:
    too_long = f"Le mot de passe comporte {PASSWORD_MAX_CHARACTERS} caractères au plus."
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=PASSWORD_MAX_CHARACTERS,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        error_messages={
            "required": required,
            "max_length": too_long,
            "null_characters_not_allowed": "Le mot de passe contient un caractère qui ne peut pas être utilisé.",
        },
    )


class SignInForm(forms.Form):
    """Step 1 of 2."""

    nir = NirField(autocomplete="username")
    password = _password("Mot de passe", autocomplete="current-password", required="Saisissez votre mot de passe.")


class CodeForm(forms.Form):
    """Six digits from an app, an SMS or an e-mail."""

    code = DigitsField()


class RecoveryForm(forms.Form):
    """A recovery code, with or without its hyphen."""

    code = forms.CharField(
        label="Code de secours",
        help_text="L’un des dix codes que vous avez notés. Chacun ne sert qu’une fois.",
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={
            "required": "Saisissez un code de secours.",
            "max_length": WRONG_RECOVERY,
            "null_characters_not_allowed": WRONG_RECOVERY,
        },
    )

    def clean_code(self) -> str:
        code = "".join(char for char in str(self.cleaned_data["code"]).upper() if char not in " -\u2010\u2011\u2013")
        if not (code.isascii() and code.isalnum() and len(code) == RECOVERY_CHARACTERS):
            raise forms.ValidationError(WRONG_RECOVERY)
        return code


class IdentityForm(forms.Form):
    """Step 1 of 3: what the insurer knows too."""

    nir = NirField(autocomplete="off")
    birth_date = BirthDateField()
    postcode = PostcodeField()

    def identity(self) -> Identity:
        """What was typed, once the form is valid."""
        data = self.cleaned_data
        return Identity(nir=data["nir"], birth_date_text=data["birth_date"], postcode=data["postcode"])


class NewPasswordForm(forms.Form):
    """Step 3 of 3. The house's validators are run with the person at hand, by ``proving.set_password``."""

    password = _password(
        "Nouveau mot de passe",
        autocomplete="new-password",
        required="Choisissez un mot de passe.",
        help_text=(
            "12 caractères ou plus. Quelques mots sans rapport entre eux font un bon mot de passe, "
            "facile à retenir. Vous n’aurez pas à en changer régulièrement."
        ),
    )
    again = _password(
        "Le même mot de passe, une seconde fois",
        autocomplete="new-password",
        required="Saisissez le mot de passe une seconde fois.",
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "password" in data and "again" in data and data["password"] != data["again"]:
            self.add_error("again", "Les deux mots de passe saisis sont différents.")
        return data


class ChangePasswordForm(NewPasswordForm):
    """The old password, and a new one twice."""

    old = _password(
        "Mot de passe actuel", autocomplete="current-password", required="Saisissez votre mot de passe actuel."
    )
    field_order = ("old", "password", "again")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "old" in data and "password" in data and data["old"] == data["password"]:
            self.add_error("password", "Choisissez un mot de passe différent de l’actuel.")
        return data


class AppNameForm(forms.Form):
    """What to call an authenticator app in the list."""

    name = forms.CharField(
        label="Nom de l’appareil",
        help_text="Pour le reconnaître dans votre liste, par exemple « mon téléphone ».",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Donnez un nom à cet appareil, par exemple « mon téléphone ».",
            "max_length": "Choisissez un nom de 40 caractères au plus.",
        },
    )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if not name.isprintable():
            raise forms.ValidationError("Le nom contient un caractère qui ne peut pas être utilisé.")
        return name


class PasskeyForm(AppNameForm):
    """What to call a passkey in the list. The answer of the person's device travels beside it, and is no field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["name"]
        name.label = "Nom de la clé d’accès"
        name.help_text = "Pour la reconnaître dans votre liste, par exemple « mon téléphone » ou « clé USB »."
        name.error_messages["required"] = "Donnez un nom à cette clé d’accès, par exemple « mon téléphone »."


class AddressForm(forms.Form):
    """A new address on one channel."""

    address = forms.CharField(max_length=254)

    def __init__(self, channel: CodeChannel, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parse = parse_mobile if channel is CodeChannel.SMS else parse_email
        field = self.fields["address"]
        if channel is CodeChannel.SMS:
            field.label, field.help_text = "Nouveau numéro de mobile", "Par exemple 06 00 01 23 45."
            field.widget = forms.TelInput(attrs={"autocomplete": "tel"})
            field.error_messages["required"] = "Saisissez votre nouveau numéro de mobile."
        else:
            field.label, field.help_text = "Nouvelle adresse e-mail", "Par exemple nom@example.org."
            field.widget = forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
            field.error_messages["required"] = "Saisissez votre nouvelle adresse e-mail."

    def clean_address(self) -> str:
        try:
            return self._parse(str(self.cleaned_data["address"]))
        except AddressError as error:
            raise forms.ValidationError(str(error)) from None

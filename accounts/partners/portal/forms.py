"""The forms of a partner's pages. What cannot be undone, or opens a door, asks for a fresh code in the form itself."""

from typing import Any, Final

from django import forms

from accounts.identity.forms import NewPasswordForm
from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.keys import UnfitKeyError, read_public_key
from accounts.partners.networks import LONGEST_TEXT, UnfitNetworkError, read_networks
from accounts.staff.forms import PASSWORD_MAX_CHARACTERS, CodeForm

MEMBER: Final = "member"
MANAGER: Final = "manager"
_IDENTIFIER: Final = "Identifiant"


def _identifier() -> forms.CharField:
    return forms.CharField(
        label=_IDENTIFIER,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Saisissez votre identifiant, par exemple 99000001-01."},
    )


class SignInForm(forms.Form):
    """Step 1 of 2."""

    identifier = _identifier()
    password = forms.CharField(
        label="Mot de passe",
        max_length=PASSWORD_MAX_CHARACTERS,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Saisissez votre mot de passe."},
    )


class JoinForm(NewPasswordForm):
    """An invitation and a password of one's own."""

    identifier = _identifier()
    code = forms.CharField(
        label="Code d’invitation",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "Saisissez le code d’invitation que l’on vous a remis."},
    )
    field_order = ("identifier", "code", "password", "again")


class FreshCodeForm(CodeForm):
    """Nothing but a fresh code, for what stands on the page already."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "Code de votre application, à 6 chiffres"


class KeyForm(FreshCodeForm):
    """A public key for one of the partner's programs."""

    client = forms.ModelChoiceField(
        label="Programme",
        queryset=PartnerClient.objects.none(),
        empty_label=None,
        error_messages={
            "required": "Choisissez un programme.",
            "invalid_choice": "Choisissez un programme de la liste.",
        },
    )
    text = forms.CharField(
        label="Clé publique",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        error_messages={
            "required": "Collez la clé publique.",
            "max_length": "Ce texte est trop long pour une clé publique.",
        },
    )
    field_order = ("client", "text", "code")

    def __init__(self, programs: list[PartnerClient], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        client = self.fields["client"]
        if isinstance(client, forms.ModelChoiceField):
            client.queryset = PartnerClient.objects.filter(pk__in=[program.pk for program in programs])
            client.choices = [(program.pk, program.name) for program in programs]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("text"):
            return data
        try:
            data["jwk"] = read_public_key(data["text"])
        except UnfitKeyError as error:
            self.add_error("text", str(error))
            return data
        finally:
            # A private half that was pasted by mistake is not sent back in the page either.
            if self.has_error("text"):
                self.data = {name: "" if name == "text" else self.data[name] for name in self.data}
        if PartnerKey.objects.filter(client=data.get("client"), kid=data["jwk"]["kid"]).exists():
            self.add_error("text", "Ce programme a déjà une clé de cet identifiant.")
        return data


class NetworksForm(FreshCodeForm):
    """The networks that a program may call from; none for anywhere."""

    networks = forms.CharField(
        label="Adresses et réseaux, un par ligne",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocapitalize": "none"}),
        error_messages={"max_length": "Ce texte est trop long pour une liste de réseaux."},
    )
    field_order = ("networks", "code")

    def clean_networks(self) -> list[str]:
        try:
            return read_networks(self.cleaned_data["networks"])
        except UnfitNetworkError as error:
            raise forms.ValidationError(str(error), code="unfit") from None


class InviteForm(FreshCodeForm):
    """A colleague, known by a function."""

    label = forms.CharField(
        label="Fonction",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Indiquez une fonction, par exemple « exploitation ».",
            "max_length": "La fonction comporte 60 caractères au plus.",
        },
    )
    role = forms.ChoiceField(
        label="Droits",
        choices=[(MEMBER, "travailler"), (MANAGER, "travailler et gérer les utilisateurs")],
        initial=MEMBER,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez des droits."},
    )
    field_order = ("label", "role", "code")

    def clean_label(self) -> str:
        label = str(self.cleaned_data["label"])
        if not label.isprintable():
            raise forms.ValidationError("La fonction contient un caractère qui ne peut pas être utilisé.")
        return label

"""Forms of the console about partners' programs and keys."""

from typing import Any, Final

from django import forms
from django.db.models import Q

from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.enums import PartnerState, Scope
from accounts.partners.keys import UnfitKeyError, read_public_key
from accounts.partners.models import PartnerInsurer
from accounts.partners.usage_models import LONGEST_REASON

IN_USE: Final = "in-use"
WITHDRAWN: Final = "withdrawn"


def _use(noun_fr: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label="État",
        choices=[(IN_USE, "en service"), (WITHDRAWN, "à retirer")],
        initial=IN_USE,
        widget=forms.RadioSelect,
        help_text=f"Retirer {noun_fr} est définitif : les jetons qui en viennent cessent aussitôt de servir.",
    )


class PartnerForm(forms.ModelForm[PartnerInsurer]):
    """A partner's state is changed for a reason, which the partner reads."""

    reason = forms.CharField(
        label="Motif",
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Nécessaire pour changer l’état. L’organisme le lit dans son espace : pas de nom, rien d’interne.",
    )

    class Meta:
        model = PartnerInsurer
        fields = ("code", "name", "state", "requests_per_day", "rows_floor")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        is_changed = (
            "state" in self.changed_data if self.instance.pk else data.get("state") != PartnerState.NOT_CONNECTED
        )
        if is_changed and not data.get("reason"):
            self.add_error("reason", "Dites pourquoi l’état change.")
        return data


class ClientForm(forms.ModelForm[PartnerClient]):
    scopes = forms.MultipleChoiceField(
        label="Droits",
        choices=[(scope.value, f"{scope.value} : {scope.label}") for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez un droit au moins."},
    )

    class Meta:
        model = PartnerClient
        fields = ("partner", "name", "scopes", "requests_per_minute")


class ClientChangeForm(ClientForm):
    use = _use("un programme")

    class Meta:
        model = PartnerClient
        fields = ("name", "scopes", "requests_per_minute")


class KeyForm(forms.ModelForm[PartnerKey]):
    """A pasted public key; what is kept is its canonical form."""

    text = forms.CharField(
        label="Clé publique",
        widget=forms.Textarea,
        help_text="Un JWK ou un PEM : P-384 pour ES384, RSA de 2 048 bits ou plus pour RS384 et PS384.",
        error_messages={"required": "Collez la clé publique."},
    )

    class Meta:
        model = PartnerKey
        fields = ("client",)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("text"):
            return data
        try:
            jwk = read_public_key(data["text"])
        except UnfitKeyError as error:
            self.add_error("text", str(error))
            return data
        known = PartnerKey.objects.filter(Q(client=data.get("client"), kid=jwk["kid"]))
        if known.exists():
            self.add_error("text", "Ce programme a déjà une clé de cet identifiant.")
        self.instance.jwk, self.instance.kid = jwk, jwk["kid"]
        return data


class KeyChangeForm(forms.ModelForm[PartnerKey]):
    use = _use("une clé")

    class Meta:
        model = PartnerKey
        fields: tuple[str, ...] = ()

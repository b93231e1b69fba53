"""Forms of the console about partners' programs and keys."""

from typing import Any, Final

from django import forms
from django.db.models import Q

from accounts.partners.certificates import UnfitCertificateError, read_certificates
from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.enums import PartnerState, Scope
from accounts.partners.keys import UnfitKeyError, read_public_key
from accounts.partners.models import PartnerInsurer
from accounts.partners.networks import MOST_NETWORKS, UnfitNetworkError, read_networks
from accounts.partners.usage_models import LONGEST_REASON
from ameli_notify.core.outgoing.errors import OutgoingError
from ameli_notify.core.outgoing.urls import LONGEST, read_url

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
    jwks_url = forms.CharField(
        label="Adresse de ses clés (JWKS)",
        required=False,
        max_length=LONGEST,
        strip=True,
        widget=forms.URLInput,
        help_text="En https. Les clés publiées à cette adresse servent comme celles que vous enregistrez ici.",
    )
    certificates = forms.CharField(
        label="Certificats exigés",
        required=False,
        widget=forms.Textarea,
        help_text=(
            "Laissez vide si le programme n’en a pas. Sinon, collez un à trois certificats (PEM) ou leurs empreintes "
            "« x5t#S256 » : les jetons ne servent plus qu’avec l’un d’eux."
        ),
    )
    networks = forms.CharField(
        label="Réseaux autorisés",
        required=False,
        widget=forms.Textarea,
        help_text=(
            "Laissez vide si le programme peut appeler de partout. Sinon, une adresse ou un réseau par ligne, par "
            f"exemple « 192.0.2.10 » ou « 2001:db8:1::/48 », {MOST_NETWORKS} au plus : d’ailleurs, ni ses clés ni ses "
            "jetons ne servent."
        ),
    )
    are_networks_new = False

    class Meta:
        model = PartnerClient
        fields = ("partner", "name", "scopes", "requests_per_minute", "jwks_url")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("certificates", "\n".join(self.instance.certificate_thumbprints))
        self.initial.setdefault("networks", "\n".join(self.instance.allowed_networks))

    def clean_jwks_url(self) -> str:
        url: str = self.cleaned_data["jwks_url"]
        if url:
            try:
                read_url(url)
            except OutgoingError:
                raise forms.ValidationError(
                    "Donnez une adresse https, par son nom, sur le port 443 ou un port à partir de 1024.", code="unfit"
                ) from None
        return url

    def clean_certificates(self) -> str:
        text: str = self.cleaned_data["certificates"]
        try:
            self.instance.certificate_thumbprints = read_certificates(text)
        except UnfitCertificateError as error:
            raise forms.ValidationError(str(error), code="unfit") from None
        return text

    def clean_networks(self) -> str:
        text: str = self.cleaned_data["networks"]
        try:
            networks = read_networks(text)
        except UnfitNetworkError as error:
            raise forms.ValidationError(str(error), code="unfit") from None
        self.are_networks_new = networks != self.instance.allowed_networks
        self.instance.allowed_networks = networks
        return text


class ClientChangeForm(ClientForm):
    use = _use("un programme")

    class Meta:
        model = PartnerClient
        fields = ("name", "scopes", "requests_per_minute", "jwks_url")


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

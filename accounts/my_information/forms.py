"""The form of « Mes préférences »."""

from typing import Any, Final

from django import forms

from accounts.people.enums import PreferredChannel
from accounts.people.models import InsuredPerson
from accounts.people.preferences import Preferences, digest_channels, preferences_of

YES: Final = "oui"
NO: Final = "non"
_DIGEST_FR: Final = {
    PreferredChannel.EMAIL: "Par e-mail",
    PreferredChannel.SMS: "Par SMS",
    PreferredChannel.POST: "Par courrier",
    PreferredChannel.NONE: "Je ne veux pas en recevoir",
}
_CHOOSE: Final = {"required": "Choisissez une réponse.", "invalid_choice": "Choisissez une réponse de la liste."}


class PreferencesForm(forms.Form):
    """One question a purpose; the digest is offered where there is an address only."""

    digest = forms.ChoiceField(
        label="Comment voulez-vous recevoir l’information de paiement ?",
        help_text=(
            "Tous les dix jours, si un paiement vous concerne. C’est elle qui vous alerte si quelqu’un facture un soin "
            "que vous n’avez pas reçu."
        ),
        widget=forms.RadioSelect,
        error_messages=_CHOOSE,
    )
    calls = forms.ChoiceField(
        label="Acceptez-vous des appels d’accompagnement ?",
        help_text="Un conseiller peut vous appeler pour vous aider à suivre votre traitement.",
        choices=[(YES, "Oui"), (NO, "Non")],
        widget=forms.RadioSelect,
        error_messages=_CHOOSE,
    )
    information = forms.ChoiceField(
        label="Acceptez-vous de recevoir de l’information de prévention ?",
        help_text="Par exemple sur la vaccination ou les dépistages qui vous sont proposés.",
        choices=[(YES, "Oui"), (NO, "Non")],
        widget=forms.RadioSelect,
        error_messages=_CHOOSE,
    )

    def __init__(self, person: InsuredPerson, data: Any = None) -> None:  # noqa: ANN401 (as in Django)
        now = preferences_of(person)
        initial = {
            "digest": now.digest.value,
            "calls": YES if now.accepts_calls else NO,
            "information": YES if now.accepts_information else NO,
        }
        super().__init__(data, initial=initial)
        # What was chosen before stays possible, even where its address is gone since.
        offered = [channel for channel in PreferredChannel if channel in {*digest_channels(person), now.digest}]
        digest: Any = self.fields["digest"]  # django-stubs knows it as a plain field
        digest.choices = [(channel.value, _DIGEST_FR[channel]) for channel in offered]

    def wanted(self) -> Preferences:
        """What was answered, once the form is valid."""
        data = self.cleaned_data
        return Preferences(
            digest=PreferredChannel(data["digest"]),
            accepts_calls=data["calls"] == YES,
            accepts_information=data["information"] == YES,
        )

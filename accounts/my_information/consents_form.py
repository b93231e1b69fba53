"""The form of « Mon organisme complémentaire »: one question a partner and a purpose."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms

from accounts.my_information.forms import NO, YES
from accounts.partners.consents import PartnerChoices
from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import PartnerInsurer

QUESTIONS_FR: Final = {
    ConsentPurpose.PAYMENTS: "Acceptez-vous que {partner} voie vos remboursements ?",
    ConsentPurpose.ALERTS: "Acceptez-vous que {partner} reçoive les alertes de fraude qui vous concernent ?",
    ConsentPurpose.CAMPAIGNS: "Acceptez-vous des appels d’accompagnement organisés avec {partner} ?",
}
HINTS_FR: Final = {
    ConsentPurpose.PAYMENTS: (
        "Pour vos propres soins, reçus pendant votre adhésion : la date, la famille de soin (consultation, pharmacie…) "
        "et les montants. Jamais l’acte précis, le médicament ni le professionnel, et jamais un soin confidentiel."
    ),
    ConsentPurpose.ALERTS: "Par exemple si des soins que vous n’avez pas reçus sont facturés à votre nom.",
    ConsentPurpose.CAMPAIGNS: "Vous pouvez changer d’avis à tout moment, sur cette page.",
}
_ERRORS: Final = {"required": "Choisissez une réponse.", "invalid_choice": "Choisissez une réponse de la liste."}


class ConsentsForm(forms.Form):
    """``choices``: what holds now. Where nothing may be given, only what was given is asked about."""

    def __init__(self, choices: Sequence[PartnerChoices], data: Any = None) -> None:  # noqa: ANN401 (as in Django)
        super().__init__(data)
        self._choices = choices
        for one in choices:
            for purpose in ConsentPurpose:
                if one.may_give or purpose in one.purposes:
                    self.fields[_field(one, purpose)] = _question(one, purpose)

    def wanted(self) -> list[tuple[PartnerChoices, set[ConsentPurpose]]]:
        """What was answered about each partner, once the form is valid."""
        data = self.cleaned_data
        return [(one, {item for item in ConsentPurpose if data.get(_field(one, item)) == YES}) for one in self._choices]


def partner_fr(partner: PartnerInsurer) -> str:
    """The partner's name; its number when it has none here."""
    return partner.name or f"l’organisme n°\u00a0{partner.code}"


def _field(one: PartnerChoices, purpose: ConsentPurpose) -> str:
    return f"{purpose}-{one.partner.code}"


def _question(one: PartnerChoices, purpose: ConsentPurpose) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=QUESTIONS_FR[purpose].format(partner=partner_fr(one.partner)),
        help_text=HINTS_FR[purpose],
        choices=[(YES, "Oui"), (NO, "Non")],
        initial=YES if purpose in one.purposes else NO,
        widget=forms.RadioSelect,
        error_messages=_ERRORS,
    )

"""The form of « Mon organisme complémentaire »: one question a partner and a purpose, for oneself and each minor."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
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
MINORS_QUESTIONS_FR: Final = {
    ConsentPurpose.PAYMENTS: "Pour {name} : acceptez-vous que {partner} voie ses remboursements ?",
    ConsentPurpose.ALERTS: "Pour {name} : acceptez-vous que {partner} reçoive les alertes de fraude ?",
}
MINORS_HINTS_FR: Final = {
    ConsentPurpose.PAYMENTS: (
        "La date, la famille de soin et les montants. Jamais l’acte précis, le médicament ni le professionnel, et "
        "jamais un soin confidentiel."
    ),
    ConsentPurpose.ALERTS: "Par exemple si des soins que {name} n’a pas reçus sont facturés.",
}
NAMELESS_FR: Final = "cette personne"
_ERRORS: Final = {"required": "Choisissez une réponse.", "invalid_choice": "Choisissez une réponse de la liste."}


@dataclass(frozen=True, slots=True)
class Group:
    """The questions about one person; ``name`` is empty for the reader."""

    name: str
    fields: Sequence[forms.BoundField]
    is_first_minor: bool


class ConsentsForm(forms.Form):
    """``choices``: what holds now, person by person. Where nothing may be given, what was given is asked about."""

    def __init__(self, choices: Sequence[PartnerChoices], data: Any = None) -> None:  # noqa: ANN401 (as in Django)
        super().__init__(data)
        self._choices = choices
        for one in choices:
            for purpose in one.asked:
                self.fields[_field(one, purpose)] = _question(one, purpose)

    def groups(self) -> list[Group]:
        """The questions, the reader's own first."""
        found: list[Group] = []
        for name, some in _by_person(self._choices):
            fields = [self[_field(one, purpose)] for one in some for purpose in one.asked]
            is_first_minor = bool(name) and not any(group.name for group in found)
            found.append(Group(name, fields, is_first_minor))
        return found

    def wanted(self) -> list[tuple[PartnerChoices, set[ConsentPurpose]]]:
        """What was answered about each partner, once the form is valid."""
        data = self.cleaned_data
        return [(one, {item for item in one.asked if data.get(_field(one, item)) == YES}) for one in self._choices]


def partner_fr(partner: PartnerInsurer) -> str:
    """The partner's name; its number when it has none here."""
    return partner.name or f"l’organisme n°\u00a0{partner.code}"


def _by_person(choices: Sequence[PartnerChoices]) -> list[tuple[str, list[PartnerChoices]]]:
    persons = groupby(choices, key=lambda one: one.minor)
    return [(minor.first_name or NAMELESS_FR if minor else "", list(some)) for minor, some in persons]


def _field(one: PartnerChoices, purpose: ConsentPurpose) -> str:
    whose = f"-{one.minor.public_id}" if one.minor else ""
    return f"{purpose}-{one.partner.code}{whose}"


def _question(one: PartnerChoices, purpose: ConsentPurpose) -> forms.ChoiceField:
    words = {"partner": partner_fr(one.partner), "name": (one.minor.first_name if one.minor else "") or NAMELESS_FR}
    questions, hints = (MINORS_QUESTIONS_FR, MINORS_HINTS_FR) if one.minor else (QUESTIONS_FR, HINTS_FR)
    return forms.ChoiceField(
        label=questions[purpose].format(**words),
        help_text=hints[purpose].format(**words),
        choices=[(YES, "Oui"), (NO, "Non")],
        initial=YES if purpose in one.purposes else NO,
        widget=forms.RadioSelect,
        error_messages=_ERRORS,
    )

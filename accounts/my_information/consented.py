"""What a person lets partner insurers see, of themselves and of the minors for whom they answer, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from accounts.my_information.consents_form import NAMELESS_FR, partner_fr
from accounts.my_information.contacts import on_day
from accounts.partners.consents import PartnerChoices, choices_about_minors, choices_about_partners
from accounts.partners.enums import ConsentPurpose
from accounts.partners.minors import OF_AGE, Minor

TITLES_FR: Final = {
    ConsentPurpose.PAYMENTS: "Vos remboursements",
    ConsentPurpose.ALERTS: "Les alertes de fraude qui vous concernent",
    ConsentPurpose.CAMPAIGNS: "Des appels d’accompagnement communs",
}
MINORS_TITLES_FR: Final = {
    ConsentPurpose.PAYMENTS: "Pour {name} : ses remboursements",
    ConsentPurpose.ALERTS: "Pour {name} : les alertes de fraude",
}
FOR_YOU_FR: Final = "par la personne dont vous dépendez pour l’Assurance Maladie ; vous pouvez refuser"
CAME_OF_AGE_FR: Final = "l’accord donné pour vous a pris fin à vos 18 ans : à vous de choisir"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """``since_fr`` is empty where nothing was accepted, and nothing has ended."""

    title: str
    answer_fr: str
    since_fr: str


def consent_rows(insured_id: int) -> Iterator[ConsentRow]:
    """One row a person, a partner and a purpose that can be chosen. Eight queries at most, within ``as_insured``."""
    for one in choices_about_partners(insured_id) + choices_about_minors(insured_id):
        yield from (_row(one, purpose) for purpose in one.asked)


def _row(one: PartnerChoices, purpose: ConsentPurpose) -> ConsentRow:
    given = {ConsentPurpose(consent.purpose): consent for consent in one.open}
    title, partner = _title(one.minor, purpose), partner_fr(one.partner)
    if purpose not in given:
        return ConsentRow(title=title, answer_fr=f"non accepté, pour {partner}", since_fr=_since_of_age(one, purpose))
    consent = given[purpose]
    by = FOR_YOU_FR if one.minor is None and consent.guardian_id is not None else "par vous"
    since = f"depuis le {on_day(consent.given_at)}, {by}"
    return ConsentRow(title=title, answer_fr=f"accepté, pour {partner}", since_fr=since)


def _title(minor: Minor | None, purpose: ConsentPurpose) -> str:
    if minor is None:
        return TITLES_FR[purpose]
    return MINORS_TITLES_FR[purpose].format(name=minor.first_name or NAMELESS_FR)


def _since_of_age(one: PartnerChoices, purpose: ConsentPurpose) -> str:
    """To whoever has come of age: what was given for them is over."""
    is_over = one.minor is None and any(
        consent.purpose == purpose and consent.withdrawn_by in ("", OF_AGE) for consent in one.ended
    )
    return CAME_OF_AGE_FR if is_over else ""

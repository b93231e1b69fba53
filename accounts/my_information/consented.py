"""What a person lets their partner insurers see, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from accounts.my_information.consents_form import partner_fr
from accounts.my_information.contacts import on_day
from accounts.partners.consents import choices_about_partners
from accounts.partners.enums import ConsentPurpose

TITLES_FR: Final = {
    ConsentPurpose.PAYMENTS: "Vos remboursements",
    ConsentPurpose.ALERTS: "Les alertes de fraude qui vous concernent",
    ConsentPurpose.CAMPAIGNS: "Des appels d’accompagnement communs",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """``since_fr`` is empty where nothing was accepted."""

    title: str
    answer_fr: str
    since_fr: str


def consent_rows(insured_id: int) -> Iterator[ConsentRow]:
    """One row a partner and a purpose that can be chosen. Two or three queries, within ``as_insured``."""
    for one in choices_about_partners(insured_id):
        given = {ConsentPurpose(consent.purpose): consent for consent in one.open}
        partner = partner_fr(one.partner)
        for purpose, title in TITLES_FR.items():
            if purpose in given:
                since = f"depuis le {on_day(given[purpose].given_at)}, par vous"
                yield ConsentRow(title=title, answer_fr=f"accepté, pour {partner}", since_fr=since)
            elif one.may_give:
                yield ConsentRow(title=title, answer_fr=f"non accepté, pour {partner}", since_fr="")

"""What a person chose, in words, with the date and the origin of each answer."""

from dataclasses import dataclass
from typing import Final

from accounts.my_information.contacts import on_day
from accounts.people.enums import PreferenceAnswer, Purpose
from accounts.people.importing.upserting import CHANGED_BY
from accounts.people.models import InsuredPerson, PreferenceChange
from accounts.people.preferences import preferences_of

TITLES_FR: Final = {
    Purpose.DIGEST: "Information de paiement, tous les dix jours",
    Purpose.CALLS: "Appels d’accompagnement",
    Purpose.INFORMATION: "Information de prévention",
}
_DIGEST_FR: Final = {
    PreferenceAnswer.EMAIL: "par e-mail",
    PreferenceAnswer.SMS: "par SMS",
    PreferenceAnswer.POST: "par courrier",
    PreferenceAnswer.NONE: "vous n’en recevez pas",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """``since_fr`` is empty while nothing was ever changed."""

    title: str
    answer_fr: str
    since_fr: str


def choices_of(person: InsuredPerson) -> list[Choice]:
    """One row a purpose. One query, within ``as_insured``."""
    last: dict[str, PreferenceChange] = {}
    for change in PreferenceChange.objects.filter(insured_id=person.pk).order_by("changed_at", "pk"):
        last[change.purpose] = change
    return [
        Choice(title=TITLES_FR[purpose], answer_fr=answer_fr(purpose, answer), since_fr=_since(last.get(purpose)))
        for purpose, answer in preferences_of(person).answers().items()
    ]


def answer_fr(purpose: Purpose, answer: PreferenceAnswer) -> str:
    """An answer in plain words."""
    if purpose is Purpose.DIGEST:
        return _DIGEST_FR[answer]
    return (
        "vous les acceptez"
        if answer is PreferenceAnswer.YES and purpose is Purpose.CALLS
        else ("vous l’acceptez" if answer is PreferenceAnswer.YES else "vous avez refusé")
    )


def _since(change: PreferenceChange | None) -> str:
    if change is None:
        return ""
    who = "par votre caisse" if change.changed_by == CHANGED_BY else "par vous"
    return f"changé le {on_day(change.changed_at)}, {who}"

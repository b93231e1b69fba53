"""What a person should look at when they come: addresses that fail or wait, sign-ins and changes they may not know.

An alert says what happened, when, and what to do if it was not them. Nothing is shown for ever: see the delays.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst

from accounts.identity.activity import changes_since
from accounts.identity.events import AccountEvent, AccountEventKind
from accounts.identity.factors import masked
from accounts.identity.reach import codes_wait_until
from accounts.my_information.contacts import CHANGE_WORDS, own_contacts
from accounts.people.enums import ContactKind, EndReason
from accounts.people.models import ContactChannel, InsuredPerson
from outreach.my_messages.rows import Message

ACTIVITY_SHOWN: Final = dt.timedelta(days=14)
ADDRESSES_SHOWN: Final = dt.timedelta(days=60)
_CHANGES_FR: Final = {
    AccountEventKind.PASSWORD_CHANGED: "Votre mot de passe a été changé",
    AccountEventKind.APP_ADDED: "Un appareil ou une application a été ajouté à vos moyens de connexion",
    AccountEventKind.CHANNEL_ADDED: "La réception de codes a été ajoutée à vos moyens de connexion",
    AccountEventKind.FACTOR_REMOVED: "Un moyen de connexion a été retiré",
    AccountEventKind.IDENTITY_LINKED: "Votre compte a été lié à FranceConnect+",
    AccountEventKind.IDENTITY_REMOVED: "Le lien de votre compte avec FranceConnect+ a été retiré",
    AccountEventKind.IDENTITY_LINKED: "FranceConnect+ a été lié à votre compte",
    AccountEventKind.IDENTITY_REMOVED: "FranceConnect+ a été retiré de votre compte",
    AccountEventKind.RECOVERY_CODES_MADE: "De nouveaux codes de secours ont été demandés",
    AccountEventKind.DATA_DOWNLOADED: "Vos données ont été téléchargées",
}
_UNVERIFIED_FR: Final = {
    ContactKind.EMAIL: "Votre adresse e-mail {} nous vient de votre caisse et n’a pas encore été vérifiée par un code. "
    "Confirmez-la ou corrigez-la, pour que nos messages vous parviennent.",
    ContactKind.MOBILE: "Votre numéro de mobile {} nous vient de votre caisse et n’a pas encore été vérifié par un "
    "code. Confirmez-le ou corrigez-le, pour que nos messages vous parviennent.",
}
_VERIFY_FR: Final = {
    ContactKind.EMAIL: "Vérifier mon adresse e-mail",
    ContactKind.MOBILE: "Vérifier mon numéro de mobile",
}
_BOUNCED_FR: Final = {
    ContactKind.EMAIL: "Votre adresse e-mail {} n’existe plus : nous ne l’utilisons plus.",
    ContactKind.MOBILE: "Votre numéro {} n’est plus attribué : nous ne l’utilisons plus.",
}
_GIVE_ANOTHER_FR: Final = {
    ContactKind.EMAIL: "Donner une autre adresse e-mail",
    ContactKind.MOBILE: "Donner un autre numéro",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """``is_urgent`` ones are about the safety of the account or messages that do not arrive."""

    text: str
    link: str
    link_text: str
    is_urgent: bool = False


def alerts_of(
    person: InsuredPerson, *, new_devices: Sequence[AccountEvent], last_message: Message | None
) -> list[Alert]:
    """The urgent ones first. Within ``as_insured``."""
    contacts = [] if person.is_contact_protected else list(own_contacts(person.pk))
    found = [
        *_sign_ins(new_devices),
        *_changes(person.pk),
        *_failures(contacts, last_message),
        *_unreachable(person),
        *_to_verify(contacts),
        *_not_used(contacts),
    ]
    return sorted(found, key=lambda alert: not alert.is_urgent)


def waiting_number(person: InsuredPerson) -> list[Alert]:
    """A new mobile number that receives no codes yet. Outside the wall: changes under way are the sign-in's own."""
    until = codes_wait_until(person.pk, kind=ContactKind.MOBILE)
    if until is None or person.is_contact_protected:
        return []
    text = f"Vos codes de connexion seront envoyés à votre nouveau numéro de mobile à partir du {_moment(until)}."
    return [Alert(text=text, link=reverse("security"), link_text="Voir la sécurité de mon compte")]


def _sign_ins(new_devices: Sequence[AccountEvent]) -> Iterator[Alert]:
    for event in new_devices:
        yield Alert(
            text=(
                f"Connexion depuis un nouvel appareil le {_moment(event.at)} : {event.browser}, {event.system}. "
                "Si ce n’était pas vous, fermez cette session et changez votre mot de passe."
            ),
            link=reverse("security"),
            link_text="Voir mes sessions",
            is_urgent=True,
        )


def _changes(insured_id: int) -> Iterator[Alert]:
    for event in changes_since(insured_id, timezone.now() - ACTIVITY_SHOWN):
        yield Alert(
            text=f"{_change_fr(AccountEventKind(event.kind))} le {_moment(event.at)}. Si ce n’était pas vous, "
            "appelez le 3646 sans attendre.",
            link=reverse("security"),
            link_text="Vérifier mes moyens de connexion",
            is_urgent=True,
        )


def _failures(contacts: Sequence[ContactChannel], message: Message | None) -> Iterator[Alert]:
    if message is not None and message.is_failure:
        yield Alert(
            text=f"Notre dernier message ne vous est pas parvenu. {message.status}. Vérifiez vos coordonnées.",
            link=reverse("my-information"),
            link_text="Voir mes coordonnées",
            is_urgent=True,
        )
    current = {one.kind for one in contacts if one.ended_at is None}
    oldest = timezone.now() - ADDRESSES_SHOWN
    for one in contacts:
        is_recent = one.ended_at is not None and one.ended_at >= oldest
        if one.end_reason == EndReason.BOUNCED and is_recent and one.kind not in current and one.kind in CHANGE_WORDS:
            kind = ContactKind(one.kind)
            yield Alert(
                text=_BOUNCED_FR[kind].format(masked(one)),
                link=_change_link(one),
                link_text=_GIVE_ANOTHER_FR[kind],
                is_urgent=True,
            )


def _unreachable(person: InsuredPerson) -> Iterator[Alert]:
    if not person.has_email and not person.has_mobile and not person.is_contact_protected:
        yield Alert(
            text="Nous n’avons ni adresse e-mail ni numéro de mobile pour vous prévenir d’un paiement.",
            link=reverse("change-contact", kwargs={"channel": CHANGE_WORDS[ContactKind.EMAIL]}),
            link_text="Ajouter une adresse e-mail",
        )


def _to_verify(contacts: Sequence[ContactChannel]) -> Iterator[Alert]:
    for one in contacts:
        if one.ended_at is None and one.verified_at is None and one.kind in CHANGE_WORDS:
            kind = ContactKind(one.kind)
            text = _UNVERIFIED_FR[kind].format(masked(one))
            yield Alert(text=text, link=_change_link(one), link_text=_VERIFY_FR[kind])


def _not_used(contacts: Sequence[ContactChannel]) -> Iterator[Alert]:
    oldest = timezone.now() - ADDRESSES_SHOWN
    for one in contacts:
        if one.end_reason == EndReason.NOT_USED and one.started_at >= oldest and one.kind in CHANGE_WORDS:
            other = "un autre numéro" if one.kind == ContactKind.MOBILE else "une autre adresse"
            yield Alert(
                text=f"Votre caisse nous a transmis {other} pour vous, {masked(one)}. Nous gardons les coordonnées que "
                "vous avez saisies et vérifiées.",
                link=reverse("my-information"),
                link_text="Voir mes coordonnées",
            )


def _change_fr(kind: AccountEventKind) -> str:
    return _CHANGES_FR.get(kind) or capfirst(kind.label)


def _change_link(contact: ContactChannel) -> str:
    return reverse("change-contact", kwargs={"channel": CHANGE_WORDS[ContactKind(contact.kind)]})


def _moment(instant: dt.datetime) -> str:
    return date_format(timezone.localtime(instant), "j F Y à H:i")

"""« Mes informations »: identity, addresses, choices and activity of one person, put together for the page."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.utils import timezone

from accounts.identity.events import AccountEvent
from accounts.identity.models import InsuredAccount
from accounts.identity.reach import codes_wait_until
from accounts.identity.sessions import live_sessions
from accounts.my_information.choices import Choice, choices_of
from accounts.my_information.consented import ConsentRow, consent_rows
from accounts.my_information.contacts import AddressCard, address_cards
from accounts.partners.models import PartnerMembership
from accounts.people.enums import ContactKind
from accounts.people.models import InsuredPerson, nir_context
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.masking import mask_nir
from ameli_notify.core.walls import as_insured
from reimbursements.professionals.models import HealthProfessional
from reimbursements.reference.models import HealthFund

LAST_EVENTS: Final = 10
_TERRITORIES: Final = {
    "971": "Guadeloupe",
    "972": "Martinique",
    "973": "Guyane",
    "974": "La Réunion",
    "976": "Mayotte",
    "57": "Moselle",
    "67": "Bas-Rhin",
    "68": "Haut-Rhin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Labels and values, ready to print; nothing that is not known."""

    rows: tuple[tuple[str, str], ...]
    dependants: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    identity: Identity
    addresses: tuple[AddressCard, ...]
    is_protected: bool
    codes_wait_until: dt.datetime | None
    choices: tuple[Choice, ...]
    consents: tuple[ConsentRow, ...]
    sessions_count: int
    events: tuple[AccountEvent, ...]


def information_of(account: InsuredAccount) -> Information:
    """All that the page shows. The person's own row is the session's; everything else is read behind the wall."""
    person = account.insured
    waits_until = codes_wait_until(person.pk, kind=ContactKind.MOBILE)
    sessions_count = len(live_sessions(account))
    with as_insured(person.pk):
        events = AccountEvent.objects.filter(insured_id=person.pk).order_by("-at", "-pk")[:LAST_EVENTS]
        return Information(
            identity=identity_of(person),
            addresses=tuple(address_cards(person)),
            is_protected=person.is_contact_protected,
            codes_wait_until=waits_until,
            choices=tuple(choices_of(person)),
            consents=tuple(consent_rows(person.pk)),
            sessions_count=sessions_count,
            events=tuple(events),
        )


def identity_of(person: InsuredPerson) -> Identity:
    """Within ``as_insured``."""
    rows = [
        ("Nom de naissance", person.birth_name),
        ("Nom d’usage", person.usage_name),
        ("Prénoms", person.first_names),
        ("Date de naissance", birth_fr(person)),
        ("Numéro de sécurité sociale", masked_nir(person)),
        ("Caisse", fund_fr(person.fund_code)),
        ("Code postal", "" if person.is_contact_protected else person.postcode),
        ("Territoire", _TERRITORIES.get(person.territory, "")),
        ("Médecin traitant déclaré", doctor_fr(person.treating_rpps)),
        ("Organisme complémentaire", insurer_fr(person.pk)),
    ]
    dependants = InsuredPerson.objects.filter(policyholder_id=person.pk).order_by("birth_date_text", "pk")
    return Identity(
        rows=tuple((label, value) for label, value in rows if value),
        dependants=tuple(names.split()[0] for names in dependants.values_list("first_names", flat=True)),
    )


def birth_fr(person: InsuredPerson) -> str:
    """As declared: the calendar of some birth dates is not ours."""
    text = person.birth_date_text
    return f"{text[6:]}/{text[4:6]}/{text[:4]}"


def masked_nir(person: InsuredPerson) -> str:
    return mask_nir(key_ring().open(person.nir_sealed, context=nir_context(person.nir_lookup)))


def fund_fr(code: str) -> str:
    """The name of a fund, and its code for whoever answers on the telephone."""
    name = HealthFund.objects.filter(code=code).values_list("name", flat=True).first()
    return f"{name} (code {code})" if name else f"code {code}"


def doctor_fr(rpps: int | None) -> str:
    if rpps is None:
        return ""
    names = HealthProfessional.objects.filter(rpps=rpps).values_list("first_name", "last_name").first()
    return " ".join(names) if names else f"RPPS {rpps}"


def insurer_fr(insured_id: int) -> str:
    """The complementary insurer of today; its number when it has no name here."""
    today = timezone.localdate()
    current = PartnerMembership.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), insured_id=insured_id)
    known = current.order_by("-starts_on").values_list("partner__name", "partner__code").first()
    if known is None:
        return ""
    name, code = known
    return name or f"nom non communiqué (n°\u00a0{code})"

"""Consents: asked of a member about their partner insurer, given and withdrawn one by one, dated, never erased.

An adult answers for themselves alone; a policyholder also for the minors under their number (``minors``).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.access.walls import IS_ADULT
from accounts.partners import minors
from accounts.partners.enums import ConsentPurpose, PartnerState
from accounts.partners.minors import Guarded, Minor
from accounts.partners.models import MemberConsent, PartnerInsurer, PartnerMember, PartnerMembership
from accounts.people.models import InsuredPerson
from ameli_notify.core.sql import fetch_value


class ConsentError(ValueError):
    """A consent that may not be given: the partner is not connected or not the person's, the minor not in one's care,
    or has refused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerChoices:
    """One partner of one person: the reader, or ``minor``.

    ``asked``: what may be answered; withdrawing always, giving where the partner is connected and still the person's.
    ``ended``: what somebody gave for the reader before they came of age, and is over.
    """

    partner: PartnerInsurer
    minor: Minor | None
    open: tuple[MemberConsent, ...]
    ended: tuple[MemberConsent, ...]
    asked: tuple[ConsentPurpose, ...]
    may_give: bool

    @property
    def purposes(self) -> frozenset[ConsentPurpose]:
        return frozenset(ConsentPurpose(consent.purpose) for consent in self.open)


_PARTNER_COLUMNS: Final = ("id", "code", "name", "state")
_CONSENT_COLUMNS: Final = (
    "id", "insured_id", "partner_id", "purpose", "given_at", "withdrawn_at", "withdrawn_by", "guardian_id", "ends_on",
)  # fmt: skip


def choices_about_partners(insured_id: int) -> list[PartnerChoices]:
    """The partners about which the person has something to choose, the present one first. Within ``as_insured``."""
    return _choices({insured_id: None}, may_give=bool(fetch_value(f"SELECT {IS_ADULT}")))


def choices_about_minors(guardian_id: int) -> list[PartnerChoices]:
    """The same for the minors under the person's number, one after the other. Within ``as_insured``."""
    found = {minor.person_id: minor for minor in minors.minors_under(guardian_id)}
    return _choices(found, may_give=True) if found else []


@transaction.atomic
def choose_consents(insured_id: int, partner_id: int, wanted: Collection[ConsentPurpose], *, by: str) -> int:
    """Give what is wanted and was not, withdraw what was and is not; returns how many changed.

    ``by``: the identifier of the account that answered. Raises ConsentError for giving what may not be given.
    """
    InsuredPerson.objects.select_for_update().only("pk").get(pk=insured_id)  # two answers at once follow each other
    minors.end_overdue(insured_id)
    return _choose(insured_id, partner_id, wanted, by=by)


@transaction.atomic
def choose_for_minor(
    minor_id: int, partner_id: int, wanted: Collection[ConsentPurpose], *, guardian_id: int, by: str
) -> int:
    """The same by the policyholder, for a minor under their number."""
    guarded = minors.lock_minor(minor_id, guardian_id=guardian_id)
    if guarded is None or not set(wanted) <= set(minors.PURPOSES):
        raise ConsentError("not a minor under that person, or not to be given for a minor")
    return _choose(minor_id, partner_id, wanted, by=by, guarded=guarded, guardian_id=guardian_id)


def _choose(
    insured_id: int,
    partner_id: int,
    wanted: Collection[ConsentPurpose],
    *,
    by: str,
    guarded: Guarded | None = None,
    guardian_id: int | None = None,
) -> int:
    now = timezone.now()
    of_both = MemberConsent.objects.filter(insured_id=insured_id, partner_id=partner_id)
    held = of_both.filter(withdrawn_at=None)
    has = {ConsentPurpose(purpose) for purpose in held.values_list("purpose", flat=True)}
    given = [purpose for purpose in ConsentPurpose if purpose in wanted and purpose not in has]
    withdrawn = held.exclude(purpose__in=list(wanted)).update(withdrawn_at=now, withdrawn_by=by)
    if given:
        _check_may_have(insured_id, partner_id)
        if guarded and minors.refused_by_minor(of_both, guarded.public_id) & set(given):
            raise ConsentError("the minor has withdrawn it")
        PartnerMember.objects.get_or_create(insured_id=insured_id, partner_id=partner_id)
        MemberConsent.objects.bulk_create(
            MemberConsent(
                insured_id=insured_id,
                partner_id=partner_id,
                purpose=purpose,
                given_at=now,
                given_by=by,
                guardian_id=guardian_id,
                ends_on=guarded.until if guarded else None,
            )
            for purpose in given
        )
    return withdrawn + len(given)


def _check_may_have(insured_id: int, partner_id: int) -> None:
    is_connected = PartnerInsurer.objects.filter(pk=partner_id, state=PartnerState.ACTIVE).exists()
    if not is_connected or partner_id not in _present_partners([insured_id])[insured_id]:
        raise ConsentError("the partner is not connected, or not the person's")


def _present_partners(people: Collection[int]) -> dict[int, set[int]]:
    today = timezone.localdate()
    present = PartnerMembership.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=today), insured_id__in=people, starts_on__lte=today
    )
    found: dict[int, set[int]] = {person_id: set() for person_id in people}
    for person_id, partner_id in present.values_list("insured_id", "partner_id"):
        found[person_id].add(partner_id)
    return found


def _choices(people: Mapping[int, Minor | None], *, may_give: bool) -> list[PartnerChoices]:
    """Person by person, in the order given. Three queries at most."""
    given: dict[int, dict[int, list[MemberConsent]]] = {person_id: {} for person_id in people}
    rows = MemberConsent.objects.filter(insured_id__in=people).order_by("given_at", "pk").only(*_CONSENT_COLUMNS)
    for consent in rows:
        given[consent.insured_id].setdefault(consent.partner_id, []).append(consent)
    present = _present_partners(people) if may_give else {person_id: set() for person_id in people}
    named = {partner_id for some in (*given.values(), *present.values()) for partner_id in some}
    partners = PartnerInsurer.objects.only(*_PARTNER_COLUMNS).in_bulk(named)
    return [
        choice
        for person_id, minor in people.items()
        for choice in _of_person(minor, partners, present=present[person_id], given=given[person_id])
    ]


def _of_person(
    minor: Minor | None,
    partners: Mapping[int, PartnerInsurer],
    *,
    present: Collection[int],
    given: Mapping[int, list[MemberConsent]],
) -> list[PartnerChoices]:
    found = []
    for partner_id in {*present, *given}:
        partner = partners[partner_id]
        may_give = partner_id in present and partner.state == PartnerState.ACTIVE
        found.append(_about(minor, partner, given.get(partner_id, []), may_give=may_give))
    asked = [one for one in found if one.asked]
    return sorted(asked, key=lambda one: (not one.may_give, one.partner.name, one.partner.pk))


def _about(
    minor: Minor | None, partner: PartnerInsurer, given: Collection[MemberConsent], *, may_give: bool
) -> PartnerChoices:
    today = timezone.localdate()
    holding = tuple(consent for consent in given if consent.holds_on(today))
    held = {ConsentPurpose(consent.purpose) for consent in holding}
    offered: set[ConsentPurpose] = set()
    if may_give:
        offered = set(minors.PURPOSES) - minors.refused_by_minor(given, minor.public_id) if minor else {*ConsentPurpose}
    return PartnerChoices(
        partner=partner,
        minor=minor,
        open=holding,
        ended=tuple(one for one in given if one.guardian_id is not None and not one.holds_on(today)),
        asked=tuple(purpose for purpose in ConsentPurpose if purpose in offered | held),
        may_give=may_give,
    )

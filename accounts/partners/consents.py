"""Consents: asked of a member about their partner insurer, given and withdrawn one by one, dated, never erased."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.access.walls import IS_ADULT
from accounts.partners.enums import ConsentPurpose, PartnerState
from accounts.partners.models import MemberConsent, PartnerInsurer, PartnerMember, PartnerMembership
from accounts.people.models import InsuredPerson
from ameli_notify.core.sql import fetch_value


class ConsentError(ValueError):
    """A consent for a partner that may not have it: not connected, or not the person's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerChoices:
    """One partner of a person. ``may_give``: connected, and still the person's; withdrawing is always possible."""

    partner: PartnerInsurer
    open: tuple[MemberConsent, ...]
    may_give: bool

    @property
    def purposes(self) -> frozenset[ConsentPurpose]:
        return frozenset(ConsentPurpose(consent.purpose) for consent in self.open)


_PARTNER_COLUMNS: Final = ("id", "code", "name", "state")


def choices_about_partners(insured_id: int) -> list[PartnerChoices]:
    """The partners about which the person has something to choose, the present one first. Within ``as_insured``."""
    consents = MemberConsent.objects.filter(insured_id=insured_id, withdrawn_at=None).order_by("given_at", "pk")
    by_partner: dict[int, list[MemberConsent]] = {}
    for consent in consents.only("id", "insured_id", "partner_id", "purpose", "given_at", "withdrawn_at"):
        by_partner.setdefault(consent.partner_id, []).append(consent)
    may_give = set(_present_partners(insured_id)) if fetch_value(f"SELECT {IS_ADULT}") else set()
    connected = Q(pk__in=may_give, state=PartnerState.ACTIVE)
    partners = PartnerInsurer.objects.filter(connected | Q(pk__in=by_partner)).only(*_PARTNER_COLUMNS)
    found = [
        PartnerChoices(
            partner=partner,
            open=tuple(by_partner.get(partner.pk, ())),
            may_give=partner.pk in may_give and partner.state == PartnerState.ACTIVE,
        )
        for partner in partners
    ]
    return sorted(found, key=lambda one: (not one.may_give, one.partner.name, one.partner.pk))


@transaction.atomic
def choose_consents(insured_id: int, partner_id: int, wanted: Collection[ConsentPurpose], *, by: str) -> int:
    """Give what is wanted and was not, withdraw what was and is not; returns how many changed.

    ``by``: the identifier of the account that answered. Raises ConsentError for giving what may not be given.
    """
    InsuredPerson.objects.select_for_update().only("pk").get(pk=insured_id)  # two answers at once follow each other
    now = timezone.now()
    held = MemberConsent.objects.filter(insured_id=insured_id, partner_id=partner_id, withdrawn_at=None)
    has = {ConsentPurpose(purpose) for purpose in held.values_list("purpose", flat=True)}
    given = [purpose for purpose in ConsentPurpose if purpose in wanted and purpose not in has]
    withdrawn = held.exclude(purpose__in=list(wanted)).update(withdrawn_at=now, withdrawn_by=by)
    if given:
        _check_may_have(insured_id, partner_id)
        PartnerMember.objects.get_or_create(insured_id=insured_id, partner_id=partner_id)
        MemberConsent.objects.bulk_create(
            MemberConsent(insured_id=insured_id, partner_id=partner_id, purpose=purpose, given_at=now, given_by=by)
            for purpose in given
        )
    return withdrawn + len(given)


def _check_may_have(insured_id: int, partner_id: int) -> None:
    is_connected = PartnerInsurer.objects.filter(pk=partner_id, state=PartnerState.ACTIVE).exists()
    if not is_connected or partner_id not in _present_partners(insured_id):
        raise ConsentError("the partner is not connected, or not the person's")


def _present_partners(insured_id: int) -> list[int]:
    today = timezone.localdate()
    present = PartnerMembership.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=today), insured_id=insured_id, starts_on__lte=today
    )
    return list(present.values_list("partner_id", flat=True))

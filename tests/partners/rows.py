"""Partners, members and consents of the tests."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from accounts.partners.consents import choose_consents
from accounts.partners.enums import ConsentPurpose, PartnerState
from accounts.partners.models import PartnerInsurer, PartnerMembership
from accounts.people.models import InsuredPerson

START: Final = dt.date(2024, 1, 1)
"""When memberships of the tests begin."""


def make_partner(code: str, name: str = "", *, state: PartnerState = PartnerState.ACTIVE) -> PartnerInsurer:
    return PartnerInsurer.objects.create(code=code, name=name, state=state)


def join(
    person: InsuredPerson,
    partner: PartnerInsurer,
    *,
    starts_on: dt.date = START,
    ends_on: dt.date | None = None,
    member_no: str = "A-1",
) -> PartnerMembership:
    return PartnerMembership.objects.create(
        insured=person, partner=partner, starts_on=starts_on, ends_on=ends_on, member_no=member_no
    )


def consent(
    person: InsuredPerson,
    partner: PartnerInsurer,
    purposes: Iterable[ConsentPurpose] = (ConsentPurpose.PAYMENTS,),
) -> None:
    """The person's whole choice about the partner: what is not named is withdrawn."""
    choose_consents(person.pk, partner.pk, set(purposes), by="essai")

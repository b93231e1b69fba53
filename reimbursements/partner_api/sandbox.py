"""A partner to try the API with: connected, with invented members who consented, a program and a key of its own.

For development and the demo. In production a partner is connected and its keys are registered in the console.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db.models import Count, Q
from django.utils import timezone
from joserfc.jwk import ECKey

from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.consents import choose_consents
from accounts.partners.enums import ConsentPurpose, PartnerState, Scope
from accounts.partners.keys import read_public_key
from accounts.partners.models import PartnerInsurer, PartnerMember, PartnerMembership
from reimbursements.partner_api.publishing import publish

NAME: Final = "Mutuelle du bac à sable"
CODE: Final = "99999999"
"""Where no file has named a partner yet."""
PROGRAM: Final = "bac à sable"
BY: Final = "partner_sandbox"
KEY_FILE: Final = "key.pem"
ALGORITHM: Final = "ES384"
ADULT_YEARS: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """What a client needs to begin. ``key_file`` holds the private key, readable by its owner alone."""

    client_id: str
    kid: str
    key_file: Path
    members: int


def open_sandbox(folder: Path, *, members: int) -> Sandbox:
    """Connect the partner with most members, have some of them consent, register a key kept in ``folder``, publish.

    Safe to repeat: the same partner, program and key are found again.
    """
    partner = _partner()
    for person_id in _adult_members(partner)[:members]:
        choose_consents(person_id, partner.pk, {ConsentPurpose.PAYMENTS, ConsentPurpose.ALERTS}, by=BY)
    client = _client(partner)
    key_file = folder / KEY_FILE
    kid = _register(client, key_file)
    publish()
    known = PartnerMember.objects.filter(partner=partner).count()
    return Sandbox(client_id=str(client.client_id), kid=kid, key_file=key_file, members=known)


def _partner() -> PartnerInsurer:
    """The one that was connected before, or the one with most members."""
    before = PartnerInsurer.objects.filter(state_by=BY).first()
    if before is not None:
        return before
    is_open = Q(memberships__ends_on=None)
    largest = PartnerInsurer.objects.annotate(size=Count("memberships", filter=is_open)).order_by("-size", "code")
    partner = largest.first() or PartnerInsurer(code=CODE)
    partner.name = partner.name or NAME
    partner.state, partner.state_at, partner.state_by = PartnerState.ACTIVE, timezone.now(), BY
    partner.save()
    return partner


def _adult_members(partner: PartnerInsurer) -> list[int]:
    today = timezone.localdate()
    born_by = today.replace(year=today.year - ADULT_YEARS, day=1)
    present = PartnerMembership.objects.filter(
        partner=partner, ends_on=None, starts_on__lte=today, insured__born_on__lte=born_by, insured__died_on=None
    )
    return list(present.order_by("insured_id").values_list("insured_id", flat=True))


def _client(partner: PartnerInsurer) -> PartnerClient:
    client, _ = PartnerClient.objects.get_or_create(
        partner=partner, name=PROGRAM, withdrawn_at=None, defaults={"scopes": list(Scope.values), "created_by": BY}
    )
    return client


def _register(client: PartnerClient, key_file: Path) -> str:
    """The name of the key in the file, made and registered when it is not there yet."""
    if not key_file.exists():
        key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(ECKey.generate_key("P-384").as_pem(private=True))
    public = ECKey.import_key(key_file.read_bytes()).as_pem(private=False)
    jwk = read_public_key(public.decode())
    PartnerKey.objects.get_or_create(client=client, kid=jwk["kid"], defaults={"jwk": jwk, "added_by": BY})
    return str(jwk["kid"])

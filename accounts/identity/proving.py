"""Creating an account, and choosing a new password when the last one is forgotten.

Somebody says what the insurer knows too (NIR, date of birth, postcode) and is sent a code at the address that the
insurer knows, never at one typed in. The answer says nothing: pages, headers, queries, hashes and rows written are
the same whether or not somebody matched. Only who holds the code learns more. Both purposes go the same way and end
in a password; whether an account is made or gets a new password is decided there.
"""

import datetime as dt
import logging
import uuid
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.identity import quotas
from accounts.identity.activity import note
from accounts.identity.devices import CodeDevice
from accounts.identity.enums import CodeChannel, ProofPurpose, SecurityMessageKind
from accounts.identity.events import AccountEventKind
from accounts.identity.factors import Refused
from accounts.identity.models import IdentityProof, InsuredAccount
from accounts.identity.one_time_codes import LIFETIME
from accounts.identity.outbox import post_code, post_notice
from accounts.identity.password_rules import refuse_own_facts
from accounts.identity.reach import code_contacts, is_reachable, notice_contacts
from accounts.identity.sessions import revoke_others
from accounts.people.contacts import mark_verified
from accounts.people.models import ContactChannel, InsuredPerson
from accounts.people.querysets import nir_lookup_of
from accounts.staff.models import User
from ameli_notify.core.limits import RetryAfter

logger = logging.getLogger(__name__)

PROOF_KEY: Final = "identity_proof"
CONTACT_KEY: Final = "identity_proof_contact"
"""The id of the address to which the code went; 0 when it went nowhere."""
PASSWORD_WITHIN: Final = dt.timedelta(minutes=15)
"""Time between the code and the password."""
KEPT: Final = dt.timedelta(days=1)


class ProofExpiredError(Exception):
    """The proof was used or is too old: start again."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What somebody says of themselves; dates as AAAAMMJJ, as the directory delivers them (some are lunar)."""

    nir: str
    birth_date_text: str
    postcode: str


@dataclass(frozen=True, slots=True)
class NewPassword:
    """The account whose password was set, and whether it was made on this occasion."""

    account: InsuredAccount
    is_new: bool


def start_proof(request: HttpRequest, identity: Identity, *, purpose: ProofPurpose) -> RetryAfter | None:
    """Send a code if these facts are somebody's. None in either case: the session then waits for the code."""
    bucket = nir_lookup_of(identity.nir)
    blocked = quotas.use(quotas.PROOF_CODES_SENT, request, person=bucket)
    if blocked:
        return blocked
    person = InsuredPerson.objects.with_nir(identity.nir).select_related("account__user").first()
    contacts = code_contacts(person.pk if person is not None and _is_described_by(person, identity) else 0)
    channel, contact = next(iter(contacts.items()), (CodeChannel.SMS, None))
    with transaction.atomic():
        proof = IdentityProof(purpose=purpose, person_bucket=bucket, insured_id=contact.insured_id if contact else None)
        code = proof.issue(now=timezone.now())
        proof.save(force_insert=True)
        post_code(SecurityMessageKind.PROOF_CODE, code=code, channel=channel, contact=contact)
    request.session.flush()
    request.session[PROOF_KEY] = str(proof.pk)
    request.session[CONTACT_KEY] = contact.pk if contact else 0
    request.session.cycle_key()
    return None


def _is_described_by(person: InsuredPerson, identity: Identity) -> bool:
    same_birth = constant_time_compare(person.birth_date_text, identity.birth_date_text)
    same_place = constant_time_compare(person.postcode, identity.postcode)
    account: InsuredAccount | None = getattr(person, "account", None)
    is_open = account is None or account.user.is_active
    return same_birth and same_place and is_open and is_reachable(person)


def current_proof(request: HttpRequest, *, purpose: ProofPurpose) -> IdentityProof | None:
    """The proof whose code this session waits for."""
    oldest = timezone.now() - LIFETIME
    return _proofs(request, purpose).filter(proven_at=None, created_at__gt=oldest).first()


def give_proof_code(request: HttpRequest, proof: IdentityProof, *, code: str) -> Refused | RetryAfter | None:
    """None when the code is right: the session, under a new key, may then choose a password."""
    blocked = quotas.use(quotas.PROOF_TRIES, request, person=proof.person_bucket)
    if blocked:
        return blocked
    with transaction.atomic():
        locked = IdentityProof.objects.select_for_update().get(pk=proof.pk)
        is_right = locked.take(code, now=timezone.now()) and locked.insured_id is not None
        if is_right:
            locked.proven_at = timezone.now()
        locked.save()
    if not is_right:
        logger.info("proof of identity refused")
        return Refused()
    quotas.give_back(quotas.PROOF_TRIES, person=proof.person_bucket)
    _note_that_it_answers(request, locked)
    request.session.cycle_key()
    return None


def _note_that_it_answers(request: HttpRequest, proof: IdentityProof) -> None:
    """The address to which the code went is verified, unless it was replaced or withdrawn meanwhile."""
    contact = ContactChannel.objects.filter(
        pk=request.session.get(CONTACT_KEY, 0), insured=proof.insured_id, ended_at=None
    ).first()
    if contact is not None:
        mark_verified(contact, at=timezone.now())


def proven(request: HttpRequest, *, purpose: ProofPurpose) -> IdentityProof | None:
    """The proof with which this session may choose a password."""
    oldest = timezone.now() - PASSWORD_WITHIN
    return (
        _proofs(request, purpose)
        .filter(proven_at__gt=oldest, used_at=None, insured__isnull=False)
        .select_related("insured__account__user")
        .first()
    )


def _proofs(request: HttpRequest, purpose: ProofPurpose) -> QuerySet[IdentityProof]:
    kept = request.session.get(PROOF_KEY)
    return IdentityProof.objects.filter(pk=uuid.UUID(kept), purpose=purpose) if kept else IdentityProof.objects.none()


def has_account(proof: IdentityProof) -> bool:
    """Whether the person of a proof signs in already."""
    return InsuredAccount.objects.filter(insured=proof.insured_id).exists()


@transaction.atomic
def set_password(request: HttpRequest, proof: IdentityProof, *, password: str) -> NewPassword:
    """Make the account, or give it a new password, end its sessions and tell its owner. A proof serves once.

    Raises ValidationError when the password is refused, ProofExpiredError when the proof was used meanwhile.
    """
    locked = IdentityProof.objects.select_for_update().get(pk=proof.pk)
    if locked.used_at is not None or locked.insured_id is None:
        raise ProofExpiredError
    person = InsuredPerson.objects.select_for_update().get(pk=locked.insured_id)
    account = InsuredAccount.objects.select_related("user", "insured").filter(insured=person).first()
    is_new = account is None
    if account is None:
        account = open_account(person, password=password)
    else:
        save_password(password, user=account.user, person=person)
        revoke_others(account, keep=None)
        post_notice(SecurityMessageKind.PASSWORD_CHANGED, contacts=notice_contacts(person.pk))
        note(person.pk, AccountEventKind.PASSWORD_CHANGED)
    locked.used_at = timezone.now()
    locked.save(update_fields=["used_at"])
    del request.session[PROOF_KEY]
    request.session.pop(CONTACT_KEY, None)
    logger.info("password set", extra={"account": account.pk, "is_new": is_new})
    return NewPassword(account, is_new)


@transaction.atomic
def open_account(person: InsuredPerson, *, password: str) -> InsuredAccount:
    """The account of somebody who has none yet, with codes on every channel that the insurer knows.

    Whoever calls it has established who the person is. Raises ValidationError when the password is refused.
    """
    user = User(username=str(person.public_id))
    save_password(password, user=user, person=person)
    account = InsuredAccount.objects.create(user=user, insured=person)
    for channel in code_contacts(person.pk):
        CodeDevice.objects.create(user=user, channel=channel, name=channel.label)
    return account


def save_password(password: str, *, user: User, person: InsuredPerson) -> None:
    """Keep a password that passes the house's validators and is not made of what the insurer's letters show.

    Raises ValidationError when it does not.
    """
    refuse_own_facts(password, person=person)
    validate_password(password, user)
    user.set_password(password)
    user.save()


def purge_old() -> int:
    """Delete proofs of more than a day ago; returns how many."""
    deleted, _ = IdentityProof.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return deleted

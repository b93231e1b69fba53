"""Two households with rows in every table that shows them something, written as the application."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from accounts.access.models import AccessLog
from accounts.identity.events import AccountEvent
from accounts.identity.messages import SecurityMessage
from accounts.identity.models import ContactChange, IdentityProof, InsuredAccount
from accounts.partners.models import MemberConsent, PartnerInsurer, PartnerMembership
from accounts.people.models import ContactChannel, InsuredPerson, LongTermCondition, PreferenceChange
from accounts.staff.models import User
from ameli_notify.core.partitions import Span, ensure_partitions
from outreach.channels.models import PostListEntry
from outreach.digest.models import DigestDue, DigestRunRecipient
from outreach.digest.schema import NOTIFICATION, RECIPIENT
from outreach.notifications.models import Notification
from reimbursements.lines.models import ReimbursementLine
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.professionals.models import HealthProfessional
from tests.fraud.rows import surround_with_report
from tests.outreach.campaigns.prevention_rows import surround_with_prevention
from tests.outreach.campaigns.rows import surround_with_calls

DAY: Final = dt.date(2026, 3, 16)


@dataclass(frozen=True)
class Households:
    """A policyholder with a child and a grown-up dependant, and somebody who has nothing to do with them."""

    holder: InsuredPerson
    child: InsuredPerson
    grown: InsuredPerson
    stranger: InsuredPerson

    @property
    def people(self) -> tuple[InsuredPerson, ...]:
        return self.holder, self.child, self.grown, self.stranger


def make_households() -> Households:
    for parent, span in ((LINE, Span.MONTH), (RECIPIENT, Span.MONTH), (NOTIFICATION, Span.DAY)):
        ensure_partitions(parent, first=DAY, last=DAY, span=span)
    today = timezone.localdate()
    holder = make_person(1, born_on=dt.date(1985, 7, 31))
    found = Households(
        holder,
        child=make_person(2, born_on=today.replace(day=1) - dt.timedelta(days=9 * 365), policyholder=holder),
        grown=make_person(3, born_on=dt.date(2000, 2, 29), policyholder=holder),
        stranger=make_person(4, born_on=dt.date(1990, 1, 1)),
    )
    HealthProfessional.objects.create(rpps=10_000_000_017, last_name="ESSAI", first_name="Claude")
    for person in found.people:
        surround(person)
    return found


def make_person(number: int, **values: Any) -> InsuredPerson:
    born_on: dt.date | None = values.get("born_on")
    return InsuredPerson.objects.create(
        nir_sealed=b"sealed",
        nir_lookup=uuid.UUID(int=number),
        cohort=number % 10,
        fund_code="01C751000",
        sex=1,
        birth_name="ZZCANARI",
        first_names="Yzélie-Canari",
        postcode="75011",
        **{"birth_date_text": f"{born_on:%Y%m%d}" if born_on else "", **values},
    )


def surround(person: InsuredPerson) -> None:
    """One row about the person in each table; of lines, one that is confidential and one that is not."""
    now = timezone.now()
    contact = ContactChannel.objects.create(
        insured=person, kind="email", address_sealed=b"sealed", address_lookup=uuid.uuid4(), started_at=now
    )
    SecurityMessage.objects.create(kind="sign-in-code", channel="email", contact=contact, expires_at=now)
    AccountEvent.objects.create(insured=person, kind="signed-in", browser="Firefox", system="Linux")
    PreferenceChange.objects.create(
        insured=person, purpose="digest", old_channel="email", new_channel="sms", changed_at=now, changed_by="import"
    )
    LongTermCondition.objects.create(insured=person, code=8)
    partner, _ = PartnerInsurer.objects.get_or_create(code="0012345678")
    PartnerMembership.objects.create(insured=person, partner=partner, starts_on=DAY)
    MemberConsent.objects.create(insured=person, partner=partner, purpose="alerts", given_at=now, given_by="essai")
    AccessLog.objects.create(
        actor_id=1, actor_role="adviser", action="view", object_kind="accounts.insuredperson", insured_id=person.pk
    )
    user = User.objects.create_user(str(person.public_id))
    InsuredAccount.objects.create(user=user, insured=person)
    ContactChange.objects.create(insured=person, kind="email")
    IdentityProof.objects.create(insured=person, purpose="create", person_bucket=uuid.uuid4())
    notification = Notification.objects.create(
        created_on=DAY, insured_id=person.pk, channel="email", status="created", run_id=1
    )
    DigestRunRecipient.objects.create(
        insured_id=person.pk, planned_on=DAY, run_id=1, notification_id=notification.pk,
        first_payment_on=DAY, last_payment_on=DAY, line_count=1,
    )  # fmt: skip
    DigestDue.objects.create(
        insured_id=person.pk, cohort=person.cohort, first_payment_on=DAY, last_payment_on=DAY, line_count=1
    )
    PostListEntry.objects.create(notification_id=notification.pk, insured_id=person.pk)
    surround_with_report(person)
    surround_with_calls(person)
    surround_with_prevention(person)
    for is_confidential in (False, True):
        make_line(person, is_confidential=is_confidential)


def make_line(beneficiary: InsuredPerson, *, is_confidential: bool) -> ReimbursementLine:
    """A line of the beneficiary, paid under the rights of their policyholder or their own."""
    return ReimbursementLine.objects.create(
        insured_id=beneficiary.policyholder_id or beneficiary.pk, beneficiary_id=beneficiary.pk,
        payment_date=DAY, care_start=DAY, batch_id=1, emitter_code="01C751000",
        statement_no=beneficiary.pk, line_no=1 + is_confidential, rem_type=0, operation="C", beneficiary_quality=1,
        nature_code=1110, quantity=1, coefficient=1, amount_charged=Decimal("30.00"), base_amount=Decimal("30.00"),
        rate_pct=70, amount_paid=Decimal("21.00"), excess_amount=0, insurance_nature=10, payee=0,
        is_confidential=is_confidential, is_amc_transmitted=False, performer_rpps=10_000_000_017,
    )  # fmt: skip

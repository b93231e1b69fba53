"""Campaigns made the way the staff makes them, and people whom they reach."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel, InsuredPerson, LongTermCondition, contact_context
from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring, lookup_id, lookup_key
from outreach.campaigns.appointments.models import Appointment, AppointmentEvent, AppointmentReminder, CallObstacle
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign, DisplayedNumber
from outreach.campaigns.campaign.services import approve, create_campaign, move_campaign
from outreach.campaigns.campaign.starting_numbers import add_starting_numbers
from outreach.campaigns.claiming.enums import TaskStatus
from outreach.campaigns.claiming.models import CallTask
from outreach.campaigns.scripts.publishing import publish_scripts
from outreach.campaigns.targeting.lists import advance_lists, start_count
from tests.reimbursements.payments.rows import make_person, pay
from tests.reimbursements.test_explanations_cases import gp

ALWAYS = [[day, "00:00", "23:59"] for day in range(1, 8)]
"""Windows for tests that run at any hour; holidays and the last minute of a day stay closed."""


def definition(**changes: Any) -> dict[str, Any]:
    """What a supervisor fills in."""
    add_starting_numbers(DisplayedNumber.objects)
    script = next(version for version in publish_scripts() if version.name == "suivi")
    today = timezone.localdate()
    return {
        "name": "Suivi d’automne",
        "purpose": "follow-up",
        "legal_basis": "RGPD, art. 6.1.e ; CSS, art. L. 221-1",
        "starts_on": today,
        "ends_on": today + dt.timedelta(days=30),
        "script": script,
        "displayed_number": DisplayedNumber.objects.get(number="3646"),
        "criteria": {"any_ald": True},
        **changes,
    }


def make_campaign(*, by: User | None = None, windows: list[Any] | None = None, **changes: Any) -> CallCampaign:
    """A draft. ``windows`` are written past the staff, who may not ask for any hour."""
    campaign = create_campaign(definition(**changes), by=by or supervisor("agent-auteur"))
    if windows is not None:
        campaign.windows = windows
        campaign.save(update_fields=["windows"])
    return campaign


def supervisor(username: str) -> User:
    """An account whose word counts; it cannot sign in."""
    return User.objects.get_or_create(username=username)[0]


def add_phone(person: InsuredPerson, number: str, *, kind: ContactKind = ContactKind.MOBILE) -> ContactChannel:
    return ContactChannel.objects.create(
        insured=person,
        kind=kind,
        address_sealed=key_ring().seal(number, context=contact_context(person.pk, kind)),
        address_lookup=lookup_id(kind, number, key=lookup_key()),
        started_at=timezone.now(),
    )


def make_target(
    name: str, *, number: str = "", ald: tuple[int, ...] = (8,), born: dt.date = dt.date(1950, 3, 2), **fields: Any
) -> InsuredPerson:
    """Somebody with a mobile number and a long-term condition."""
    person = make_person(name, born=born, has_mobile=True, **fields)
    for code in ald:
        LongTermCondition.objects.create(insured=person, code=code)
    add_phone(person, number or f"+3363998{person.pk % 10_000:04d}")
    return person


def make_list(campaign: CallCampaign) -> CallCampaign:
    """Counted, approved by two, frozen and running."""
    by = supervisor("agent-un")
    start_count(campaign.pk, by=by)
    advance_lists()
    for name in ("agent-un", "agent-deux"):
        approve(campaign.pk, by=supervisor(name))
    advance_lists()
    move_campaign(campaign.pk, to=CampaignStatus.RUNNING, by=by)
    campaign.refresh_from_db()
    return campaign


def see_gp(person: InsuredPerson, *, days_ago: int, **others: Any) -> None:
    """A consultation that was paid a week later; ``others`` change its lines."""
    pay(person, gp(), on=timezone.localdate() - dt.timedelta(days=days_ago - 7), **others)


def make_promise(person: InsuredPerson, *, at: dt.datetime | None = None, **values: Any) -> CallTask:
    """A call that was promised for tomorrow, in a running campaign that reaches nobody else."""
    campaign = make_list(make_campaign(windows=ALWAYS, criteria={"any_ald": True, "funds": ["99C999000"]}))
    values = {"fund_code": person.fund_code, "phone_lookup": person.public_id, "priority": 1} | values
    return CallTask.objects.create(
        campaign=campaign, insured=person, checked_on=timezone.localdate(), status=TaskStatus.CALLBACK,
        due_at=at or timezone.now() + dt.timedelta(days=1), **values,
    )  # fmt: skip


def write_appointment(person: InsuredPerson, *, days: float, **values: Any) -> Appointment:
    """An appointment that was told in a call which is forgotten since."""
    starts_at = timezone.now() + dt.timedelta(days=days)
    forgotten = 1_000_000 + Appointment.objects.count()
    made = Appointment.objects.create(insured=person, attempt_id=forgotten, starts_at=starts_at, **values)
    AppointmentEvent.objects.create(appointment=made, insured=person, kind="planned", starts_at=starts_at)
    return made


def call_rows(person: InsuredPerson) -> dict[str, object]:
    """What the addresses of a person's appointments are made of."""
    return {"appointment": write_appointment(person, days=9).public_id, "promise": make_promise(person).pk}


def appointment_addresses(person: InsuredPerson) -> dict[str, str]:
    """Pages of appointments in each state, and of a promised call."""
    now = timezone.now()
    found = {
        "ahead": write_appointment(person, days=9),
        "over": write_appointment(person, days=-1),
        "cancelled": write_appointment(person, days=4, status="cancelled", ended_at=now),
    }
    pages = {label: reverse("my-appointment", args=[one.public_id]) for label, one in found.items()}
    return {**pages, "promise": reverse("my-callback", args=[make_promise(person).pk])}


def surround_with_calls(person: InsuredPerson) -> None:
    """A promised call and an appointment with all that hangs on it, in a campaign that reaches nobody."""
    now = timezone.now()
    campaign = CallCampaign.objects.first() or make_campaign()
    CallTask.objects.create(
        campaign=campaign, insured=person, fund_code=person.fund_code, phone_lookup=person.public_id, priority=1,
        checked_on=timezone.localdate(), status=TaskStatus.CALLBACK, due_at=now + dt.timedelta(days=1),
    )  # fmt: skip
    made = Appointment.objects.create(insured=person, attempt_id=person.pk, starts_at=now + dt.timedelta(days=9))
    AppointmentEvent.objects.create(appointment=made, insured=person, kind="planned", starts_at=made.starts_at)
    AppointmentReminder.objects.create(appointment=made, insured=person, days_before=7, starts_at=made.starts_at)
    CallObstacle.objects.create(attempt_id=person.pk, insured=person, code="cost")

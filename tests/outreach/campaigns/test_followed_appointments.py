"""Appointments in the console, after their call: found by who wrote them down, opened, changed and ended over HTTP."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access.models import AccessLog
from accounts.staff.models import User
from accounts.staff.roles import Role
from outreach.campaigns.appointments.models import Appointment
from outreach.campaigns.appointments.services import Told
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.saving import save_result
from outreach.campaigns.desk import appointments as pages
from tests.outreach.campaigns.calls import call, running, said
from tests.outreach.campaigns.rows import make_target
from tests.staff import client_of, make_staff, staff_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]
LIST = "/console/outreach/callcampaign/poste/rendez-vous/"
NAME = "Yzelle Marie"


def tell(campaign: CallCampaign, adviser: User, *, days: float) -> Appointment:
    """The next person of the list has an appointment in so many days."""
    wish = Told(starts_at=timezone.now() + dt.timedelta(days=days), practitioner="Docteur Essai")
    result = said(Disposition.APPOINTMENT_MADE, appointment=wish)
    made: Appointment = save_result(call(campaign, adviser).token, result, by=adviser).appointment
    return made


@pytest.fixture
def campaign() -> CallCampaign:
    """Of two people whose names begin alike."""
    for name in (NAME, f"{NAME} Anne"):
        make_target(name)
    return running()


@pytest.fixture
def appointment(campaign: CallCampaign, caller: User) -> Appointment:
    return tell(campaign, caller, days=20)


def put_off(appointment: Appointment, *, days: float) -> None:
    Appointment.objects.filter(pk=appointment.pk).update(starts_at=timezone.now() + dt.timedelta(days=days))


def address(appointment: Appointment) -> str:
    return reverse("admin:outreach_callcampaign_appointment", args=[appointment.public_id])


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def press(client: Client, appointment: Appointment, action: str, **fields: str) -> str:
    """What the page says after a button."""
    answer = client.post(address(appointment), {"action": action, **fields}, follow=True)
    assert answer.status_code == 200
    appointment.refresh_from_db()
    return answer.content.decode().replace("\u00a0", " ")


def last_event(appointment: Appointment) -> tuple[str, int | None]:
    event = appointment.events.latest("pk")
    return event.kind, event.actor_id


class TestList:
    def test_is_reached_from_the_desk_and_names_nobody(self, appointment: Appointment, desk: Client) -> None:
        assert LIST in read(desk, "/console/outreach/callcampaign/poste/")
        logged = AccessLog.objects.count()
        page = read(desk, LIST)
        assert address(appointment) in page
        assert NAME not in page
        assert "Docteur Essai" not in page
        assert AccessLog.objects.count() == logged, "nobody is shown"

    def test_of_a_campaign_is_reached_from_it(self, appointment: Appointment, campaign: CallCampaign) -> None:
        supervisor = staff_client(Role.SUPERVISOR)
        of_campaign = f"{LIST}?campagne={campaign.pk}"
        assert of_campaign in read(supervisor, f"/console/outreach/callcampaign/{campaign.pk}/change/")
        page = read(supervisor, of_campaign)
        assert address(appointment) in page
        assert "agent-au-poste" in page, "whoever runs campaigns sees all advisers'"

    def test_shows_an_adviser_nobody_else_s(self, appointment: Appointment) -> None:
        colleague = client_of(make_staff("agent-voisin", role=Role.ADVISER))
        assert "Aucun rendez-vous." in read(colleague, LIST)
        assert colleague.get(address(appointment)).status_code == 404
        assert colleague.post(address(appointment), {"action": "cancel"}).status_code == 404
        appointment.refresh_from_db()
        assert appointment.status == "planned"

    def test_has_a_part_for_each_state(self, appointment: Appointment, desk: Client) -> None:
        def parts() -> list[str]:
            names = ("a-venir", "a-preciser", "termines")
            return [name for name in names if address(appointment) in read(desk, f"{LIST}?etat={name}")]

        assert parts() == ["a-venir"]
        put_off(appointment, days=-1)
        assert parts() == ["a-preciser"]
        press(desk, appointment, "kept")
        assert parts() == ["termines"]

    def test_is_cut_into_pages(
        self, appointment: Appointment, campaign: CallCampaign, caller: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        later, desk = tell(campaign, caller, days=21), client_of(caller)
        monkeypatch.setattr(pages, "SHOWN", 1)
        first, second = read(desk, LIST), read(desk, f"{LIST}?page=2")
        assert [address(one) in first for one in (appointment, later)] == [True, False]
        assert [address(one) in second for one in (appointment, later)] == [False, True]
        assert "etat=a-venir&amp;page=2" in first
        assert "etat=a-venir&amp;page=1" in second
        assert "Page suivante" not in second

    def test_leaves_out_what_a_forgotten_call_told(self, appointment: Appointment, desk: Client) -> None:
        Appointment.objects.filter(pk=appointment.pk).update(attempt_id=appointment.attempt_id + 1)
        assert "Aucun rendez-vous." in read(desk, LIST)
        assert desk.get(address(appointment)).status_code == 404

    @pytest.mark.parametrize("query", ["etat=autre", "campagne=x", "campagne=999999999", "page=0", "page=x"])
    def test_that_there_is_not(self, desk: Client, query: str) -> None:
        assert desk.get(f"{LIST}?{query}").status_code == 404


class TestOne:
    def test_shows_the_person_and_is_logged(self, appointment: Appointment, desk: Client, caller: User) -> None:
        page = read(desk, address(appointment))
        assert NAME in page
        assert "Docteur Essai" in page
        logged = AccessLog.objects.get(object_kind="outreach.appointment")
        assert (logged.actor_id, logged.insured_id) == (caller.pk, appointment.insured_id)
        assert logged.object_id == str(appointment.pk)
        assert logged.reason

    def test_gets_another_date(self, appointment: Appointment, desk: Client, caller: User) -> None:
        later = timezone.localtime(timezone.now() + dt.timedelta(days=40)).replace(hour=10, minute=30, second=0)
        page = press(desk, appointment, "move", day=f"{later:%d/%m/%Y}", time="10:30")
        assert "La nouvelle date est enregistrée." in page
        assert appointment.starts_at == later.replace(microsecond=0)
        assert last_event(appointment) == ("moved", caller.pk)

    @pytest.mark.parametrize(
        ("day", "said"),
        [("31/02/2030", "Ce jour n’existe pas."), ("01/01/2020", "Cette date est passée"), ("", "Donnez le jour.")],
        ids=["no day", "past", "empty"],
    )
    def test_says_what_is_wrong_with_a_date(self, appointment: Appointment, desk: Client, day: str, said: str) -> None:
        before = appointment.starts_at
        page = press(desk, appointment, "move", day=day, time="10:30")
        assert said in page
        assert f'value="{day}"' in page or not day, "what was typed stays"
        assert appointment.starts_at == before

    def test_is_cancelled_by_whoever_runs_campaigns(self, appointment: Appointment) -> None:
        runner = make_staff("agent-encadrant", role=Role.SUPERVISOR)
        assert "Le rendez-vous est annulé." in press(client_of(runner), appointment, "cancel")
        assert appointment.status == "cancelled"
        assert last_event(appointment) == ("cancelled", runner.pk)

    @pytest.mark.parametrize("action", ["kept", "missed"])
    def test_took_place_or_not(self, appointment: Appointment, desk: Client, caller: User, action: str) -> None:
        assert 'value="kept"' not in read(desk, address(appointment)), "it is still to come"
        assert "n’a pas encore eu lieu" in press(desk, appointment, action)
        assert appointment.status == "planned"
        put_off(appointment, days=-1)
        assert "C’est noté" in press(desk, appointment, action)
        assert appointment.status == action
        assert last_event(appointment) == (action, caller.pk)

    def test_has_no_other_button(self, appointment: Appointment, desk: Client) -> None:
        assert desk.post(address(appointment), {"action": "erase"}).status_code == 404
        assert desk.put(address(appointment)).status_code == 405

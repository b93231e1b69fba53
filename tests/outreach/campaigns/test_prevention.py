"""Prevention: two arms by a keyed draw, invitations that say nothing, a control group left alone, an honest effect."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.people.models import InsuredPerson
from accounts.staff.roles import Role
from outreach.campaigns.claiming.models import CallTask
from outreach.campaigns.prevention.effect import (
    ArmCount,
    EffectRow,
    count_effects,
    effect_rows,
    newcombe,
)
from outreach.campaigns.prevention.enums import Arm, PreventionStatus
from outreach.campaigns.prevention.inviting import invite
from outreach.campaigns.prevention.listing import advance_lists
from outreach.campaigns.prevention.models import PreventionCampaign, PreventionPerson
from outreach.campaigns.prevention.services import (
    PreventionError,
    approve_prevention,
    move_prevention,
)
from outreach.notifications.linter import check_message
from outreach.notifications.models import Notification
from outreach.notifications.prevention_wording import PREVENTION_WORDING as WORDING
from tests.outreach.campaigns.calls import running
from tests.outreach.campaigns.prevention_rows import (
    arm_of,
    launch,
    make_listed,
    make_prevention,
    make_sixty,
    staff,
)
from tests.outreach.campaigns.rows import add_phone, see_gp
from tests.reimbursements.payments.rows import open_session
from tests.staff import client_of, make_staff

pytestmark = pytest.mark.django_db
LIST = "/console/outreach/preventioncampaign/"


def listed() -> set[str]:
    return set(PreventionPerson.objects.values_list("insured__first_names", flat=True))


def as_owner(statement: str) -> None:
    """What the application itself may not do."""
    with connection.cursor() as cursor:
        cursor.execute(f"RESET ROLE; {statement}; SET ROLE ameli_app")


class TestList:
    def test_by_age_and_by_what_a_person_accepts(self) -> None:
        make_sixty("Yves")
        make_sixty("Trop jeune", age=40)
        make_sixty("Ne veut pas", accepts_information=False)
        make_sixty("Décédée", died_on=timezone.localdate())
        make_sixty("Protégée", is_contact_protected=True)
        campaign = make_listed()
        assert campaign.status == PreventionStatus.LISTED
        assert listed() == {"Yves"}
        assert sum(sum(by_band.values()) for by_band in campaign.counts.values()) == 1

    def test_by_missing_care(self) -> None:
        seen, unseen = make_sixty("Suivie"), make_sixty("Perdue de vue")
        see_gp(seen, days_ago=60)
        see_gp(unseen, days_ago=500)
        make_listed(months_without_visit=12)
        assert listed() == {"Perdue de vue"}

    def test_calls_need_a_telephone(self) -> None:
        add_phone(make_sixty("Joignable"), "+33639980044")
        make_sixty("Sans téléphone")
        make_listed(means="calls")
        assert listed() == {"Joignable"}

    def test_arms_are_the_same_again_and_differ_by_campaign(self) -> None:
        for number in range(24):
            make_sixty(f"Yves {number}")
        first = make_listed()
        arms = dict(PreventionPerson.objects.values_list("insured_id", "arm"))
        assert set(arms.values()) == {Arm.INVITED, Arm.CONTROL}
        as_owner(
            "DELETE FROM outreach_preventionperson;"
            "SET LOCAL session_replication_role = replica;"
            "UPDATE outreach_preventioncampaign SET status = 'listing', listed_up_to = 0, counts = '{}';"
            "SET LOCAL session_replication_role = origin"
        )
        advance_lists()
        assert dict(PreventionPerson.objects.values_list("insured_id", "arm")) == arms
        move_prevention(first.pk, to=PreventionStatus.CLOSED, by=None)
        other = make_listed()
        assert other.pk != first.pk
        assert dict(other.people.values_list("insured_id", "arm")) != arms

    def test_a_killed_worker_leaves_whole_ranges(self, monkeypatch: pytest.MonkeyPatch) -> None:
        people = [make_sixty(f"Yves {number}") for number in range(5)]
        monkeypatch.setattr("outreach.campaigns.prevention.listing.CHUNK_PEOPLE", 2)
        campaign = make_prevention()
        move_prevention(campaign.pk, to=PreventionStatus.LISTING, by=None)
        assert advance_lists() >= 3
        campaign.refresh_from_db()
        assert campaign.people.count() == len(people)
        assert advance_lists() == 0


class TestRules:
    def test_two_people_approve(self) -> None:
        make_sixty("Yves")
        campaign = make_listed()
        approve_prevention(campaign.pk, by=staff("agent-un"))
        with pytest.raises(PreventionError, match="déjà approuvé"):
            approve_prevention(campaign.pk, by=staff("agent-un"))
        with pytest.raises(PreventionError, match="ne peut pas passer"):
            move_prevention(campaign.pk, to=PreventionStatus.RUNNING, by=None)
        with pytest.raises(IntegrityError, match="two people"), transaction.atomic():
            PreventionCampaign.objects.update(status=PreventionStatus.READY)

    def test_a_listed_definition_stays(self) -> None:
        make_sixty("Yves")
        make_listed()
        with pytest.raises(IntegrityError, match="only a draft"), transaction.atomic():
            PreventionCampaign.objects.update(control_share=10)

    def test_the_database_invites_nobody_of_the_control_group(self) -> None:
        for number in range(12):
            make_sixty(f"Yves {number}")
        make_listed()
        with pytest.raises(IntegrityError, match="control_is_never_invited"), transaction.atomic():
            PreventionPerson.objects.update(invited_at=timezone.now())

    def test_nobody_changes_arms(self) -> None:
        make_sixty("Yves")
        make_listed()
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            PreventionPerson.objects.update(arm=Arm.CONTROL)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            pytest.param({"bands": ["30-40"]}, "tranche d’âge", id="band"),
            pytest.param({"funds": ["Paris"]}, "par son code", id="fund"),
            pytest.param({"control_share": 5}, "groupe témoin", id="control"),
        ],
    )
    def test_a_wrong_definition_is_said(self, changes: dict[str, Any], said: str) -> None:
        with pytest.raises(PreventionError, match=said):
            make_prevention(**changes)


class TestInviting:
    def test_each_invited_person_once_and_nobody_else(self) -> None:
        people = [make_sixty(f"Yves {number}") for number in range(12)]
        launch(make_prevention())
        invited = {person.pk for person in people if arm_of(person) == Arm.INVITED}
        assert invite() == len(invited)
        assert invite() == 0
        assert set(Notification.objects.values_list("insured_id", flat=True)) == invited
        assert Notification.objects.count() == len(invited)

    def test_whoever_no_longer_wishes_it_is_not_written_to(self) -> None:
        people = [make_sixty(f"Yves {number}") for number in range(12)]
        launch(make_prevention())
        InsuredPerson.objects.filter(pk__in=[person.pk for person in people]).update(accepts_information=False)
        invite()
        assert set(Notification.objects.values_list("status", "status_reason")) == {("cancelled", "opted-out")}

    def test_a_closed_campaign_writes_to_nobody(self) -> None:
        for number in range(6):
            make_sixty(f"Yves {number}")
        campaign = launch(make_prevention())
        move_prevention(campaign.pk, to=PreventionStatus.CLOSED, by=None)
        assert invite() == 0
        assert not Notification.objects.exists()

    def test_calls_go_to_the_invited_arm_only(self) -> None:
        people = [make_sixty(f"Yves {number}") for number in range(12)]
        for number, person in enumerate(people):
            add_phone(person, f"+3363998{number:04d}")
        campaign = launch(make_prevention(means="calls"))
        assert invite() == 0
        running(criteria={"prevention": campaign.pk})
        called = set(CallTask.objects.values_list("insured_id", flat=True))
        assert called == {person.pk for person in people if arm_of(person) == Arm.INVITED}
        assert called

    def test_the_texts_pass_the_linter_and_say_nothing(self) -> None:
        check_message(channel="email", subject=WORDING.email_subject, text=WORDING.email_text, html=WORDING.email_html)
        check_message(channel="sms", text=WORDING.sms_text)
        check_message(channel="post", text=WORDING.post_text)
        for text in (WORDING.email_text, WORDING.sms_text, WORDING.post_text):
            assert "nformation de prévention vous attend" in text
            assert not {"bilan", "âge", "médecin", "dépistage"} & set(text.lower().replace(",", " ").split())
        assert len(WORDING.sms_text) <= 160


class TestSpace:
    def test_reads_their_own_invitation(self, client: Client) -> None:
        people = [make_sixty(f"Yves {number}") for number in range(12)]
        launch(make_prevention())
        invite()
        invited = next(person for person in people if arm_of(person) == Arm.INVITED)
        control = next(person for person in people if arm_of(person) == Arm.CONTROL)
        open_session(client, invited)
        shown = client.get("/mon-espace/prevention/").content.decode()
        assert "60 à 65 ans" in shown
        assert "Vous prenez rendez-vous vous-même" in shown
        other = Client()
        open_session(other, control)
        shown = other.get("/mon-espace/prevention/").content.decode()
        assert "Aucune invitation pour le moment." in shown
        assert "témoin" not in shown


class TestEffect:
    def test_counted_from_the_lines_in_both_arms(self) -> None:
        """Ninety days ago; seen within sixty days, later, or before only."""
        people = [make_sixty(f"Yves {number}") for number in range(16)]
        campaign = launch(make_prevention())
        as_owner("UPDATE outreach_preventioncampaign SET launched_on = (now() AT TIME ZONE 'Europe/Paris')::date - 90")
        invited = [person for person in people if arm_of(person) == Arm.INVITED]
        control = [person for person in people if arm_of(person) == Arm.CONTROL]
        see_gp(invited[0], days_ago=80)
        see_gp(invited[1], days_ago=35)
        see_gp(invited[2], days_ago=20)
        see_gp(control[0], days_ago=100)
        assert count_effects() >= 1
        campaign.refresh_from_db()
        assert campaign.effect == {"60-65": {"invited": [len(invited), 2], "control": [len(control), 0]}}
        assert campaign.effect_counted_at is not None
        assert count_effects() == 0, "once"

    def test_not_before_its_day(self) -> None:
        make_sixty("Yves")
        launch(make_prevention())
        as_owner("UPDATE outreach_preventioncampaign SET launched_on = (now() AT TIME ZONE 'Europe/Paris')::date - 89")
        assert count_effects() == 0

    def test_a_difference_with_its_interval(self) -> None:
        """Newcombe 1998, table II (a): 56/70 against 48/80, method 10."""
        found = newcombe(ArmCount(people=70, attended=56), ArmCount(people=80, attended=48))
        assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)

    def test_says_when_there_are_not_enough(self) -> None:
        rows = effect_rows({"60-65": {"invited": [90, 40], "control": [300, 100]}})
        assert [row.difference for row in rows if isinstance(row, EffectRow)] == [None, None]

    def test_hides_what_is_about_a_few_and_what_it_follows_from(self) -> None:
        large = {"invited": [4_000, 1_600], "control": [1_000, 300]}
        rows = effect_rows({"18-25": {"invited": [400, 3], "control": [100, 20]}, "45-50": large, "60-65": large})
        assert sum(isinstance(row, str) for row in rows) >= 2
        assert rows[1] == "18 à 25 ans"
        only = effect_rows({"18-25": {"invited": [400, 3], "control": [100, 20]}})
        assert only == ["Toutes les personnes", "18 à 25 ans"]

    def test_an_effect_that_is_there_is_established(self) -> None:
        (whole, _) = effect_rows({"60-65": {"invited": [4_000, 1_600], "control": [1_000, 300]}})
        assert isinstance(whole, EffectRow)
        assert whole.is_established


class TestConsole:
    def test_from_the_form_to_the_effect(self) -> None:
        for number in range(6):
            make_sixty(f"Yves {number}")
        one = client_of(make_staff("agent-supervision", role=Role.SUPERVISOR))
        other = client_of(make_staff("agent-juridique", role=Role.LEGAL))
        filled = {
            "name": "Bilan", "legal_basis": "CSP, art. L. 1411-6-2", "bands": ["60-65"], "means": "messages",
            "control_share": "20",
        }  # fmt: skip
        assert "Rien n’a été enregistré" in one.post(f"{LIST}add/", filled | {"means": "x"}).content.decode()
        assert one.post(f"{LIST}add/", filled).status_code == 302
        campaign = PreventionCampaign.objects.get()
        address = f"{LIST}{campaign.pk}/"
        one.post(f"{address}faire/lister/")
        advance_lists()
        assert "60 à 65 ans" in one.get(f"{address}change/").content.decode()
        for client in (one, other):
            client.post(f"{address}faire/approuver/")
        assert "Lancer ?" in one.get(f"{address}faire/lancer/").content.decode()
        one.post(f"{address}faire/lancer/")
        shown = one.get(f"{address}change/").content.decode()
        assert f"{timezone.localdate() + dt.timedelta(days=90):%d/%m/%Y}" in shown
        as_owner(
            "UPDATE outreach_preventioncampaign SET effect_counted_at = now(),"
            """ effect = '{"60-65": {"invited": [4000, 1600], "control": [1000, 300]}}'"""
        )
        shown = one.get(f"{address}change/").content.decode()
        assert "différence établie" in shown
        assert "40,0" in shown

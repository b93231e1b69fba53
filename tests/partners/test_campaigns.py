"""Joint campaigns: proposed by a mutual, accepted by two people here, and of those who consent only, to the end."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import PartnerInsurer
from accounts.staff.models import User
from accounts.staff.roles import Role
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign, DisplayedNumber
from outreach.campaigns.campaign.services import CampaignError, approve, change_campaign, move_campaign
from outreach.campaigns.campaign.starting_numbers import add_starting_numbers
from outreach.campaigns.claiming.eligibility import refresh_lists
from outreach.campaigns.claiming.models import CallTask
from outreach.campaigns.claiming.next_call import NobodyToCallError, claim_next
from outreach.campaigns.proposals.enums import RefusalReason
from outreach.campaigns.proposals.models import CampaignProposal
from outreach.campaigns.proposals.schema import PROPOSAL
from outreach.campaigns.proposals.services import approve_proposal, refuse_proposal
from outreach.campaigns.targeting.lists import advance_lists, start_count
from tests.core.test_roles import refused, run
from tests.outreach.campaigns.conftest import any_hour as any_hour
from tests.outreach.campaigns.rows import ALWAYS, make_target, supervisor
from tests.partners.machine import Machine, machine_of
from tests.partners.rows import consent, join, make_partner
from tests.partners.test_walls import as_sql
from tests.staff import client_of, make_staff

PATH = "/api/v1/campaigns"
CAMPAIGNS = (ConsentPurpose.CAMPAIGNS,)


@pytest.fixture
def machine(partner: PartnerInsurer) -> Machine:
    add_starting_numbers(DisplayedNumber.objects)
    return machine_of(partner)


def asked(**changes: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "name": "Bilan de prévention des 45-50 ans",
        "topic": "check_up",
        "rationale": "Peu de nos membres de cet âge ont fait leur bilan.",
        "starts_on": str(today + dt.timedelta(days=1)),
        "ends_on": str(today + dt.timedelta(days=30)),
        "min_age": 18,
        **changes,
    }


def proposed(machine: Machine, **changes: Any) -> CampaignProposal:
    answer = machine.post(PATH, asked(**changes))
    assert answer.status_code == 201, answer.content
    return CampaignProposal.objects.get(public_id=answer.json()["id"])


def accepted(proposal: CampaignProposal) -> CallCampaign:
    approve_proposal(proposal.pk, by=supervisor("agent-un"))
    approve_proposal(proposal.pk, by=supervisor("agent-deux"))
    return CallCampaign.objects.get(proposal=proposal)


class TestProposing:
    def test_is_read_back_until_it_is_decided(self, machine: Machine) -> None:
        answer = machine.post(PATH, asked())
        told = answer.json()
        assert answer["Location"] == f"{PATH}/{told['id']}"
        assert {name: told[name] for name in asked()} == asked()
        assert (told["status"], told["refusal"], told["campaign_status"], told["decided_at"], told["max_age"]) == (
            "proposed", None, None, None, None,
        )  # fmt: skip
        assert machine.json(PATH) == {"data": [told], "next_cursor": None}
        assert machine.json(f"{PATH}/{told['id']}") == told

    def test_sent_twice_is_one_proposal(self, machine: Machine) -> None:
        first, again = (machine.post(PATH, asked(), key="k-1") for _ in range(2))
        assert (again.status_code, again.json()) == (201, first.json())
        assert CampaignProposal.objects.count() == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": ""},
            {"name": 12},
            {"name": "x" * 81},
            {"name": "Rappeler le 06 12 34 56 78"},
            {"rationale": "Écrire à quelquun@example.org"},
            {"topic": "follow_up"},
            {"starts_on": "2020-01-01"},
            {"ends_on": "2020-01-01"},
            {"ends_on": "2099-01-01"},
            {"ends_on": "demain"},
            {"min_age": 17},
            {"min_age": "18"},
            {"min_age": 18.0},
            {"min_age": True},
            {"min_age": 60, "max_age": 50},
        ],
        ids=str,
    )
    def test_is_read_strictly(self, machine: Machine, wrong: dict[str, Any]) -> None:
        answer = machine.post(PATH, asked(**wrong))
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter")
        assert not CampaignProposal.objects.exists()

    def test_names_no_member(self, machine: Machine) -> None:
        assert machine.post(PATH, asked(member_ids=["x"])).json()["code"] == "unknown-parameter"

    def test_is_nobody_elses(self, machine: Machine, partner: PartnerInsurer) -> None:
        proposal = proposed(machine)
        other = make_partner("99000002")
        stranger = machine_of(other)
        assert stranger.json(PATH)["data"] == []
        assert stranger.get(f"{PATH}/{proposal.public_id}").status_code == 404
        with as_sql(other.pk):
            assert run(f"SELECT id FROM {PROPOSAL}") == []
        with as_sql(partner.pk):
            assert run(f"SELECT id FROM {PROPOSAL}") == [(proposal.pk,)]
            refused(f"SELECT decided_by_id FROM {PROPOSAL}")

    def test_they_come_page_by_page(self, machine: Machine) -> None:
        made = [str(proposed(machine, name=f"Bilan {number}").public_id) for number in range(3)]
        first = machine.json(PATH, {"limit": 2})
        second = machine.json(PATH, {"limit": 2, "cursor": first["next_cursor"]})
        assert [one["id"] for one in (*first["data"], *second["data"])] == made
        assert second["next_cursor"] is None


class TestDeciding:
    @pytest.mark.parametrize("purpose", ["check_up", "treating_doctor"])
    def test_takes_two_people_and_makes_a_draft(self, machine: Machine, partner: PartnerInsurer, purpose: str) -> None:
        proposal = proposed(machine, topic=purpose)
        one = supervisor("agent-un")
        assert approve_proposal(proposal.pk, by=one).status == "proposed"
        with pytest.raises(CampaignError, match="autre personne"):
            approve_proposal(proposal.pk, by=one)
        assert approve_proposal(proposal.pk, by=supervisor("agent-deux")).status == "accepted"
        campaign = CallCampaign.objects.get()
        assert (campaign.status, campaign.criteria["consented_to"]) == ("draft", partner.pk)
        assert campaign.criteria["without_doctor"] is (purpose == "treating_doctor")
        told = machine.json(f"{PATH}/{proposal.public_id}")
        assert (told["status"], told["campaign_status"]) == ("accepted", "preparing")
        move_campaign(campaign.pk, to=CampaignStatus.CLOSED, by=one)
        assert machine.json(f"{PATH}/{proposal.public_id}")["campaign_status"] == "closed"

    def test_refuses_with_a_reason_that_the_mutual_reads(self, machine: Machine) -> None:
        proposal = proposed(machine)
        refuse_proposal(proposal.pk, reason=RefusalReason.PERIOD, by=supervisor("agent-un"))
        told = machine.json(f"{PATH}/{proposal.public_id}")
        assert (told["status"], told["refusal"]) == ("refused", "period")
        with pytest.raises(CampaignError, match="déjà décidée"):
            approve_proposal(proposal.pk, by=supervisor("agent-deux"))

    def test_by_one_is_refused_by_the_database_too(self, machine: Machine, partner: PartnerInsurer) -> None:
        campaign = accepted(proposed(machine))
        alone = proposed(machine, name="Autre bilan")
        approve_proposal(alone.pk, by=supervisor("agent-un"))
        other = CallCampaign.objects.get(pk=campaign.pk)
        other.pk = None
        other.save()
        decided = {"status": "accepted", "campaign": other, "decided_at": timezone.now()}
        with pytest.raises(IntegrityError, match="two people"), transaction.atomic():
            CampaignProposal.objects.filter(pk=alone.pk).update(**decided, decided_by=supervisor("agent-un"))
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            CampaignProposal.objects.update(name="x")

    def test_the_draft_keeps_asking_for_consent(self, machine: Machine) -> None:
        campaign = accepted(proposed(machine))
        with pytest.raises(IntegrityError, match="asks for the consent"), transaction.atomic():
            change_campaign(campaign.pk, {"criteria": {"min_age": 18}}, by=supervisor("agent-un"))

    def test_without_a_number_for_the_period_says_so(self, machine: Machine) -> None:
        proposal = proposed(machine)
        DisplayedNumber.objects.update(valid_to=timezone.localdate())
        approve_proposal(proposal.pk, by=supervisor("agent-un"))
        with pytest.raises(CampaignError, match="numéro affiché"):
            approve_proposal(proposal.pk, by=supervisor("agent-deux"))
        assert not CallCampaign.objects.exists()


class TestPeople:
    def test_are_those_who_consent_to_this_very_mutual(
        self, machine: Machine, partner: PartnerInsurer, any_hour: None, adviser: User
    ) -> None:
        other = make_partner("99000002")
        willing, silent, elsewhere, gone, young = (
            make_target(name, ald=()) for name in ("Oui", "Muette", "Ailleurs", "Partie", "Jeune")
        )
        for person, mutual in ((willing, partner), (silent, partner), (elsewhere, other), (gone, partner)):
            join(person, mutual)
        for person, mutual in ((willing, partner), (elsewhere, other), (gone, partner)):
            consent(person, mutual, CAMPAIGNS)
        consent(silent, partner, (ConsentPurpose.PAYMENTS, ConsentPurpose.ALERTS))
        gone.memberships.update(ends_on=timezone.localdate() - dt.timedelta(days=1))
        campaign = running(accepted(proposed(machine)))
        assert list(CallTask.objects.values_list("insured_id", flat=True)) == [willing.pk]
        assert young.pk not in CallTask.objects.values_list("insured_id", flat=True)
        consent(willing, partner, ())
        with pytest.raises(NobodyToCallError):
            claim_next(campaign.pk, by=adviser)
        assert CallTask.objects.get().reason == "no-consent"

    def test_who_withdraws_is_taken_off_the_list_the_next_day(
        self, machine: Machine, partner: PartnerInsurer, any_hour: None
    ) -> None:
        person = make_target("Oui", ald=())
        join(person, partner)
        consent(person, partner, CAMPAIGNS)
        running(accepted(proposed(machine)))
        consent(person, partner, ())
        CallTask.objects.update(checked_on=timezone.localdate() - dt.timedelta(days=1))
        refresh_lists()
        task = CallTask.objects.get()
        assert (task.status, task.reason) == ("excluded", "no-consent")


@pytest.fixture
def adviser(db: None) -> User:
    return User.objects.create(username="agent-conseil")


class TestConsole:
    def test_two_people_accept_by_its_pages(self, machine: Machine) -> None:
        proposal = proposed(machine, name="Bilan commun")
        act = reverse("admin:outreach_campaignproposal_act", args=[proposal.pk, "accepter"])
        page = reverse("admin:outreach_campaignproposal_change", args=[proposal.pk])
        for name in ("agent-un", "agent-deux"):
            browser = client_of(make_staff(name, role=Role.SUPERVISOR))
            assert "Donner mon accord" in browser.get(page).content.decode()
            assert "Une autre personne doit le donner aussi" in browser.get(act).content.decode()
            browser.post(act)
        proposal.refresh_from_db()
        assert proposal.status == "accepted"
        shown = browser.get(page).content.decode()
        assert "agent-un" in shown
        assert '<div class="readonly">agent-deux</div>' in shown, "who decided, by their name"
        assert "Donner mon accord" not in shown

    def test_one_refuses_with_one_of_the_reasons(self, machine: Machine) -> None:
        proposal = proposed(machine)
        act = reverse("admin:outreach_campaignproposal_act", args=[proposal.pk, "refuser-already-planned"])
        browser = client_of(make_staff("agent-un", role=Role.SUPERVISOR))
        assert "déjà prévue par l’Assurance Maladie" in browser.get(act).content.decode()
        browser.post(act)
        proposal.refresh_from_db()
        assert proposal.refusal == "already_planned"


def running(campaign: CallCampaign) -> CallCampaign:
    """Counted, approved, frozen and begun, at any hour and from today on."""
    one, two = supervisor("agent-un"), supervisor("agent-deux")
    CallCampaign.objects.filter(pk=campaign.pk).update(windows=ALWAYS, starts_on=timezone.localdate())
    start_count(campaign.pk, by=one)
    advance_lists()
    approve(campaign.pk, by=one)
    approve(campaign.pk, by=two)
    advance_lists()
    return move_campaign(campaign.pk, to=CampaignStatus.RUNNING, by=one)

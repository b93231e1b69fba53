"""Prevention campaigns before two people approved them: changed, prepared again, and what was listed goes with it."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.staff.roles import Role
from ameli_notify.core.sql import fetch_all, fetch_value
from outreach.campaigns.prevention import listing
from outreach.campaigns.prevention.enums import PreventionEventKind, PreventionStatus
from outreach.campaigns.prevention.listing import advance_lists
from outreach.campaigns.prevention.models import PreventionCampaign, PreventionEvent, PreventionPerson
from outreach.campaigns.prevention.schema import UNLIST
from outreach.campaigns.prevention.services import (
    PreventionError,
    approve_prevention,
    change_prevention,
    move_prevention,
)
from tests.outreach.campaigns.prevention_rows import freeze, launch, make_listed, make_prevention, make_sixty, staff
from tests.staff import client_of, make_staff

pytestmark = pytest.mark.django_db
LIST = "/console/outreach/preventioncampaign/"


def prepare_again(campaign: PreventionCampaign) -> PreventionCampaign:
    return move_prevention(campaign.pk, to=PreventionStatus.DRAFT, by=staff("agent-auteur"))


def filled(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Bilan revu", "legal_basis": "CSP, art. L. 1411-6-2", "bands": ["45-50", "60-65"], "means": "both",
        "control_share": "35", "funds": "01C751000", **changes,
    }  # fmt: skip


@pytest.fixture
def desk() -> Client:
    return client_of(make_staff("agent-supervision", role=Role.SUPERVISOR))


class TestInTheConsole:
    def test_a_draft_is_opened_as_it_is_and_changed(self, desk: Client) -> None:
        campaign = make_prevention(months_without_visit=12, funds=["01C751000"])
        address = f"{LIST}{campaign.pk}/"
        assert f"{address}modifier/" in desk.get(f"{address}change/").content.decode()
        shown = desk.get(f"{address}modifier/").content.decode()
        for held in ('value="Bilan des soixante ans"', 'value="12"', 'value="50"', 'value="01C751000"'):
            assert held in shown
        assert desk.post(f"{address}modifier/", filled()).status_code == 302
        campaign.refresh_from_db()
        assert (campaign.name, campaign.bands, campaign.control_share) == ("Bilan revu", ["45-50", "60-65"], 35)
        assert (campaign.means, campaign.months_without_visit) == ("both", None)
        said = desk.get(f"{address}change/").content.decode()
        assert "définition modifiée : tranches d’âge, groupe témoin, en pourcentage, base légale, moyens, mois" in said
        assert "(agent-supervision)" in said, "who did it, by their name"

    def test_says_what_is_wrong_and_keeps_what_was_typed(self, desk: Client) -> None:
        campaign = make_prevention()
        said = desk.post(f"{LIST}{campaign.pk}/modifier/", filled(control_share="5", funds="Paris")).content.decode()
        assert "Rien n’a été enregistré" in said
        assert 'value="Paris"' in said
        campaign.refresh_from_db()
        assert campaign.control_share == 50

    def test_an_approved_one_is_refused_in_clear_words(self, desk: Client) -> None:
        make_sixty("Yves")
        campaign = launch(make_prevention())
        address = f"{LIST}{campaign.pk}/"
        assert f"{address}modifier/" not in desk.get(f"{address}change/").content.decode()
        said = desk.get(f"{address}modifier/", follow=True).content.decode()
        assert "Deux personnes ont approuvé cette campagne" in said
        typed = desk.post(f"{address}modifier/", filled()).content.decode()
        assert "Deux personnes ont approuvé cette campagne" in typed
        assert 'value="Bilan revu"' in typed, "nothing that was typed is lost"

    def test_only_who_may_write_it(self) -> None:
        campaign = make_prevention()
        reader = client_of(make_staff("agent-juridique", role=Role.LEGAL))
        assert f"{LIST}{campaign.pk}/modifier/" not in reader.get(f"{LIST}{campaign.pk}/change/").content.decode()
        assert reader.post(f"{LIST}{campaign.pk}/modifier/", filled()).status_code == 403
        campaign.refresh_from_db()
        assert campaign.name == "Bilan des soixante ans"

    def test_prepared_again_changed_and_listed_anew(self, desk: Client) -> None:
        make_sixty("Yves")
        make_sixty("Zoé", age=47)
        campaign = make_listed()
        address = f"{LIST}{campaign.pk}/"
        desk.post(f"{address}faire/approuver/")
        assert "remettez la campagne en préparation" in desk.get(f"{address}modifier/", follow=True).content.decode()
        desk.post(f"{address}faire/preparer/")
        shown = desk.get(f"{address}change/").content.decode()
        assert "Personne n’est encore dans la liste." in shown
        assert "Aucune. Il en faut deux" in shown
        desk.post(f"{address}modifier/", filled(bands=["45-50"], funds="", means="messages"))
        desk.post(f"{address}faire/lister/")
        advance_lists()
        assert set(PreventionPerson.objects.values_list("insured__first_names", flat=True)) == {"Zoé"}
        kinds = list(PreventionEvent.objects.order_by("pk").values_list("kind", flat=True))
        assert kinds == ["created", "moved", "moved", "approved", "moved", "changed", "moved", "moved"]


class TestRules:
    def test_the_event_names_what_changed_and_who(self) -> None:
        campaign, author = make_prevention(), staff("agent-autre")
        change_prevention(campaign.pk, {"name": "Autre nom", "control_share": 50, "bands": ["60-65"]}, by=author)
        event = PreventionEvent.objects.get(kind=PreventionEventKind.CHANGED)
        assert (event.details, event.actor_id) == ({"fields": ["name"]}, author.pk)

    def test_nothing_changed_is_no_event(self) -> None:
        campaign = make_prevention()
        change_prevention(campaign.pk, {"control_share": 50}, by=staff("agent-autre"))
        assert not PreventionEvent.objects.filter(kind=PreventionEventKind.CHANGED).exists()

    def test_the_log_is_only_added_to(self) -> None:
        make_prevention()
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            PreventionEvent.objects.update(actor_id=None)
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            PreventionEvent.objects.all().delete()

    @pytest.mark.parametrize("status", [PreventionStatus.LISTING, PreventionStatus.CLOSED])
    def test_refused_in_every_other_state(self, status: PreventionStatus) -> None:
        campaign = make_prevention()
        move_prevention(campaign.pk, to=status, by=None)
        with pytest.raises(PreventionError):
            change_prevention(campaign.pk, {"control_share": 10}, by=staff("agent-un"))

    def test_not_while_becoming_a_draft_either(self) -> None:
        make_sixty("Yves")
        make_listed()
        again = {"status": PreventionStatus.DRAFT, "listed_up_to": 0, "counts": {}}
        with pytest.raises(IntegrityError, match="only a draft"), transaction.atomic():
            PreventionCampaign.objects.update(control_share=10, **again)

    def test_a_draft_has_no_list(self) -> None:
        make_sixty("Yves")
        make_listed()
        with pytest.raises(IntegrityError, match="draft_has_no_list"), transaction.atomic():
            PreventionCampaign.objects.update(status=PreventionStatus.DRAFT)

    def test_words_given_before_no_longer_count(self) -> None:
        make_sixty("Yves")
        campaign = make_listed()
        approve_prevention(campaign.pk, by=staff("agent-un"))
        freeze(prepare_again(campaign))
        approve_prevention(campaign.pk, by=staff("agent-deux"))
        campaign.refresh_from_db()
        assert campaign.status == PreventionStatus.LISTED
        with pytest.raises(IntegrityError, match="two people"), transaction.atomic():
            PreventionCampaign.objects.update(status=PreventionStatus.READY)
        approve_prevention(campaign.pk, by=staff("agent-un"))
        campaign.refresh_from_db()
        assert campaign.status == PreventionStatus.READY

    def test_approved_there_is_no_way_back(self) -> None:
        make_sixty("Yves")
        campaign = make_listed()
        for name in ("agent-un", "agent-deux"):
            approve_prevention(campaign.pk, by=staff(name))
        with pytest.raises(PreventionError, match="ne peut pas passer"):
            prepare_again(campaign)


class TestList:
    def test_goes_by_ranges_before_another_is_made(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(5):
            make_sixty(f"Yves {number}")
        campaign = make_listed()
        monkeypatch.setattr(listing, "CHUNK_PEOPLE", 2)
        prepare_again(campaign)
        assert PreventionPerson.objects.count() == 5, "the page does not wait for it"
        change_prevention(campaign.pk, {"control_share": 10}, by=staff("agent-auteur"))
        freeze(campaign)
        assert campaign.status == PreventionStatus.LISTED
        assert sum(sum(by_band.values()) for by_band in campaign.counts.values()) == 5
        assert PreventionPerson.objects.count() == 5

    def test_of_a_draft_that_stays_one_goes_too(self) -> None:
        make_sixty("Yves")
        prepare_again(make_listed())
        assert advance_lists() == 1
        assert not PreventionPerson.objects.exists()
        assert advance_lists() == 0

    def test_the_same_people_fall_into_the_same_arms(self) -> None:
        """Making the list again is no way to draw until the arms please."""
        for number in range(12):
            make_sixty(f"Yves {number}")
        campaign = make_listed()
        arms = set(PreventionPerson.objects.values_list("insured_id", "arm"))
        freeze(prepare_again(campaign))
        assert set(PreventionPerson.objects.values_list("insured_id", "arm")) == arms

    def test_the_application_deletes_nobody_else(self) -> None:
        make_sixty("Yves")
        campaign = make_listed()
        assert fetch_value(f"SELECT {UNLIST}(%s, 10)", [campaign.pk]) == 0
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            PreventionPerson.objects.all().delete()
        assert PreventionPerson.objects.count() == 1

    def test_the_function_is_the_owner_s_and_the_application_alone_calls_it(self) -> None:
        granted = fetch_all(
            "SELECT r.rolname FROM pg_roles r, pg_proc p WHERE p.proname = %s AND NOT r.rolsuper"
            " AND r.rolname LIKE 'ameli%%' AND has_function_privilege(r.oid, p.oid, 'EXECUTE') ORDER BY 1",
            [UNLIST],
        )
        assert granted == [("ameli_app",), ("ameli_import",)], "the import does all that the application does"
        with connection.cursor() as cursor:
            cursor.execute("SELECT prosecdef, proconfig::text FROM pg_proc WHERE proname = %s", [UNLIST])
            assert cursor.fetchall() == [(True, '{"search_path=public, pg_temp"}')]

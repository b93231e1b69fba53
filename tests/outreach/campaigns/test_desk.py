"""The pages over HTTP: preparing a campaign with two people, then an adviser's work from the list to the result."""

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access.models import AccessLog
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.roles import Role
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign, DisplayedNumber
from outreach.campaigns.campaign.starting_numbers import add_starting_numbers
from outreach.campaigns.claiming.enums import TaskStatus
from outreach.campaigns.claiming.holding import held_by, note_of
from outreach.campaigns.claiming.keeping_time import end_expired
from outreach.campaigns.claiming.models import AdviserPause, CallAttempt, CallClaim, CallDraft, CallTask
from outreach.campaigns.claiming.promises import cancel_promise
from outreach.campaigns.scripts.publishing import publish_scripts
from outreach.campaigns.supervision.rollup import keep_figures
from outreach.campaigns.targeting.lists import advance_lists, start_count
from tests.outreach.campaigns.rows import ALWAYS, make_campaign, make_list, make_promise, make_target
from tests.reimbursements.payments.rows import page_of
from tests.staff import make_staff, staff_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]
RETRIES = {
    f"retry-{code}-{part}": value
    for code, (most, wait, other) in {
        "no-answer": ("3", "180", "on"), "busy": ("3", "20", ""), "voicemail": ("0", "1440", "on"),
        "third-party": ("2", "1440", "on"),
    }.items()
    for part, value in (("most", most), ("wait", wait), ("other", other))
}  # fmt: skip
LIST = "/console/outreach/callcampaign/"
DESK = f"{LIST}poste/"


@pytest.fixture
def person(db: None) -> InsuredPerson:
    return make_target("Yzelle Marie", number="+33639980077", ald=(8,))


@pytest.fixture
def campaign(person: InsuredPerson) -> CallCampaign:
    return make_list(make_campaign(windows=ALWAYS))


@pytest.fixture
def taken(campaign: CallCampaign, desk: Client, caller: User) -> CallClaim:
    desk.post(f"{DESK}suivant/", {"campaign": campaign.pk})
    found = held_by(caller)
    assert found is not None
    return found


def page(claim: CallClaim) -> str:
    return reverse("admin:outreach_callcampaign_call", args=[claim.token])


def press(desk: Client, claim: CallClaim, action: str, **fields: str) -> str:
    """What the page says after a button."""
    answer = desk.post(page(claim), {"action": action, **fields}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


class TestPreparing:
    def fill(self, **changes: str | list[str]) -> dict[str, object]:
        add_starting_numbers(DisplayedNumber.objects)
        today = timezone.localdate()
        return {
            "name": "Suivi", "purpose": "follow-up", "legal_basis": "CSS, art. L. 221-1", "starts_on": str(today),
            "ends_on": str(today + dt.timedelta(days=30)), "script": str(publish_scripts()[0].pk),
            "displayed_number": str(DisplayedNumber.objects.get(number="3646").pk), "max_attempts": "4",
            "any_ald": "on", "fewer_visits_than": "2", "rest_days": "60", "weekdays": ["1", "2", "3", "4", "5"],
            "hours": "10:00-13:00 14:00-20:00", "quotas": "01C751000 : 500", **RETRIES, **changes,
        }  # fmt: skip

    def test_from_the_form_to_the_first_call(self, person: InsuredPerson) -> None:
        one, other = staff_client(Role.SUPERVISOR), staff_client(Role.LEGAL)
        assert one.post(f"{LIST}add/", self.fill()).status_code == 302
        campaign = CallCampaign.objects.get()
        assert campaign.quotas == {"01C751000": 500}
        assert campaign.retry_rules == {
            "no-answer": {"wait_minutes": 180, "most": 3, "other_slot": True},
            "busy": {"wait_minutes": 20, "most": 3, "other_slot": False},
            "third-party": {"wait_minutes": 1440, "most": 2, "other_slot": True},
        }
        address = f"{LIST}{campaign.pk}/"
        shown = page_of(one, f"{address}change/")
        for words in ("en ALD", "moins de 2 consultations", "lundi, de 10:00 à 13:00", "Personne n’est encore compté"):
            assert words in shown
        assert "Compter ?" in page_of(one, f"{address}faire/compter/")
        one.post(f"{address}faire/compter/")
        advance_lists()
        counted = page_of(one, f"{address}change/")
        assert "à appeler" in counted
        assert "Hypothèses, faute d’assez d’appels mesurés" in counted, "before anybody approves"
        for client in (one, one):
            client.post(f"{address}faire/approuver/")
        campaign.refresh_from_db()
        assert campaign.status == CampaignStatus.COUNTED, "the same person twice is one"
        other.post(f"{address}faire/approuver/")
        assert "pas encore figée" in one.post(f"{address}faire/lancer/", follow=True).content.decode()
        advance_lists()
        assert "Liste figée" in page_of(one, f"{address}change/")
        one.post(f"{address}faire/lancer/")
        campaign.refresh_from_db()
        assert campaign.status == CampaignStatus.RUNNING
        keep_figures()
        assert "Avancement des appels" in page_of(one, f"{address}change/")
        assert one.post(f"{address}faire/compter/", follow=True).content.decode().count("a changé") == 1

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            pytest.param({"hours": "de 10 à 13"}, "s’écrivent 10:00-13:00", id="hours"),
            pytest.param({"hours": "10:00-13:00 12:00-14:00"}, "se chevauchent", id="overlap"),
            pytest.param({"hours": "07:30-12:00"}, "avant 8 heures ni après 20 heures", id="early"),
            pytest.param({"weekdays": ["1", "7"]}, "Sélectionnez un choix valide", id="sunday"),
            pytest.param({"quotas": "Paris 500"}, "Un quota s’écrit", id="quotas"),
            pytest.param({"ald_codes": "diabète"}, "numéros d’ALD", id="ald"),
            pytest.param({"any_ald": "", "fewer_visits_than": ""}, "critère de besoin", id="everybody"),
            pytest.param({"name": ""}, "obligatoire", id="no name"),
            pytest.param({"retry-busy-most": "11"}, "inférieure ou égale à 10", id="too many tries"),
            pytest.param({"retry-busy-wait": "7"}, "Sélectionnez un choix valide", id="no such wait"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(self, changes: dict[str, str], said: str) -> None:
        answer = staff_client(Role.SUPERVISOR).post(f"{LIST}add/", self.fill(**changes))
        text = answer.content.decode()
        assert said in text
        assert "CSS, art. L. 221-1" in text
        assert not CallCampaign.objects.exists()

    def test_closing_says_how_many_promised_calls_it_takes_away(self, person: InsuredPerson) -> None:
        client, promise = staff_client(Role.SUPERVISOR), make_promise(person)
        close = f"{LIST}{promise.campaign_id}/faire/clore/"
        assert "Un rappel promis n’aura pas lieu. Une campagne close ne reprend pas. Clore ?" in page_of(client, close)
        other, tomorrow = make_target("Zoé", number="+33639980078"), timezone.now() + dt.timedelta(days=1)
        CallTask.objects.create(
            campaign=promise.campaign, insured=other, fund_code=other.fund_code, phone_lookup=other.public_id,
            priority=1, checked_on=timezone.localdate(), status=TaskStatus.CALLBACK, due_at=tomorrow,
        )  # fmt: skip
        assert "2 rappels promis n’auront pas lieu." in page_of(client, close)
        for task in CallTask.objects.filter(status=TaskStatus.CALLBACK):
            cancel_promise(task.pk, insured_id=task.insured_id)
        shown = page_of(client, close)
        assert "Une campagne close ne reprend pas." in shown
        assert "lieu" not in shown

    def test_a_draft_is_changed_and_nothing_else(self, campaign: CallCampaign) -> None:
        client, draft = staff_client(Role.SUPERVISOR), make_campaign(windows=ALWAYS)
        assert "00:00-23:59" in page_of(client, f"{LIST}{draft.pk}/modifier/")
        client.post(f"{LIST}{draft.pk}/modifier/", self.fill(max_attempts="2"))
        draft.refresh_from_db()
        assert draft.max_attempts == 2
        shown = page_of(client, f"{LIST}{draft.pk}/change/")
        assert "définition modifiée" in shown
        assert f"(agent-{Role.SUPERVISOR})" in shown, "who did it, by their name"
        opened = client.get(f"{LIST}{campaign.pk}/modifier/", follow=True).content.decode()
        assert "Deux personnes ont approuvé cette campagne" in opened
        typed = client.post(f"{LIST}{campaign.pk}/modifier/", self.fill(name="Tapé trop tard")).content.decode()
        assert "Deux personnes ont approuvé cette campagne" in typed
        assert 'value="Tapé trop tard"' in typed, "nothing that was typed is lost"

    def test_a_draft_saved_as_it_was_did_not_change(self) -> None:
        client = staff_client(Role.SUPERVISOR)
        client.post(f"{LIST}add/", self.fill(territories=["974"], ald_codes="8 30"))
        draft = CallCampaign.objects.get()
        start_count(draft.pk, by=make_staff("agent-autre"))
        shown = client.get(f"{LIST}{draft.pk}/modifier/").context["form"]
        held = {name: shown[name].value() for name in shown.fields}
        typed = {name: value for name, value in held.items() if value is not None and value is not False}
        assert client.post(f"{LIST}{draft.pk}/modifier/", typed).status_code == 302
        assert not draft.events.filter(kind="changed").exists()
        assert draft.chunks.exists(), "the count goes on"

    def test_by_territory(self) -> None:
        client = staff_client(Role.SUPERVISOR)
        assert client.post(f"{LIST}add/", self.fill(territories=["hexagone", "974"])).status_code == 302
        campaign = CallCampaign.objects.get()
        assert campaign.criteria["territories"] == ["", "974"]
        assert "vivant ici : Hexagone, hors Alsace-Moselle, La Réunion" in page_of(
            client, f"{LIST}{campaign.pk}/change/"
        )
        shown = client.get(f"{LIST}{campaign.pk}/modifier/").context["form"]
        assert shown["territories"].value() == ["hexagone", "974"]


class TestCalling:
    def test_a_whole_call(self, desk: Client, taken: CallClaim, caller: User) -> None:
        before = page_of(desk, page(taken))
        assert "Yzelle Marie ESSAI" in before
        assert "39" not in before.split('<h2 id="personne">')[1].split("</dl>")[0], "no number before it is asked for"
        shown = press(desk, taken, "number")
        assert "06 39 98 00 77" in shown
        assert "Se présenter" in shown
        assert "rappeler le 3646" in shown
        press(desk, taken, "answer", answer="oui", note="Préfère le matin.")
        press(desk, taken, "answer", answer="continuer", note="Préfère le matin.")
        press(desk, taken, "answer", answer="non", note="Préfère le matin.")
        shown = press(desk, taken, "answer", answer="prendra", note="Préfère le matin.")
        assert "propose le résultat « Prendra rendez-vous »" in shown
        assert "Préfère le matin." in shown
        assert not CallAttempt.objects.exists(), "nothing saves itself"
        said = press(desk, taken, "save", disposition="appointment-planned", note="Préfère le matin.")
        assert "Résultat enregistré : Prendra rendez-vous." in said
        attempt = CallAttempt.objects.get()
        assert attempt.answers == ["oui", "continuer", "non", "prendra"]
        assert held_by(caller) is None

    def test_shows_nothing_of_an_illness(self, desk: Client, taken: CallClaim) -> None:
        press(desk, taken, "number")
        shown = page_of(desk, page(taken)).lower()
        main = shown.split('<div id="content"')[1]
        for word in ("ald", "diab", "consultation de généraliste", "priorité", "2850700888"):
            assert word not in main.replace("« ald »", ""), word

    def test_every_opening_is_logged_for_the_person(
        self, desk: Client, taken: CallClaim, person: InsuredPerson
    ) -> None:
        before = AccessLog.objects.count()
        desk.get(page(taken))
        desk.post(page(taken), {"action": "save"})
        logged = AccessLog.objects.filter(object_kind="outreach.calltask", insured_id=person.pk).order_by("pk")
        assert logged.count() == AccessLog.objects.count() - before == 2
        assert {row.reason for row in logged} == {"appel d’accompagnement"}

    def test_one_step_back(self, desk: Client, taken: CallClaim) -> None:
        press(desk, taken, "number")
        press(desk, taken, "answer", answer="oui")
        assert "Se présenter</h3>" in press(desk, taken, "back")
        assert CallDraft.objects.get().answers == []

    def test_a_result_has_to_be_chosen(self, desk: Client, taken: CallClaim) -> None:
        press(desk, taken, "number")
        said = press(desk, taken, "save", note="Une note.")
        assert "Choisissez le résultat" in said
        assert "Une note." in said
        assert not CallAttempt.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            pytest.param({}, "donnez le jour et l’heure", id="no hour"),
            pytest.param({"callback_day": "2020-01-01", "callback_time": "11:00"}, "dans le passé", id="past"),
            pytest.param({"callback_day": "demain", "callback_time": "11:00"}, "date valide", id="no date"),
        ],
    )
    def test_a_callback_needs_its_hour(self, fields: dict[str, str], said: str, desk: Client, taken: CallClaim) -> None:
        press(desk, taken, "number")
        assert said in press(desk, taken, "save", disposition="callback", **fields)
        assert not CallAttempt.objects.exists()

    def test_a_callback_is_on_the_adviser_s_desk(self, desk: Client, taken: CallClaim, caller: User) -> None:
        press(desk, taken, "number")
        day = timezone.localdate() + dt.timedelta(days=1)
        press(
            desk, taken, "save", disposition="callback", callback_day=str(day), callback_time="11:00",
            callback_by="own",
        )  # fmt: skip
        task = CallTask.objects.get()
        assert (task.status, task.callback_for) == (TaskStatus.CALLBACK, caller)
        assert f"{day:%d/%m/%Y} à 11:00" in page_of(desk, DESK)

    def test_given_back(self, desk: Client, taken: CallClaim) -> None:
        assert "rendu à la liste" in press(desk, taken, "give-back")
        assert CallTask.objects.get().status == TaskStatus.READY

    def test_a_number_in_a_note_never_reaches_the_database(self, desk: Client, taken: CallClaim) -> None:
        press(desk, taken, "number")
        shown = press(desk, taken, "draft", note="Carte 4970 1000 0000 0154")
        assert "Votre note est gardée" in shown
        assert "[carte masquée]" in shown
        assert note_of(CallDraft.objects.get()) == "Carte [carte masquée]"

    def test_what_the_earlier_call_came_to_is_told(self, desk: Client, taken: CallClaim, caller: User) -> None:
        press(desk, taken, "number")
        press(desk, taken, "save", disposition="busy", note="Sonne occupé.")
        CallTask.objects.update(status=TaskStatus.READY, due_at=None)
        desk.post(f"{DESK}suivant/", {"campaign": CallCampaign.objects.get().pk})
        again = held_by(caller)
        assert again is not None
        assert "Ligne occupée. Sonne occupé." in page_of(desk, page(again))


class TestLosingACall:
    def test_a_late_result_keeps_its_note_on_the_desk(self, desk: Client, taken: CallClaim) -> None:
        press(desk, taken, "number")
        CallClaim.objects.update(leased_until=timezone.now() - dt.timedelta(hours=1))
        end_expired()
        said = press(desk, taken, "save", disposition="refusal", note="À reprendre au printemps.")
        assert "votre note est gardée à part" in said.lower()
        assert "Appels à préciser" in said
        note = CallDraft.objects.get()
        address = f"{DESK}note/{note.pk}/"
        assert "À reprendre au printemps." in page_of(desk, address)
        assert staff_client(Role.ADVISER).get(address).status_code == 404
        desk.post(address)
        assert not CallDraft.objects.exists()

    def test_a_lost_call_is_taken_up_again(self, desk: Client, taken: CallClaim, caller: User) -> None:
        press(desk, taken, "number")
        CallClaim.objects.update(leased_until=timezone.now() - dt.timedelta(hours=1))
        end_expired()
        desk.post(f"{DESK}preciser/{taken.task_id}/")
        again = held_by(caller)
        assert again is not None
        press(desk, again, "save", disposition="no-answer")
        assert CallTask.objects.get().status == TaskStatus.WAITING

    def test_another_adviser_s_call_is_not_there(self, taken: CallClaim) -> None:
        other = staff_client(Role.ADVISER)
        assert other.get(page(taken)).headers["Location"] == DESK
        assert other.post(page(taken), {"action": "save", "disposition": "busy"}).status_code == 404
        assert not CallAttempt.objects.exists()

    def test_a_token_that_never_was(self, desk: Client) -> None:
        address = reverse("admin:outreach_callcampaign_call", args=[uuid.uuid4()])
        assert desk.post(address, {"action": "save"}).status_code == 404


class TestDesk:
    def test_names_nobody(self, campaign: CallCampaign, desk: Client) -> None:
        shown = page_of(desk, DESK)
        assert "Suivi d’automne" in shown
        assert "Yzelle" not in shown
        assert DESK in page_of(desk, LIST)

    def test_says_why_there_is_no_call(self, desk: Client) -> None:
        assert "Aucune campagne n’est en cours." in page_of(desk, DESK)
        answer = desk.post(f"{DESK}suivant/", {"campaign": "x"}, follow=True)
        assert "Choisissez une campagne." in answer.content.decode()

    def test_pauses(self, campaign: CallCampaign, desk: Client, caller: User) -> None:
        desk.post(f"{DESK}pause/", {"reason": "difficult-call"})
        assert "après un appel difficile" in page_of(desk, DESK)
        desk.post(f"{DESK}suivant/", {"campaign": campaign.pk})
        assert held_by(caller) is None
        desk.post(f"{DESK}pause/")
        assert AdviserPause.objects.get().ended_at is not None
        assert "Personne suivante" in page_of(desk, DESK)

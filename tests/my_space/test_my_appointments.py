"""« Mes rappels et rendez-vous »: a person's own, changed by them, in a file for their calendar; nobody else's."""

import datetime as dt
import json
import uuid
import zipfile
from io import BytesIO
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.people.models import InsuredPerson, PreferenceChange
from ameli_notify.core.crypto import key_ring
from outreach.campaigns.appointments.enums import AppointmentStatus
from outreach.campaigns.appointments.models import Appointment, CallObstacle
from outreach.campaigns.appointments.reminding import remind
from outreach.campaigns.campaign.definition import default_windows, parse_windows
from outreach.campaigns.claiming import following
from outreach.campaigns.claiming.models import CallTask
from outreach.my_appointments.hours_fr import moment_fr, windows_fr
from tests.accounts.insured import confirmed, make_account, make_nir, signed_in
from tests.outreach.campaigns.conftest import any_hour as any_hour
from tests.outreach.campaigns.rows import make_promise, write_appointment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]
LIST = "/mon-espace/rendez-vous/"
REUNION = ZoneInfo("Indian/Reunion")


@pytest.fixture
def stranger(mine: Client) -> Client:
    make_account(make_nir(201))
    return signed_in(make_nir(201))


def text(client: Client, address: str = LIST) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def press(client: Client, address: str, action: str, **fields: str) -> str:
    """What is said after a button."""
    answer = client.post(address, {"action": action, **fields}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def page(one: Appointment) -> str:
    return reverse("my-appointment", args=[one.public_id])


def call_page(task: CallTask) -> str:
    return reverse("my-callback", args=[task.pk])


def fields(at: dt.datetime) -> dict[str, str]:
    return {"day": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}"}


def seal_name(one: Appointment, name: str) -> None:
    one.practitioner_sealed = key_ring().seal(name, context=one.practitioner_context)
    one.save()


class TestList:
    def test_shows_what_is_ahead_and_what_is_over(self, me: InsuredPerson, mine: Client) -> None:
        ahead = write_appointment(me, days=9, territory="974")
        seal_name(ahead, "Docteur Essai")
        over = write_appointment(me, days=-1)
        call = make_promise(me)
        shown = text(mine)
        assert call.due_at is not None
        for at, territory in ((ahead.starts_at, "974"), (over.starts_at, ""), (call.due_at, "")):
            assert moment_fr(at, territory=territory).replace("\u00a0", " ") in shown.lower()
        assert "Avec Docteur Essai" in shown
        assert "sept jours avant et la veille" in shown
        assert "a-t-il eu lieu ?" in shown
        assert "ne vous envoie jamais de lien" in shown

    def test_of_nobody_else(self, me: InsuredPerson, stranger: Client) -> None:
        one, call = write_appointment(me, days=9), make_promise(me)
        assert "Aucun rendez-vous à venir" in text(stranger)
        assert "Aucun rappel n’est prévu" in text(stranger)
        for address in (page(one), f"{page(one)}agenda.ics", call_page(call), f"{call_page(call)}agenda.ics"):
            assert stranger.get(address).status_code == 404
        assert stranger.post(page(one), {"action": "cancel"}).status_code == 404
        assert stranger.post(call_page(call), {"action": "cancel"}).status_code == 404
        assert CallTask.objects.get().status == "callback"

    def test_asks_the_same_number_of_questions_for_one_and_for_many(
        self, me: InsuredPerson, mine: Client, django_assert_max_num_queries: object
    ) -> None:
        for number in range(6):
            write_appointment(me, days=3 + number)
        with django_assert_max_num_queries(12):  # type: ignore[operator]
            mine.get(LIST)

    def test_the_first_page_says_what_is_near(self, me: InsuredPerson, mine: Client) -> None:
        near, far = write_appointment(me, days=6), write_appointment(me, days=8)
        make_promise(me)
        shown = text(mine, "/mon-espace/")
        assert f"Rendez-vous : {moment_fr(near.starts_at, territory='')}".replace("\u00a0", " ") in shown
        assert moment_fr(far.starts_at, territory="").replace("\u00a0", " ") not in shown
        assert "Un conseiller vous appelle" in shown


class TestAppointment:
    def test_gets_another_date_by_the_clock_of_the_person(self, me: InsuredPerson, mine: Client) -> None:
        one = write_appointment(me, days=9, territory="974")
        later = (timezone.now() + dt.timedelta(days=20)).astimezone(REUNION).replace(hour=9, minute=15, second=0)
        said = press(mine, page(one), "move", **fields(later))
        assert "La nouvelle date est enregistrée." in said
        one.refresh_from_db()
        assert one.starts_at == later.replace(microsecond=0)
        assert "à 9 h 15" in said

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"day": "2020-01-06", "time": "10:00"}, "Cette date est passée"),
            ({"day": "", "time": "10:00"}, "Donnez le jour."),
            ({"day": "31 février", "time": "10:00"}, "Ce jour n’existe pas"),
            ({"day": "2026-01-06", "time": "25h"}, "Cette heure n’existe pas"),
        ],
        ids=["past", "no day", "no such day", "no such hour"],
    )
    def test_a_date_that_cannot_be_changes_nothing(
        self, me: InsuredPerson, mine: Client, given: dict[str, str], message: str
    ) -> None:
        one = write_appointment(me, days=9)
        answer = mine.post(page(one), {"action": "move", **given})
        assert message in answer.content.decode()
        assert "<title>Erreur – " in answer.content.decode()
        assert Appointment.objects.get().sequence == 0

    def test_is_cancelled_with_its_reminders(self, me: InsuredPerson, mine: Client) -> None:
        one = write_appointment(me, days=6, set_at=timezone.now() - dt.timedelta(days=30))
        assert "Prévenez aussi le cabinet" in press(mine, page(one), "cancel")
        assert remind() == 0
        assert "déjà terminé" in press(mine, page(one), "missed")

    @pytest.mark.parametrize(
        ("action", "status"), [("kept", AppointmentStatus.KEPT), ("missed", AppointmentStatus.MISSED)]
    )
    def test_took_place_or_not(self, me: InsuredPerson, mine: Client, action: str, status: AppointmentStatus) -> None:
        one = write_appointment(me, days=-1)
        press(mine, page(one), action)
        one.refresh_from_db()
        assert one.status == status

    def test_reminders_are_the_persons_own_to_choose(self, me: InsuredPerson, mine: Client) -> None:
        one = write_appointment(me, days=6, set_at=timezone.now() - dt.timedelta(days=30))
        assert "ne vous rappellerons pas" in press(mine, page(one), "no-reminders")
        assert remind() == 0
        press(mine, page(one), "remind")
        assert remind() == 1

    def test_an_unknown_button_does_nothing(self, me: InsuredPerson, mine: Client) -> None:
        one = write_appointment(me, days=6)
        assert mine.post(page(one), {"action": "autre"}).status_code == 200
        assert Appointment.objects.get().sequence == 0


class TestPromise:
    def test_is_moved_within_the_hours(self, me: InsuredPerson, mine: Client) -> None:
        call = make_promise(me, territory="974")
        later = (timezone.now() + dt.timedelta(days=3)).astimezone(REUNION).replace(hour=17, minute=30, second=0)
        assert "nouvelle heure" in press(mine, call_page(call), "move", **fields(later))
        call.refresh_from_db()
        assert (call.due_at, call.status) == (later.replace(microsecond=0), "callback")

    def test_not_when_nobody_calls(self, me: InsuredPerson, mine: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        call = make_promise(me)
        before = call.due_at
        tomorrow = timezone.localtime() + dt.timedelta(days=1)
        late = call.campaign.ends_on + dt.timedelta(days=1)
        for given, message in (
            ({"day": "2020-01-06", "time": "10:00"}, "Cette heure est passée"),
            ({"day": str(late), "time": "10:00"}, "Nous pouvons vous appeler jusqu’au"),
        ):
            assert message in press(mine, call_page(call), "move", **given)
        with monkeypatch.context() as closed:
            closed.setattr(following, "window_at", lambda *args, **kwargs: None)
            assert "hors jours fériés" in press(mine, call_page(call), "move", **fields(tomorrow))
        call.refresh_from_db()
        assert call.due_at == before

    def test_is_cancelled(self, me: InsuredPerson, mine: Client) -> None:
        call = make_promise(me)
        assert "ce rappel est annulé" in press(mine, call_page(call), "cancel")
        call.refresh_from_db()
        assert (call.status, call.reason, call.due_at) == ("excluded", "opted-out", None)
        assert mine.get(call_page(call)).status_code == 404
        assert InsuredPerson.objects.get(pk=me.pk).accepts_calls, "this call only"

    def test_is_the_adviser_s_once_its_hour_has_come(self, me: InsuredPerson, mine: Client) -> None:
        call = make_promise(me, at=timezone.now() - dt.timedelta(minutes=1))
        assert mine.get(call_page(call)).status_code == 404
        assert "Aucun rappel n’est prévu" in text(mine)


class TestNoMoreCalls:
    def test_is_asked_once_and_holds_at_once(self, me: InsuredPerson, mine: Client) -> None:
        call = make_promise(me)
        assert "Confirmer" in text(mine, "/mon-espace/ne-plus-appeler/")
        assert InsuredPerson.objects.get(pk=me.pk).accepts_calls
        said = press(mine, "/mon-espace/ne-plus-appeler/", "")
        assert "ne recevrez plus d’appel" in said
        call.refresh_from_db()
        assert (call.status, call.reason) == ("excluded", "opted-out")
        assert not InsuredPerson.objects.get(pk=me.pk).accepts_calls
        change = PreferenceChange.objects.get(insured=me, purpose="calls")
        assert change.changed_by == str(me.public_id)
        assert "déjà choisi" in text(mine, "/mon-espace/ne-plus-appeler/")


class TestCalendarFile:
    def event(self, client: Client, address: str) -> tuple[icalendar.Calendar, icalendar.Event]:
        answer = client.get(f"{address}agenda.ics")
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer.content.endswith(b"END:VCALENDAR\r\n")
        assert max(map(len, answer.content.split(b"\r\n"))) <= 75
        calendar = icalendar.Calendar.from_ical(answer.content)
        (event,) = calendar.events
        return calendar, event

    def test_of_an_appointment(self, me: InsuredPerson, mine: Client) -> None:
        one = write_appointment(me, days=9, territory="971", practitioner_rpps=10101010105)
        seal_name(one, "Docteur Essai")
        calendar, event = self.event(mine, page(one))
        assert event.decoded("dtstart") == one.starts_at.replace(microsecond=0)
        assert event["dtstart"].params["TZID"] == "America/Guadeloupe"
        assert [str(each["TZID"]) for each in calendar.walk("VTIMEZONE")] == ["America/Guadeloupe"]
        assert (str(event["uid"]), event["sequence"]) == (str(one.public_id), 0)
        assert str(event["summary"]) == "Rendez-vous"
        content = calendar.to_ical().decode()
        assert "Essai" not in content
        assert "10101010105" not in content
        assert str(event["status"]) == "CONFIRMED"

    def test_the_same_entry_after_a_change(self, me: InsuredPerson, mine: Client) -> None:
        one = write_appointment(me, days=9)
        later = timezone.localtime() + dt.timedelta(days=20)
        press(mine, page(one), "move", **fields(later))
        _, moved = self.event(mine, page(one))
        press(mine, page(one), "cancel")
        _, cancelled = self.event(mine, page(one))
        assert str(moved["uid"]) == str(cancelled["uid"]) == str(one.public_id)
        assert (moved["sequence"], cancelled["sequence"]) == (1, 2)
        assert str(cancelled["status"]) == "CANCELLED"

    def test_of_a_promised_call(self, me: InsuredPerson, mine: Client) -> None:
        call = make_promise(me)
        _, event = self.event(mine, call_page(call))
        _, again = self.event(mine, call_page(call))
        assert str(event["uid"]) == str(again["uid"])
        assert uuid.UUID(str(event["uid"])).version == 5
        assert str(event["summary"]) == "Appel téléphonique"


def test_all_of_it_is_in_the_file_of_my_data(me: InsuredPerson, mine: Client) -> None:
    one, call = write_appointment(me, days=9), make_promise(me)
    seal_name(one, "Docteur Essai")
    CallObstacle.objects.create(attempt_id=1, insured=me, code="cost")
    answer = confirmed(mine).post("/mon-espace/informations/telecharger/")
    assert isinstance(answer, StreamingHttpResponse)
    files = zipfile.ZipFile(BytesIO(answer.getvalue()))
    (kept,) = json.loads(files.read("rendez_vous.json"))
    assert (kept["avec"], kept["etat"], len(kept["historique"])) == ("Docteur Essai", "prévu", 1)
    calls = json.loads(files.read("appels.json"))
    assert call.due_at is not None
    assert calls == {
        "rappels_promis": [timezone.localtime(call.due_at).isoformat()],
        "difficultes_dites": ["Coût ou avance de frais"],
    }


@pytest.mark.parametrize(
    ("windows", "said"),
    [
        (default_windows(), ["du lundi au vendredi, de 10 h à 13 h et de 14 h à 20 h"]),
        ([[1, "09:30", "12:00"], [2, "09:30", "12:00"], [6, "10:00", "12:00"]],
         ["le lundi et le mardi, de 9 h 30 à 12 h", "le samedi, de 10 h à 12 h"]),
    ],
    ids=["usual", "two kinds"],
)  # fmt: skip
def test_hours_in_words(windows: list[object], said: list[str]) -> None:
    assert [each.replace("\u00a0", " ") for each in windows_fr(parse_windows(windows))] == said

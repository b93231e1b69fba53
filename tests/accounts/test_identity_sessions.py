"""Sessions end in time, can be closed, and keep insured people and the staff apart."""

from typing import Final

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from time_machine import TimeMachineFixture

from accounts.identity.devices import CodeDevice
from accounts.identity.models import InsuredAccount, OpenSession
from accounts.staff.models import User
from tests.accounts.insured import (
    CODE,
    CONFIRM,
    PASSWORD,
    SECURITY,
    SIGN_IN,
    add_app,
    code_shown_by,
    give_password,
    make_account,
    make_nir,
    signed_in,
)
from tests.staff import client_of, make_staff

pytestmark = pytest.mark.usefixtures("space")

APP: Final = f"{SECURITY}application/"
MOBILE: Final = "/mon-espace/informations/coordonnees/mobile/"


class TestSessions:
    def test_they_are_listed_with_families_only_and_closed_one_by_one(self, browser: Client) -> None:
        other = signed_in()
        page = browser.get(SECURITY).content.decode()
        assert page.count("Firefox, Linux, ouverte le") == 3  # two lines, and the name of one button
        wanted = OpenSession.objects.exclude(key_lookup=own_row(browser).key_lookup).get()
        assert browser.post(f"{SECURITY}sessions/fermer/", {"session": str(wanted.pk)}).status_code == 302
        answer = other.get(SECURITY, follow=True)
        assert "Votre session a été fermée" in answer.content.decode()
        assert browser.get(SECURITY).status_code == 200

    def test_all_others_at_once(self, browser: Client) -> None:
        others = [signed_in(), signed_in()]
        answer = browser.post(f"{SECURITY}sessions/fermer-les-autres/", follow=True)
        assert "Les 2 autres sessions sont fermées" in answer.content.decode()
        assert [other.get(SECURITY).status_code for other in others] == [302, 302]

    def test_somebody_elses_is_not_found(self, browser: Client) -> None:
        make_account(make_nir(1), email="autre@example.net", mobile="")
        other = signed_in(make_nir(1))
        for wanted in (str(own_row(other).pk), str(own_row(browser).pk), "x", ""):
            assert browser.post(f"{SECURITY}sessions/fermer/", {"session": wanted}).status_code == 404
        assert other.get(SECURITY).status_code == 200

    def test_a_stolen_row_gives_no_session(self, browser: Client) -> None:
        row = own_row(browser)
        assert str(browser.session.session_key) not in repr(OpenSession.objects.values())
        thief = Client()
        thief.cookies["sessionid"] = str(row.key_lookup)
        assert thief.get(SECURITY).status_code == 302

    def test_fifteen_minutes_without_activity_end_it(
        self, account: InsuredAccount, time_machine: TimeMachineFixture
    ) -> None:
        device = add_app(account)
        time_machine.move_to("2026-11-22T10:00:00Z", tick=False)
        browser = Client()
        give_password(browser)
        browser.post(CODE, {"code": code_shown_by(device)})
        time_machine.shift(14 * 60)
        assert browser.get("/mon-espace/session/").json() == {"seconds_left": 60, "warn_at": 120}
        time_machine.shift(30)
        answer = browser.post("/mon-espace/session/prolonger/", headers={"x-requested-with": "fetch"})
        assert answer.json()["seconds_left"] == 15 * 60
        time_machine.shift(14 * 60)
        assert browser.get(SECURITY).status_code == 200
        time_machine.shift(14 * 60 + 59)
        assert browser.post("/mon-espace/session/prolonger/", {"next": APP}).headers["Location"] == APP
        time_machine.shift(15 * 60)
        answer = browser.get(SECURITY, follow=True)
        assert "15 minutes sans activité" in answer.content.decode()
        assert Session.objects.filter(session_key=browser.session.session_key).count() <= 1
        assert OpenSession.objects.count() == 0

    def test_twelve_hours_end_it_whatever_happens(
        self, account: InsuredAccount, time_machine: TimeMachineFixture
    ) -> None:
        device = add_app(account)
        time_machine.move_to("2026-11-22T06:00:00Z", tick=False)
        browser = Client()
        give_password(browser)
        browser.post(CODE, {"code": code_shown_by(device)})
        for _ in range(71):
            time_machine.shift(10 * 60)
            assert browser.get(SECURITY).status_code == 200
        time_machine.shift(10 * 60)
        answer = browser.get(SECURITY)
        assert answer.headers["Location"].startswith(SIGN_IN)

    @pytest.mark.parametrize("change", ["closed", "deceased", "promoted", "account gone", "new password"])
    def test_losing_the_right_ends_it_at_once(self, account: InsuredAccount, browser: Client, change: str) -> None:
        if change == "closed":
            User.objects.filter(pk=account.user_id).update(is_active=False)
        elif change == "deceased":
            type(account.insured).objects.filter(pk=account.insured_id).update(died_on="2026-11-21")
        elif change == "promoted":
            User.objects.filter(pk=account.user_id).update(is_superuser=True, is_staff=True)
        elif change == "account gone":
            account.delete()
        else:
            account.user.set_password("un autre mot de passe 9")
            account.user.save()
        assert browser.get(SECURITY).status_code in (302, 403)
        assert browser.get("/console/").status_code == 302
        assert browser.get(SECURITY).headers["Location"].startswith(SIGN_IN)


def own_row(browser: Client) -> OpenSession:
    row: OpenSession = browser.get(SECURITY).context["current"]
    return row


class TestTwoWorlds:
    PAGES: Final = (SECURITY, CONFIRM, APP, MOBILE, "/mon-espace/session/")

    def test_insured_people_never_reach_the_console(self, account: InsuredAccount, browser: Client) -> None:
        for path in ("/console/", "/console/accounts/insuredperson/", "/console/password_change/"):
            assert browser.get(path).status_code in (302, 403)
        # Not even with the flag of the staff: a code by SMS is no device of the staff.
        User.objects.filter(pk=account.user_id).update(is_staff=True, is_superuser=True)
        assert browser.get("/console/").status_code == 302
        assert "_auth_user_id" not in browser.session

    def test_the_staff_never_reach_the_space(self) -> None:
        browser = client_of(make_staff())
        assert [browser.get(path).status_code for path in self.PAGES] == [403] * len(self.PAGES)
        assert browser.get("/console/").status_code == 200

    def test_the_staffs_door_refuses_an_insured_person(self, account: InsuredAccount, client: Client) -> None:
        answer = client.post("/console/connexion/", {"username": account.user.username, "password": PASSWORD})
        assert "n’est pas correct" in answer.content.decode()

    def test_a_session_of_ours_needs_both_factors(self, account: InsuredAccount) -> None:
        browser = Client()
        browser.force_login(account.user)
        assert [browser.get(path).status_code for path in self.PAGES] == [302] * len(self.PAGES)
        browser.force_login(account.user)
        session = browser.session
        session[DEVICE_ID_SESSION_KEY] = CodeDevice.objects.filter(user=account.user)[0].persistent_id
        session.save()
        assert browser.get(SECURITY).status_code == 302  # no row of ours: it was never opened by the two steps

    def test_answers_are_never_stored(self, browser: Client) -> None:
        for path in self.PAGES[:2]:
            assert "no-store" in browser.get(path).headers["Cache-Control"]

"""Who gets into a partner's pages: by an invitation once, by a password and a code, and nowhere else with them."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.identity.models import InsuredAccount
from accounts.partners.models import PartnerInsurer
from accounts.partners.portal import invitations
from accounts.partners.portal.models import PartnerTotpDevice, PartnerUser
from accounts.partners.portal.sign_in import TRIES_PER_ACCOUNT
from accounts.staff.models import User
from tests.partners.portal_rows import (
    JOIN,
    JOIN_APP,
    ROOT,
    SIGN_IN,
    SIGN_IN_CODE,
    browser_of,
    code_of,
    fresh_code_of,
    make_user,
    sign_in,
)
from tests.reimbursements.payments.rows import make_person
from tests.staff import PASSWORD

NEW_PASSWORD = "quatre mots sans rapport"


def test_an_invitation_opens_an_account_once(partner: PartnerInsurer) -> None:
    invitation = invitations.invite(partner.pk, label="exploitation", is_manager=True, by="agent")
    member, client = invitation.member, Client()
    form = {"identifier": member.identifier, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert "pas valable" in client.post(JOIN, form | {"code": "AAAA-BBBB"}).content.decode()
    assert client.get(JOIN_APP)["Location"] == JOIN
    assert client.post(JOIN, form | {"code": invitation.code.lower()})["Location"] == JOIN_APP
    page = client.get(JOIN_APP).content.decode()
    assert "<svg" in page
    assert not User.objects.get(pk=member.user_id).is_active, "not before the app has shown a code"
    assert client.post(JOIN_APP, {"code": "000000"}).status_code == 200
    device = PartnerTotpDevice.objects.get()
    PartnerTotpDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    before = client.session.session_key
    assert client.post(JOIN_APP, {"code": f"{device.totp().token():06d}"})["Location"] == ROOT
    assert client.session.session_key != before
    assert client.get(ROOT).status_code == 200
    assert "pas valable" in Client().post(JOIN, form | {"code": invitation.code}).content.decode(), "once"
    member.refresh_from_db()
    assert (member.invitation_lookup, member.is_manager) == (None, True)
    assert member.joined_at is not None


def test_an_invitation_ends_and_its_password_is_judged(partner: PartnerInsurer) -> None:
    invitation = invitations.invite(partner.pk, label="exploitation", is_manager=False, by="agent")
    form = {
        "identifier": invitation.member.identifier,
        "code": invitation.code,
        "password": "azerty",
        "again": "azerty",
    }
    assert "12 caractères" in Client().post(JOIN, form).content.decode()
    with time_machine.travel(timezone.now() + invitations.VALID_FOR, tick=False):
        good = form | {"password": NEW_PASSWORD, "again": NEW_PASSWORD}
        assert "pas valable" in Client().post(JOIN, good).content.decode()


def test_both_factors_are_needed_and_each_changes_the_key(partner: PartnerInsurer) -> None:
    member, client = make_user(partner), Client()
    client.get(SIGN_IN)
    assert client.post(SIGN_IN, {"identifier": member.identifier, "password": PASSWORD})["Location"] == SIGN_IN_CODE
    first = client.session.session_key
    assert client.get(ROOT)["Location"] == SIGN_IN, "a password alone opens nothing"
    assert client.post(SIGN_IN_CODE, {"code": code_of(member)})["Location"] == ROOT
    assert client.session.session_key != first
    page = client.get(ROOT)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("wrong", [{"identifier": "99000009-01"}, {"password": "pas le bon du tout"}])
def test_what_was_wrong_is_not_told(partner: PartnerInsurer, wrong: dict[str, str]) -> None:
    member = make_user(partner)
    page = Client().post(SIGN_IN, {"identifier": member.identifier, "password": PASSWORD} | wrong)
    assert "L’identifiant ou le mot de passe n’est pas correct." in page.content.decode()


def test_tries_are_limited(partner: PartnerInsurer) -> None:
    member = make_user(partner)
    wrong = {"identifier": member.identifier, "password": "pas le bon du tout"}
    found = [Client().post(SIGN_IN, wrong).status_code for _ in range(TRIES_PER_ACCOUNT + 1)]
    assert found == [200] * TRIES_PER_ACCOUNT + [429]
    assert int(Client().post(SIGN_IN, wrong)["Retry-After"]) > 0


@pytest.mark.django_db(transaction=True)
def test_a_code_is_good_once_even_at_once(partner: PartnerInsurer) -> None:
    member = make_user(partner)
    browsers = [Client() for _ in range(6)]
    for browser in browsers:
        browser.post(SIGN_IN, {"identifier": member.identifier, "password": PASSWORD})
    code = code_of(member)

    def give(browser: Client) -> int:
        try:
            return browser.post(SIGN_IN_CODE, {"code": code}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(give, browsers)) == [200] * 5 + [302]


class TestSession:
    def test_ends_after_a_while(self, partner: PartnerInsurer) -> None:
        client = browser_of(make_user(partner))
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=14), tick=False):
            assert client.get(ROOT).status_code == 200
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=30), tick=False):
            assert client.get(ROOT)["Location"] == SIGN_IN
            assert "15 minutes sans activité" in client.get(SIGN_IN).content.decode()

    @pytest.mark.parametrize("end", ["removed", "invited again", "password", "flags", "insured"])
    def test_ends_with_the_account(self, partner: PartnerInsurer, end: str) -> None:
        member = make_user(partner)
        client = browser_of(member)
        assert client.get(ROOT).status_code == 200
        if end == "removed":
            assert invitations.remove(member.pk, partner_id=partner.pk, by="agent")
        elif end == "invited again":
            invitations.invite_again(member.pk, by="agent")
        elif end == "password":
            member.user.set_password(NEW_PASSWORD)
            member.user.save()
        elif end == "flags":
            User.objects.filter(pk=member.user_id).update(is_staff=True)
        else:
            InsuredAccount.objects.create(user=member.user, insured=make_person("Assurée"))
        assert client.get(ROOT)["Location"] == SIGN_IN

    def test_is_over_after_signing_out(self, partner: PartnerInsurer) -> None:
        client = sign_in(make_user(partner))
        assert client.get(ROOT).status_code == 200
        assert client.post(f"{ROOT}deconnexion/")["Location"] == SIGN_IN
        assert client.get(ROOT)["Location"] == SIGN_IN

    def test_stays_open_while_the_partner_is_paused_and_says_why(self, partner: PartnerInsurer) -> None:
        client = browser_of(make_user(partner))
        PartnerInsurer.objects.update(state="paused")
        assert "Votre accès à l’API est suspendu" in client.get(ROOT).content.decode()


class TestElsewhere:
    def test_a_partners_user_is_nobody(self, partner: PartnerInsurer) -> None:
        client = browser_of(make_user(partner))
        assert client.get("/console/")["Location"].startswith("/console/login/")
        assert client.get("/mon-espace/")["Location"].startswith("/connexion/")
        assert client.get("/api/v1/members").status_code == 401

    def test_its_password_and_code_open_no_console_whatever_flags_it_is_given(self, partner: PartnerInsurer) -> None:
        member = make_user(partner)
        User.objects.filter(pk=member.user_id).update(is_staff=True, is_superuser=True)
        client = Client()
        page = client.post("/console/connexion/", {"username": member.identifier, "password": PASSWORD})
        assert "n’est pas correct" in page.content.decode()
        assert client.post(SIGN_IN, {"identifier": member.identifier, "password": PASSWORD}).status_code == 200

    def test_no_seed_and_no_invitation_is_kept_in_clear(self, partner: PartnerInsurer) -> None:
        invitation = invitations.invite(partner.pk, label="x", is_manager=False, by="agent")
        kept = json.dumps(list(PartnerUser.objects.values()), default=str)
        assert invitation.code not in kept
        assert invitation.code.replace("-", "") not in kept
        member = make_user(partner)
        device = PartnerTotpDevice.objects.get(user=member.user)
        assert b"partner-user-seed-20".hex().encode() not in bytes(device.seed_sealed)
        assert fresh_code_of(member)

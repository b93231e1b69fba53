"""The sandbox partner, and the quick-start client that walks in from outside: another process, real HTTP."""

import datetime as dt
import io
import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.consents import choose_consents
from accounts.partners.enums import PartnerState
from accounts.partners.models import PartnerInsurer
from accounts.partners.portal.invitations import remove
from accounts.partners.portal.models import PartnerUser
from fraud.partner_api.models import PartnerAlert
from reimbursements.partner_api.publishing import publish
from tests.fraud.cases.conftest import case_rules as case_rules
from tests.partners.lines import have_months, load, make_line
from tests.partners.portal_rows import ROOT, SIGN_IN, SIGN_IN_CODE, code_of
from tests.partners.rows import join, make_partner
from tests.reimbursements.payments.rows import make_person

QUICKSTART = settings.BASE_DIR / "docs/partner-api/quickstart.py"


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    return tmp_path


def sandbox(**options: Any) -> dict[str, Any]:
    output = io.StringIO()
    call_command("partner_sandbox", json=True, stdout=output, **options)
    told: dict[str, Any] = json.loads(output.getvalue())
    return told


def run_quickstart(told: dict[str, Any], place: Path) -> str:
    command = [sys.executable, str(QUICKSTART), told["base_url"], told["client_id"], told["key_file"], str(place)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_the_quick_start_walks_through(live_server: LiveServer, var: Path) -> None:
    partner = make_partner("99000001", state=PartnerState.NOT_CONNECTED)
    have_months()
    people = [make_person(f"Membre {number}") for number in range(3)]
    for person in people:
        join(person, partner)
    load(*(make_line(person) for person in people))
    told = sandbox(base_url=live_server.url, members=2)
    assert told["token_endpoint"] == f"{live_server.url}/oauth/token"
    place = var / "place.txt"
    assert run_quickstart(told, place) == "2 members, 4 changes, 2 reimbursements\n"
    load(make_line(people[0]), make_line(people[2]))
    choose_consents(people[1].pk, partner.pk, set(), by="essai")
    publish()
    assert run_quickstart(told, place) == "1 members, 2 changes, 1 reimbursements\n"


def test_is_the_same_when_it_is_opened_again(db: None, var: Path) -> None:
    partner = make_partner("99000001", state=PartnerState.NOT_CONNECTED)
    make_partner("99000002")
    join(make_person("Membre"), partner)
    first, again = sandbox(), sandbox()
    assert first == again
    assert (first["members"], first["alg"]) == (1, "ES384")
    assert (PartnerClient.objects.count(), PartnerKey.objects.count()) == (1, 1)
    assert PartnerInsurer.objects.get(state_by="partner_sandbox") == partner
    assert stat.S_IMODE(Path(first["key_file"]).stat().st_mode) == 0o600


def test_shows_an_alert_of_one_member(reference_data: None, case_rules: None, var: Path) -> None:
    partner = make_partner("99000001", state=PartnerState.NOT_CONNECTED)
    paid_on = timezone.localdate() - dt.timedelta(days=20)
    have_months(paid_on)
    people = [make_person(f"Membre {number}") for number in range(3)]
    for person in people:
        join(person, partner)
    load(*(make_line(person, payment_date=paid_on, care_start=paid_on) for person in people[1:]))
    assert [sandbox()["alerts"], sandbox()["alerts"]] == [1, 1]
    (alert,) = PartnerAlert.objects.all()
    assert (alert.insured_id, alert.source, alert.has_amount) == (people[1].pk, "report", True)


def test_has_a_user_of_the_partners_pages(db: None, var: Path) -> None:
    told = sandbox()
    member = PartnerUser.objects.get(identifier=told["portal_identifier"])
    assert told["portal_code"] == f"manage.py staff_code {member.identifier}"
    client = Client()
    form = {"identifier": member.identifier, "password": told["portal_password"]}
    assert client.post(SIGN_IN, form)["Location"] == SIGN_IN_CODE
    assert client.post(SIGN_IN_CODE, {"code": code_of(member)})["Location"] == ROOT
    kept = var / "partner_sandbox/portal.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert sandbox()["portal_password"] == told["portal_password"]
    remove(member.pk, partner_id=member.partner_id, by="agent")
    assert sandbox()["portal_identifier"] != member.identifier


def test_without_anybody_has_no_members(db: None, var: Path) -> None:
    assert sandbox()["members"] == 0
    call_command("partner_sandbox", stdout=(output := io.StringIO()))
    assert "client_id: " in output.getvalue()


def test_is_refused_in_production_and_for_a_silly_number(db: None, var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="0 ou plus"):
        sandbox(members=-1)
    monkeypatch.setattr(settings, "SETTINGS_MODULE", "ameli_notify.settings.prod")
    with pytest.raises(CommandError, match="pas en production"):
        sandbox()
    assert not PartnerInsurer.objects.exists()

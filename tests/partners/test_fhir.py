"""The FHIR server: resources that a validator not ours takes, walked through by clients not ours, and bulk data."""

import datetime as dt
import gzip
import json
import random
import time
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from django.conf import settings
from django.test import Client
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.explanationofbenefit import ExplanationOfBenefit
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.patient import Patient
from fhirpy import SyncFHIRClient
from pytest_django.live_server_helper import LiveServer

from accounts.access.models import AccessLog
from accounts.partners.enums import Scope
from accounts.partners.models import PartnerInsurer
from accounts.people.models import InsuredPerson
from reimbursements.partner_api import tasks
from reimbursements.partner_api.exports.models import PartnerExport
from reimbursements.partner_api.fhir.resources import BENEFIT, LINE_FIELDS, explanation_of_benefit, patient
from reimbursements.partner_api.models import PartnerChange
from reimbursements.partner_api.publishing import publish
from reimbursements.partner_api.records import KINDS, OPERATIONS, PAYEES
from reimbursements.reference.models import NatureReference
from tests.partners.exports import body_of
from tests.partners.lines import load, make_line
from tests.partners.machine import EC, Machine, machine_of
from tests.partners.rows import consent, make_partner
from tests.partners.test_resources import LINES, OCTOBER, known_as, make_member

ROOT = "/fhir/r4"
BENEFITS = f"{ROOT}/ExplanationOfBenefit"
PATIENTS = f"{ROOT}/Patient"
FHIR = "application/fhir+json"


@pytest.fixture
def machine(partner: PartnerInsurer) -> Machine:
    return machine_of(partner)


@pytest.fixture
def member(partner: PartnerInsurer) -> InsuredPerson:
    return make_member(partner)


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    return tmp_path


def varied_line(number: int, chance: random.Random) -> tuple[str, ...]:
    """What a line is told by, of any kind that there is."""
    cents = chance.choice((0, 50, 2_100, 3_000, chance.randrange(10_000_000)))
    amounts = [Decimal(cents) / 100, Decimal(cents // 2) / 100, -Decimal(cents // 3) / 100]
    chance.shuffle(amounts)
    charged, base, paid = (f"{amount:.2f}" for amount in amounts)
    start = dt.date(2024, 1, 1) + dt.timedelta(days=chance.randrange(900))
    values = {
        "member_id": str(uuid.UUID(int=number)), "published_at": "2026-10-19T08:00:00.000001Z",
        "fund_code": "01C751000", "statement_no": str(number), "line_no": "1",
        "remuneration_type": str(chance.randrange(11)), "operation": chance.choice(list(OPERATIONS.values())),
        "kind": chance.choice(KINDS), "family_json": json.dumps(chance.choice(["medicine", "other", 'a"\\é'])),
        "care_start": start.isoformat(), "care_end": (start + dt.timedelta(days=chance.randrange(3))).isoformat(),
        "payment_date": (start + dt.timedelta(days=9)).isoformat(),
        "payee": chance.choice([*PAYEES.values(), "other"]), "amount_charged": charged, "base_amount": base,
        "rate_pct": chance.choice(["70.00", "0.00", "100.00"]), "amount_paid": paid, "excess_amount": "0.00",
        "partner_amount": chance.choice([None, "9.00"]), "own_share": "6.90",
    }  # fmt: skip
    return tuple(values[name] for name in LINE_FIELDS)  # type: ignore[misc] # the partner's amount may be None


class TestShapes:
    def test_of_a_thousand_benefits_are_valid(self) -> None:
        chance = random.Random(5)
        for number in range(1_000):
            told = json.loads(explanation_of_benefit(f"A_-{number:045d}", varied_line(number, chance)))
            benefit = ExplanationOfBenefit.model_validate(told)
            assert benefit.id == f"A.-{number:045d}"

    def test_of_patients_are_valid_and_name_nobody(self) -> None:
        held = {"member_no": "A-1", "starts_on": "2024-01-01", "ends_on": None}
        for memberships in ([], [held], [held, {**held, "ends_on": "2025-01-01"}], [{**held, "member_no": ""}]):
            told = json.loads(patient({"id": str(uuid.uuid4()), "memberships": memberships}))
            Patient.model_validate(told)
            assert set(told) <= {"resourceType", "id", "active", "identifier"}

    @pytest.mark.parametrize(
        ("line", "category", "amount"),
        [
            ({}, "coinsurance", "9.00"),
            ({}, "paidtopatient", "21.00"),
            ({"payee": 36}, "paidtoprovider", "21.00"),
            ({"amc_amount": Decimal("4.00")}, "memberliability", "5.00"),
            ({"nature_code": 1951, "amount_paid": Decimal("-2.00")}, "copay", "2.00"),
            ({"nature_code": 1971, "amount_paid": Decimal("-0.50")}, "deductible", "0.50"),
            ({"nature_code": 1951, "amount_paid": Decimal("2.00"), "operation": "A"}, "copay", "-2.00"),
            ({"nature_code": 1951, "amount_paid": Decimal("0.00")}, "copay", "0.00"),
            ({"excess_amount": Decimal("5.00")}, "noncovered", "5.00"),
        ],
    )
    def test_of_amounts_are_those_of_the_line(
        self, machine: Machine, member: InsuredPerson, line: dict[str, Any], category: str, amount: str
    ) -> None:
        for code, kind in ((1951, "is_flat_contribution"), (1971, "is_deductible")):
            NatureReference.objects.create(
                code=code, family="contribution", label="x", plain_label="x", valid_from=dt.date(2020, 1, 1),
                source="essai", **{kind: True},
            )  # fmt: skip
        load(make_line(member, **line))
        publish()
        (entry,) = json.loads(machine.get(BENEFITS).content, parse_float=Decimal)["entry"]
        adjudication = entry["resource"]["item"][0]["adjudication"]
        found = {each["category"]["coding"][0]["code"]: each for each in adjudication}
        assert str(found[category]["amount"]["value"]) == amount
        assert found[category]["amount"]["currency"] == "EUR"
        assert {"submitted", "eligible", "eligpercent", "benefit", "noncovered"} <= set(found)


class TestBenefits:
    def test_are_the_lines_of_the_api_and_can_be_read_alone(self, machine: Machine, member: InsuredPerson) -> None:
        load(make_line(member), make_line(member, operation="A", amount_paid=Decimal("-21.00")))
        publish()
        answer = machine.get(BENEFITS)
        assert answer["Content-Type"] == FHIR
        found = answer.json()
        Bundle.model_validate(found)
        lines = machine.json(LINES, OCTOBER)["data"]
        assert [entry["resource"]["id"] for entry in found["entry"]] == [line["id"].replace("_", ".") for line in lines]
        for entry in found["entry"]:
            alone = machine.get(f"{BENEFITS}/{entry['resource']['id']}")
            assert alone.json() == entry["resource"]
            assert entry["fullUrl"].endswith(f"{BENEFITS}/{entry['resource']['id']}")
            assert entry["resource"]["patient"]["reference"] == f"Patient/{known_as(member)}"
        assert machine.get(BENEFITS, **{"if-none-match": answer["ETag"]}).status_code == 304
        text = json.dumps(found)
        assert not any(word in text for word in ("performer", "NGAP", "10000000017", "Membre"))

    def test_come_page_by_page_each_once(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        other = make_member(partner, member_no="B-2")
        load(*(make_line(person) for person in (member, other, member, other, member)))
        publish()
        for query, number in (
            ({}, 5),
            ({"patient": f"Patient/{known_as(member)}"}, 3),
            ({"patient": known_as(other)}, 2),
        ):
            page, seen = machine.json(BENEFITS, {**query, "_count": 2}), []
            while True:
                seen += [entry["resource"]["id"] for entry in page.get("entry", [])]
                following = [link["url"] for link in page["link"] if link["relation"] == "next"]
                if not following:
                    break
                page = machine.json(following[0])
            assert len(seen) == len(set(seen)) == number

    def test_are_found_by_their_days_and_by_when_they_came(self, machine: Machine, member: InsuredPerson) -> None:
        for day in (dt.date(2025, 12, 31), dt.date(2026, 2, 10), dt.date(2026, 2, 28)):
            load(make_line(member, care_start=day))
            publish()
        moments = list(
            PartnerChange.objects.exclude(line_id=None).order_by("position").values_list("published_at", flat=True)
        )
        iso = [at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") for at in moments]
        for query, number in (
            ({"service-date": "2026-02"}, 2), ({"service-date": "2026"}, 2), ({"service-date": "ge2026-02-28"}, 1),
            ({"service-date": "gt2026-02-28"}, 0), ({"service-date": "lt2026-02"}, 1),
            ({"service-date": "le2025-12-31"}, 1), ({"service-date": ["ge2026-02-01", "lt2026-02-28"]}, 1),
            ({"service-date": "eq2026-02-10", "patient": known_as(member)}, 1),
            ({"_lastUpdated": f"ge{iso[1]}"}, 2), ({"_lastUpdated": f"gt{iso[1]}"}, 1),
            ({"_lastUpdated": f"lt{iso[0]}"}, 0), ({"_lastUpdated": iso[2]}, 1),
            ({"_lastUpdated": f"le{iso[1]}", "patient": known_as(member)}, 2),
            ({"_lastUpdated": f"{timezone.now():%Y}"}, 3), ({"_lastUpdated": "lt2020-01-01"}, 0),
        ):  # fmt: skip
            assert len(machine.json(BENEFITS, query).get("entry", [])) == number, query

    def test_of_others_are_not_there(self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer) -> None:
        load(make_line(member))
        publish()
        (entry,) = machine.json(BENEFITS)["entry"]
        stranger = machine_of(make_partner("99000002"))
        assert "entry" not in stranger.json(BENEFITS)
        assert "entry" not in stranger.json(BENEFITS, {"patient": known_as(member)})
        for path in (f"{BENEFITS}/{entry['resource']['id']}", f"{PATIENTS}/{known_as(member)}"):
            refused = stranger.get(path)
            assert refused.status_code == 404
            OperationOutcome.model_validate(refused.json())
        consent(member, partner, ())
        assert machine.get(f"{BENEFITS}/{entry['resource']['id']}").status_code == 404

    def test_are_logged_for_the_person(self, machine: Machine, member: InsuredPerson) -> None:
        load(make_line(member))
        publish()
        machine.json(BENEFITS)
        machine.json(f"{PATIENTS}/{known_as(member)}")
        kinds = list(AccessLog.objects.order_by("pk").values_list("insured_id", "object_kind"))
        assert kinds == [(member.pk, "reimbursements.reimbursementline"), (member.pk, "accounts.partnermember")]


class TestPatients:
    def test_are_found_by_id_and_by_number(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        make_member(partner, member_no="B-2")
        mine = known_as(member)
        for query, number in (
            ({}, 2), ({"_id": mine}, 1), ({"_id": str(uuid.uuid4())}, 0), ({"_id": "x"}, 0), ({"identifier": "B-2"}, 1),
            ({"identifier": "urn:ameli-notify:member-number|A-1"}, 1), ({"identifier": "urn:other|A-1"}, 0),
            ({"identifier": "|A-1"}, 0), ({"_id": mine, "identifier": "B-2"}, 0),
            ({"_id": mine, "identifier": "A-1"}, 1),
        ):  # fmt: skip
            found = machine.json(PATIENTS, query)
            Bundle.model_validate(found)
            assert len(found.get("entry", [])) == number, query
        assert machine.json(f"{PATIENTS}/{mine}")["identifier"][0]["value"] == "A-1"


class TestErrors:
    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            (f"{BENEFITS}?colour=red", 400, "unknown-parameter"),
            (f"{BENEFITS}?_count=0", 400, "invalid-parameter"),
            (f"{BENEFITS}?_count=1&_count=2", 400, "repeated-parameter"),
            (f"{BENEFITS}?service-date=ne2026-01-01", 400, "invalid-parameter"),
            (f"{BENEFITS}?service-date=2026-13", 400, "invalid-parameter"),
            (f"{BENEFITS}?service-date=0000", 400, "invalid-parameter"),
            (f"{BENEFITS}?_lastUpdated=2026-01-01T10:00:00", 400, "invalid-parameter"),
            (f"{BENEFITS}?_lastUpdated=9999-12-31T23:59:59Z", 400, "invalid-parameter"),
            (f"{BENEFITS}?_cursor=x", 400, "invalid-cursor"),
            (f"{BENEFITS}?_format=xml", 400, "invalid-parameter"),
            (f"{PATIENTS}?_id=%00", 400, "invalid-parameter"),
            (f"{BENEFITS}/x", 404, "not-found"),
            (f"{PATIENTS}/x", 404, "not-found"),
            (f"{ROOT}/Observation", 404, "not-found"),
            (f"{ROOT}/$export", 405, "method-not-allowed"),
        ],
    )
    def test_are_outcomes(self, machine: Machine, path: str, status: int, code: str) -> None:
        answer = machine.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (status, FHIR)
        OperationOutcome.model_validate(answer.json())
        assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == code

    def test_without_a_token_or_with_another_scope(self, machine: Machine, partner: PartnerInsurer) -> None:
        assert Client().get(BENEFITS).json()["issue"][0]["code"] == "login"
        poor = machine_of(partner, scopes=[Scope.ALERTS_READ])
        for path in (BENEFITS, PATIENTS, f"{ROOT}/export-status/{uuid.uuid4()}"):
            assert poor.get(path).status_code == 403

    @pytest.mark.parametrize("accept", [FHIR, "application/json", "*/*"])
    def test_nobody_is_refused_for_what_json_they_like(self, machine: Machine, accept: str) -> None:
        assert machine.get(BENEFITS, accept=accept)["Content-Type"] == FHIR


class TestDiscovery:
    def test_needs_no_token(self, db: None) -> None:
        told = Client().get(f"{ROOT}/metadata")
        assert told["Content-Type"] == FHIR
        CapabilityStatement.model_validate(told.json())
        smart = Client().get(f"{ROOT}/.well-known/smart-configuration").json()
        assert smart["token_endpoint"] == "http://testserver/oauth/token"
        assert smart["capabilities"] == ["client-confidential-asymmetric", "permission-v1", "permission-v2"]


class TestBulk:
    def kick_off(self, machine: Machine, *parameters: dict[str, str], path: str = "$export") -> Any:  # noqa: ANN401
        body = {"resourceType": "Parameters", "parameter": list(parameters)} if parameters else {}
        headers = {"authorization": machine.bearer(), "prefer": "respond-async", "accept": FHIR}
        return Client().post(f"{ROOT}/{path}", json.dumps(body), content_type=FHIR, headers=headers)

    @pytest.fixture
    def lines(self, member: InsuredPerson, var: Path) -> None:
        load(make_line(member), make_line(member))
        publish()

    def test_goes_from_the_order_to_the_files(self, machine: Machine, lines: None, member: InsuredPerson) -> None:
        taken = self.kick_off(machine)
        assert (taken.status_code, taken.content) == (202, b"")
        status = taken["Content-Location"]
        waiting = machine.get(status)
        assert (waiting.status_code, waiting["X-Progress"]) == (202, "0 %")
        assert int(waiting["Retry-After"]) > 0
        tasks.advance_exports()
        ready = machine.get(status)
        manifest = ready.json()
        assert (ready.status_code, manifest["requiresAccessToken"], manifest["error"]) == (200, True, [])
        assert "Expires" in ready
        assert [(file["type"], file["count"]) for file in manifest["output"]] == [("Patient", 1), (BENEFIT, 2)]
        people, told = (self.rows(machine, file["url"]) for file in manifest["output"])
        assert [row["id"] for row in people] == [known_as(member)]
        found = [entry["resource"] for entry in machine.json(BENEFITS)["entry"]]
        assert {row["id"]: row for row in told} == {row["id"]: row for row in found}
        assert Client().delete(status, headers={"authorization": machine.bearer()}).status_code == 202
        assert machine.get(status).status_code == 404
        assert machine.get(manifest["output"][0]["url"]).status_code == 410

    def rows(self, machine: Machine, url: str) -> list[Any]:
        """Both plain and compressed on the way."""
        plain = machine.get(url, accept="application/fhir+ndjson")
        packed = machine.get(url, **{"accept-encoding": "gzip"})
        assert plain["Content-Type"] == packed["Content-Type"] == "application/fhir+ndjson"
        assert packed["Content-Encoding"] == "gzip"
        content = body_of(plain)
        assert gzip.decompress(body_of(packed)) == content
        return [json.loads(row) for row in content.decode().splitlines()]

    def test_holds_what_was_asked_for(self, machine: Machine, lines: None, member: InsuredPerson) -> None:
        def types(*parameters: dict[str, str], path: str = "$export") -> list[tuple[str, int]]:
            status = self.kick_off(machine, *parameters, path=path)["Content-Location"]
            tasks.advance_exports()
            return [(file["type"], file["count"]) for file in machine.json(status)["output"]]

        assert types({"name": "_type", "valueString": "Patient"}, path="Patient/$export") == [("Patient", 1)]
        since = timezone.now().isoformat()
        load(make_line(member))
        publish()
        assert types(
            {"name": "_type", "valueString": BENEFIT}, {"name": "_since", "valueInstant": since}
        ) == [(BENEFIT, 1)]  # fmt: skip

    def test_of_a_second_one_waits(self, machine: Machine, lines: None) -> None:
        self.kick_off(machine)
        refused = self.kick_off(machine)
        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 0

    @pytest.mark.parametrize(
        "parameter",
        [
            {"name": "_type", "valueString": "Observation"},
            {"name": "_since", "valueInstant": "yesterday"},
            {"name": "_outputFormat", "valueString": "csv"},
            {"name": "_elements", "valueString": "id"},
            {"name": "_type"},
        ],
        ids=lambda parameter: f"{parameter['name']}-{len(parameter)}",
    )
    def test_that_cannot_be_had_is_refused(self, machine: Machine, parameter: dict[str, str]) -> None:
        assert self.kick_off(machine, parameter).status_code == 400

    def test_must_be_asked_for_later(self, machine: Machine) -> None:
        answer = Client().post(f"{ROOT}/$export", headers={"authorization": machine.bearer()})
        assert answer.status_code == 400

    def test_that_failed_says_so(self, machine: Machine, lines: None) -> None:
        status = self.kick_off(machine)["Content-Location"]
        PartnerExport.objects.update(state="failed", ended_at=timezone.now())
        answer = machine.get(status)
        assert answer.status_code == 500
        OperationOutcome.model_validate(answer.json())

    def test_is_nobody_elses(self, machine: Machine, lines: None) -> None:
        status = self.kick_off(machine)["Content-Location"]
        stranger = machine_of(make_partner("99000002"))
        assert stranger.get(status).status_code == 404
        assert machine.get(f"/api/v1/exports/{PartnerExport.objects.get().public_id}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_clients_that_are_not_ours_walk_through(live_server: LiveServer) -> None:
    partner = make_partner("99000001")
    people = [make_member(partner, member_no=f"N-{number}") for number in range(3)]
    load(*(make_line(person) for person in people for _ in range(3)))
    publish()
    client = machine_of(partner).client
    endpoint = f"{live_server.url}/oauth/token"
    proof = PrivateKeyJWT(
        endpoint, claims={"exp": int(time.time()) + 240}, headers={"kid": EC.thumbprint()}, alg="ES384"
    )
    with OAuth2Session(
        str(client.client_id), EC, token_endpoint_auth_method=proof, scope="members.read reimbursements.read"
    ) as session:
        token = session.fetch_token(endpoint, grant_type="client_credentials")
    assert token["expires_at"] > time.time()
    fhir = SyncFHIRClient(f"{live_server.url}{ROOT}", authorization=f"Bearer {token['access_token']}")
    told = fhir.execute("metadata", method="get")
    assert told["fhirVersion"] == "4.0.1"
    patients = fhir.resources("Patient").limit(2).fetch_all()
    assert len({each.id for each in patients}) == 3
    for each in patients:
        benefits = fhir.resources("ExplanationOfBenefit").search(patient=each.id).limit(2).fetch_all()
        assert len({benefit.id for benefit in benefits}) == 3
        assert {benefit["patient"]["reference"] for benefit in benefits} == {f"Patient/{each.id}"}

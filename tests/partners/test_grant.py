"""Tokens for a proven client, and for nobody else: RFC 6749, 7519, 7523, 8414."""

import base64
import datetime as dt
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import connections
from django.test import Client
from django.utils import timezone
from joserfc.jwk import ECKey, RSAKey

from accounts.partners.client_models import PartnerAssertion, PartnerClient, PartnerKey, PartnerToken
from accounts.partners.enums import PartnerState, Scope
from accounts.partners.grant_views import TOKENS_PER_CLIENT, TRIES_PER_ADDRESS
from accounts.partners.keys import UnfitKeyError, read_public_key
from accounts.partners.models import PartnerInsurer
from accounts.partners.scopes import SMART_SCOPES
from accounts.partners.tasks import forget
from accounts.partners.tokens import caller_of
from tests.partners.machine import EC, FORM, RSA, TOKEN, add_key, ask, claims_of, machine_of, make_client, sign
from tests.partners.rows import make_partner

STATUS = "/api/v1/status"
FAR = 90_000_000_000
"""A NumericDate that no clock reaches."""


@pytest.fixture
def client(partner: PartnerInsurer) -> PartnerClient:
    made = make_client(partner)
    add_key(made)
    return made


def refusal(answer: Any) -> tuple[int, str]:  # noqa: ANN401 (Django's test answers)
    return answer.status_code, answer.json()["error"]


def _part(content: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


class TestToken:
    @pytest.mark.parametrize(("key", "alg"), [(EC, "ES384"), (RSA, "RS384"), (RSA, "PS384")], ids=["EC", "RS", "PS"])
    def test_is_given_for_a_signed_assertion(self, partner: PartnerInsurer, key: ECKey | RSAKey, alg: str) -> None:
        made = make_client(partner)
        add_key(made, key)
        answer = ask(sign(claims_of(made), key=key, alg=alg))
        assert answer.status_code == 200, answer.content
        body = answer.json()
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 300)
        assert body["scope"].split() == list(Scope.values)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Pragma"] == "no-cache"

    def test_is_not_kept_in_clear(self, client: PartnerClient) -> None:
        token = ask(sign(claims_of(client))).json()["access_token"]
        kept = PartnerToken.objects.values().get()
        assert token not in repr(kept)
        caller = caller_of(token)
        assert caller is not None
        assert caller.partner_id == client.partner_id

    def test_lives_300_seconds(self, client: PartnerClient) -> None:
        token = ask(sign(claims_of(client))).json()["access_token"]
        now = timezone.now()
        with time_machine.travel(now + dt.timedelta(seconds=295)):
            assert caller_of(token) is not None
        with time_machine.travel(now + dt.timedelta(seconds=301)):
            assert caller_of(token) is None
            assert forget() == 1, "the token; the assertion is kept a little longer"
        with time_machine.travel(now + dt.timedelta(seconds=700)):
            assert forget() == 1
        assert not PartnerAssertion.objects.exists()

    def test_holds_the_scopes_asked_for(self, client: PartnerClient) -> None:
        answer = ask(sign(claims_of(client)), scope="export members.read")
        assert answer.json()["scope"] == "members.read export"

    @pytest.mark.parametrize(
        ("scope", "told"),
        [
            ("system/Patient.rs", "members.read system/Patient.rs"),
            ("system/ExplanationOfBenefit.read", "reimbursements.read system/ExplanationOfBenefit.read"),
            ("system/*.rs", "members.read reimbursements.read export system/*.rs"),
            (
                "system/Patient.rs system/ExplanationOfBenefit.rs",
                "members.read reimbursements.read export system/Patient.rs system/ExplanationOfBenefit.rs",
            ),
            ("members.read system/Patient.rs", "members.read system/Patient.rs"),
        ],
    )
    def test_is_asked_for_in_the_words_of_smart_too(self, client: PartnerClient, scope: str, told: str) -> None:
        body = ask(sign(claims_of(client)), scope=scope).json()
        assert body["scope"] == told
        caller = caller_of(body["access_token"])
        assert caller is not None
        assert caller.scopes == {word for word in told.split() if not word.startswith("system/")}

    def test_in_the_words_of_smart_is_no_more_than_the_client_may_have(self, client: PartnerClient) -> None:
        PartnerClient.objects.update(scopes=["members.read"])
        assert ask(sign(claims_of(client)), scope="system/*.rs").json()["scope"] == "members.read system/*.rs"
        refused = ask(sign(claims_of(client)), scope="system/ExplanationOfBenefit.rs")
        assert refusal(refused) == (400, "invalid_scope")
        PartnerClient.objects.update(scopes=["alerts.read"])
        assert refusal(ask(sign(claims_of(client)), scope="system/*.rs")) == (400, "invalid_scope")

    @pytest.mark.parametrize(
        "scope",
        [
            "root", "members.read  export", " ", "members.read root", "system/Patient.cruds", "system/Observation.rs",
            "patient/*.rs", "system/*.*",
        ],
    )  # fmt: skip
    def test_is_refused_for_another_scope(self, client: PartnerClient, scope: str) -> None:
        assert refusal(ask(sign(claims_of(client)), scope=scope)) == (400, "invalid_scope")

    def test_dies_with_its_key_its_client_and_its_partner(self, client: PartnerClient) -> None:
        for model in (PartnerKey, PartnerClient):
            token = ask(sign(claims_of(client))).json()["access_token"]
            assert caller_of(token) is not None
            model.objects.update(withdrawn_at=timezone.now(), withdrawn_by="essai")
            assert caller_of(token) is None
            assert refusal(ask(sign(claims_of(client)))) == (401, "invalid_client")
            model.objects.update(withdrawn_at=None, withdrawn_by="")

    def test_loses_a_scope_that_its_client_loses(self, client: PartnerClient) -> None:
        token = ask(sign(claims_of(client))).json()["access_token"]
        PartnerClient.objects.update(scopes=["export"])
        caller = caller_of(token)
        assert caller is not None
        assert caller.scopes == {"export"}

    def test_of_a_paused_partner_reads_nothing_and_no_other_is_given(self, client: PartnerClient) -> None:
        token = ask(sign(claims_of(client))).json()["access_token"]
        PartnerInsurer.objects.update(state=PartnerState.PAUSED)
        answer = Client().get(STATUS, headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (403, "partner-paused")
        assert refusal(ask(sign(claims_of(client)))) == (400, "unauthorized_client")

    def test_of_one_key_goes_on_while_another_takes_over(self, client: PartnerClient) -> None:
        old = ask(sign(claims_of(client))).json()["access_token"]
        add_key(client, RSA)
        assert ask(sign(claims_of(client), key=RSA, alg="PS384")).status_code == 200
        PartnerKey.objects.filter(kid=RSA.thumbprint()).update(withdrawn_at=timezone.now(), withdrawn_by="essai")
        assert caller_of(old) is not None


class TestAssertion:
    def test_is_good_once(self, client: PartnerClient) -> None:
        assertion = sign(claims_of(client))
        assert ask(assertion).status_code == 200
        assert refusal(ask(assertion)) == (401, "invalid_client")
        again = sign(claims_of(client, jti="the same"))
        assert ask(again).status_code == 200
        assert refusal(ask(sign(claims_of(client, jti="the same")))) == (401, "invalid_client")

    @pytest.mark.parametrize(
        "changed",
        [
            {"aud": "https://elsewhere.example/token"}, {"aud": None}, {"aud": []}, {"aud": {"a": 1}},
            {"iss": "00000000-0000-0000-0000-000000000000"}, {"iss": None}, {"iss": 7}, {"iss": "nobody"},
            {"sub": "00000000-0000-0000-0000-000000000000"}, {"sub": None},
            {"exp": None}, {"exp": 1}, {"exp": "soon"}, {"exp": True}, {"exp": 1e300}, {"exp": []},
            {"jti": None}, {"jti": ""}, {"jti": 7}, {"jti": "x" * 201}, {"jti": "a\0b"},
            {"nbf": FAR}, {"iat": FAR}, {"nbf": "now"},
        ],
        ids=str,
    )  # fmt: skip
    def test_with_another_claim_proves_nothing(self, client: PartnerClient, changed: dict[str, object]) -> None:
        assert refusal(ask(sign(claims_of(client, **changed)))) == (401, "invalid_client")
        assert not PartnerToken.objects.exists()

    @pytest.mark.parametrize(
        ("seconds", "status"), [(300, 200), (329, 200), (400, 401), (86_400, 401), (-20, 200), (-40, 401)]
    )
    def test_lives_five_minutes_at_most(self, client: PartnerClient, seconds: int, status: int) -> None:
        assert ask(sign(claims_of(client, exp=int(time.time()) + seconds))).status_code == status

    def test_may_name_the_issuer_among_its_audiences(self, client: PartnerClient) -> None:
        assert ask(sign(claims_of(client, aud=["x", "http://testserver"]))).status_code == 200

    def test_by_a_key_of_somebody_else_proves_nothing(self, client: PartnerClient) -> None:
        other = make_client(make_partner("99000002"))
        add_key(other, RSA)
        assert refusal(ask(sign(claims_of(client), key=RSA, alg="RS384"))) == (401, "invalid_client")
        stranger = ECKey.generate_key("P-384")
        assert refusal(ask(sign(claims_of(client), key=stranger, kid=EC.thumbprint()))) == (401, "invalid_client")

    def test_by_another_algorithm_proves_nothing(self, client: PartnerClient) -> None:
        add_key(client, RSA)
        assert refusal(ask(sign(claims_of(client), key=RSA, alg="RS256"))) == (401, "invalid_client")
        # The public key as the secret of an HMAC, and no signature at all: the oldest forgeries.
        payload = _part(claims_of(client))
        signed = f"{_part({'alg': 'HS384', 'kid': EC.thumbprint()})}.{payload}"
        mac = hmac.digest(EC.as_pem(private=False), signed.encode(), "sha384")
        forged = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        unsigned = f"{_part({'alg': 'none', 'kid': EC.thumbprint()})}.{payload}."
        for assertion in (forged, unsigned):
            assert refusal(ask(assertion)) == (401, "invalid_client")

    @pytest.mark.parametrize("text", ["x", "a.b.c", "é.é.é", "..", "e30.e30.e30", "W10.W10.W10", "x" * 9_000])
    def test_that_is_none_proves_nothing(self, client: PartnerClient, text: str) -> None:
        assert refusal(ask(text)) == (401, "invalid_client")

    def test_without_the_name_of_its_key_proves_nothing(self, client: PartnerClient) -> None:
        assert refusal(ask(sign(claims_of(client), kid="another"))) == (401, "invalid_client")

    @pytest.mark.parametrize("kid", ["a\0b", "\ud800", "a\nb", ""])
    def test_with_a_name_that_no_key_can_have_proves_nothing(self, client: PartnerClient, kid: str) -> None:
        unsigned = f"{_part({'alg': 'ES384', 'kid': kid})}.{_part(claims_of(client))}.AAAA"
        assert refusal(ask(unsigned)) == (401, "invalid_client")

    def test_of_another_client_than_named_proves_nothing(self, client: PartnerClient) -> None:
        other = str(make_client(client.partner).client_id)
        assert refusal(ask(sign(claims_of(client)), client_id=other)) == (401, "invalid_client")
        assert ask(sign(claims_of(client)), client_id=str(client.client_id)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_parallel_uses_of_one_assertion_one_wins(transactional_db: None) -> None:
    made = make_client(make_partner("99000009"))
    add_key(made)
    assertion, gate = sign(claims_of(made)), Barrier(8)

    def use() -> int:
        try:
            gate.wait(timeout=10)
            return int(ask(assertion).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(work.result() for work in [pool.submit(use) for _ in range(8)])
    assert statuses == [200] + [401] * 7


class TestRequest:
    def test_of_another_grant_is_refused(self, client: PartnerClient) -> None:
        answer = Client().post(TOKEN, "grant_type=password&username=x", content_type=FORM)
        assert refusal(answer) == (400, "unsupported_grant_type")

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            ("", FORM), ("grant_type=client_credentials", FORM), ("{}", "application/json"), ("x", "text/plain"),
            ("grant_type=client_credentials&grant_type=client_credentials", FORM),
            ("grant_type=client_credentials&client_assertion_type=x&client_assertion=y", FORM),
            ("&".join(f"a{number}=1" for number in range(1_500)), FORM),
        ],
        ids=["empty", "alone", "json", "text", "twice", "type", "many"],
    )  # fmt: skip
    def test_that_cannot_be_read_is_told_so(self, client: PartnerClient, body: str, content_type: str) -> None:
        assert refusal(Client().post(TOKEN, body, content_type=content_type)) == (400, "invalid_request")

    def test_too_often_from_one_address_is_told_when_to_come_back(self, client: PartnerClient) -> None:
        for _ in range(TRIES_PER_ADDRESS):
            Client().post(TOKEN, "grant_type=x", content_type=FORM)
        answer = Client().post(TOKEN, "grant_type=x", content_type=FORM)
        assert refusal(answer) == (429, "temporarily_unavailable")
        assert 0 < int(answer["Retry-After"]) <= 60

    def test_too_often_by_one_client_is_told_too(self, client: PartnerClient) -> None:
        for _ in range(TOKENS_PER_CLIENT):
            assert ask(sign(claims_of(client))).status_code == 200
        assert refusal(ask(sign(claims_of(client)))) == (429, "temporarily_unavailable")

    def test_that_is_too_long_is_not_read(self, db: None) -> None:
        answer = Client().post(TOKEN, "grant_type=" + "x" * 70_000, content_type=FORM)
        assert refusal(answer) == (400, "invalid_request")

    def test_by_get_is_not_offered(self, db: None) -> None:
        answer = Client().get(TOKEN)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_the_server_describes_itself(db: None) -> None:
    told = Client().get("/.well-known/oauth-authorization-server").json()
    assert told["issuer"] == "http://testserver"
    assert told["token_endpoint"] == "http://testserver/oauth/token"
    assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert told["token_endpoint_auth_signing_alg_values_supported"] == ["ES384", "RS384", "PS384"]
    assert told["scopes_supported"] == [*Scope.values, *SMART_SCOPES]


class TestBearer:
    @pytest.mark.parametrize(
        ("header", "code"),
        [
            ("", "missing-token"), ("Basic eDp5", "missing-token"), ("Bearer", "invalid-token"),
            ("Bearer  ", "invalid-token"), ("Bearer x y", "invalid-token"), ("Bearer " + "é" * 43, "invalid-token"),
            ("Bearer " + "x" * 43, "invalid-token"), ("Bearer " + "x" * 5_000, "invalid-token"),
        ],
    )  # fmt: skip
    def test_that_is_none_is_refused(self, db: None, header: str, code: str) -> None:
        answer = Client().get(STATUS, headers={"authorization": header} if header else {})
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"

    def test_without_the_scope_is_told_which(self, partner: PartnerInsurer) -> None:
        answer = machine_of(partner, scopes=["members.read"]).get(STATUS)
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")
        assert 'scope="reimbursements.read"' in answer["WWW-Authenticate"]

    def test_of_a_person_signed_in_is_nothing(self, browser: Client) -> None:
        assert browser.get(STATUS).status_code == 401


SHORT_RSA = (
    rsa.generate_private_key(65_537, 1_024)
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


class TestKeys:
    def test_are_taken_as_jwk_and_as_pem(self) -> None:
        for key in (EC, RSA):
            from_pem = read_public_key(key.as_pem(private=False).decode())
            from_jwk = read_public_key(json.dumps(key.as_dict(private=False) | {"use": "sig", "alg": "x"}))
            assert from_pem == from_jwk
            assert from_pem["kid"] == key.thumbprint()
        assert read_public_key(json.dumps(EC.as_dict(private=False) | {"kid": "2026-1"}))["kid"] == "2026-1"

    @pytest.mark.parametrize(
        "text",
        [
            EC.as_pem(private=True).decode(), json.dumps(EC.as_dict(private=True)),
            RSA.as_pem(private=True).decode(), json.dumps(RSA.as_dict(private=True)),
        ],
        ids=["EC PEM", "EC JWK", "RSA PEM", "RSA JWK"],
    )  # fmt: skip
    def test_that_are_private_are_refused_and_thought_stolen(self, text: str) -> None:
        with pytest.raises(UnfitKeyError, match="volée"):
            read_public_key(text)

    @pytest.mark.parametrize(
        "text",
        [
            "", "x", "{", "[]", "{}", '{"kty": "EC"}', json.dumps({"kty": "oct", "k": "c2VjcmV0"}), "x" * 20_000,
            json.dumps(ECKey.generate_key("P-256").as_dict(private=False)),
            SHORT_RSA,
            json.dumps(EC.as_dict(private=False) | {"kid": 7}),
            json.dumps(EC.as_dict(private=False) | {"kid": "x" * 101}),
        ],
        ids=["empty", "x", "{", "list", "nothing", "half", "oct", "long", "P-256", "RSA 1024", "kid 7", "kid long"],
    )  # fmt: skip
    def test_that_are_unfit_are_refused_in_french(self, text: str) -> None:
        with pytest.raises(UnfitKeyError, match=r"^[A-ZÀ-Ý].*\.$"):
            read_public_key(text)

"""A partner's machine: keys, assertions, and a client of the API that holds a token."""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.enums import Scope
from accounts.partners.keys import read_public_key
from accounts.partners.models import PartnerInsurer

TOKEN: Final = "/oauth/token"
AUDIENCE: Final = "http://testserver/oauth/token"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM: Final = "application/x-www-form-urlencoded"

EC: Final = ECKey.generate_key("P-384")
RSA: Final = RSAKey.generate_key(2048)


def make_client(partner: PartnerInsurer, *, scopes: list[str] | None = None, per_minute: int = 600) -> PartnerClient:
    return PartnerClient.objects.create(
        partner=partner,
        name="essai",
        scopes=list(Scope.values) if scopes is None else scopes,
        requests_per_minute=per_minute,
        created_by="essai",
    )


def add_key(client: PartnerClient, key: ECKey | RSAKey = EC) -> PartnerKey:
    jwk = read_public_key(key.as_pem(private=False).decode())
    return PartnerKey.objects.create(client=client, kid=jwk["kid"], jwk=jwk, added_by="essai")


def claims_of(client: PartnerClient, **changed: object) -> dict[str, object]:
    """Good ones, but for what is changed; None leaves a claim out."""
    name, now = str(client.client_id), int(time.time())
    good = {"iss": name, "sub": name, "aud": AUDIENCE, "exp": now + 60, "iat": now, "jti": str(uuid.uuid4())}
    return {claim: value for claim, value in (good | changed).items() if value is not None}


def sign(claims: dict[str, object], *, key: ECKey | RSAKey = EC, alg: str = "ES384", **header: object) -> str:
    full = {"alg": alg, "kid": key.thumbprint(), **header}
    return jwt.encode(full, claims, key, algorithms=[alg])


def ask(assertion: str, **form: str) -> Any:  # noqa: ANN401 (Django's test answers)
    """The answer of the token endpoint."""
    data = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    return Client().post(TOKEN, urlencode(data | form), content_type=FORM)


@dataclass
class Machine:
    """Holds a token from its first request on."""

    client: PartnerClient
    scope: str = ""
    token: str = field(default="", repr=False)

    def get(self, path: str, query: Mapping[str, Any] | None = None, /, **headers: str) -> Any:  # noqa: ANN401
        return Client().get(path, query or {}, headers={"authorization": self.bearer(), **headers})

    def post(self, path: str, body: object, *, key: str | None = None, **headers: str) -> Any:  # noqa: ANN401
        """``key``: of idempotency; a new one when it is left out."""
        given = {"authorization": self.bearer(), "idempotency-key": key or str(uuid.uuid4()), **headers}
        return Client().post(path, json.dumps(body), content_type="application/json", headers=given)

    def bearer(self) -> str:
        if not self.token:
            form = {"scope": self.scope} if self.scope else {}
            self.token = ask(sign(claims_of(self.client)), **form).json()["access_token"]
        return f"Bearer {self.token}"

    def json(self, path: str, query: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 (of any shape)
        answer = self.get(path, query)
        assert answer.status_code == 200, answer.content
        return answer.json()


def machine_of(partner: PartnerInsurer, **values: Any) -> Machine:
    client = make_client(partner, **values)
    add_key(client)
    return Machine(client)

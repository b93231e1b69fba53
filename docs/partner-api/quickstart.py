"""First call of the partner API in one file: a token, the members, and everything that changed since the last time.

    python quickstart.py BASE_URL CLIENT_ID KEY_FILE [PLACE_FILE]

Needs `joserfc`. KEY_FILE: your private key (PEM, P-384). PLACE_FILE keeps where you are: later, only what is new comes.
"""

import json
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from joserfc import jwt
from joserfc.jwk import ECKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def call(url: str, *, token: str = "", form: dict[str, str] | None = None) -> dict[str, Any]:
    request = Request(url, data=urlencode(form).encode() if form else None)  # noqa: S310 (your own address)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urlopen(request, timeout=30) as answer:  # noqa: S310
        return dict(json.load(answer))


def get_token(base_url: str, client_id: str, key: ECKey) -> str:
    """A token of 300 seconds, for an assertion that is good once (RFC 7523)."""
    server = call(f"{base_url}/.well-known/oauth-authorization-server")
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": server["token_endpoint"], "iat": now, "exp": now + 60}
    head = {"alg": "ES384", "kid": key.thumbprint()}
    assertion = jwt.encode(head, claims | {"jti": str(uuid.uuid4())}, key, algorithms=["ES384"])
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    return str(call(server["token_endpoint"], form=form)["access_token"])


def changes(base_url: str, token: str, place: Path) -> Iterator[dict[str, Any]]:
    """Every change since the last time; the place is kept after each page."""
    has_more = True
    while has_more:
        query = {"limit": "1000"} | ({"after": place.read_text()} if place.exists() else {})
        page = call(f"{base_url}/api/v1/changes?{urlencode(query)}", token=token)
        yield from page["data"]
        place.write_text(page["next_after"])
        has_more = page["has_more"]


if __name__ == "__main__":
    base, client, key_file, *rest = sys.argv[1:]
    bearer = get_token(base, client, ECKey.import_key(Path(key_file).read_bytes()))
    members = call(f"{base}/api/v1/members?limit=1000", token=bearer)["data"]
    found = list(changes(base, bearer, Path(rest[0] if rest else "place.txt")))
    paid = sum(change["type"] == "reimbursement" for change in found)
    sys.stdout.write(f"{len(members)} members, {len(found)} changes, {paid} reimbursements\n")

"""Requests to FranceConnect: short, bounded, and never redirected elsewhere."""

import json
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from accounts.identity.franceconnect.refusals import Reason, StoppedError

TIMEOUT_SECONDS: Final = 5.0
MOST_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Its body may hold tokens: it is never logged."""

    status: int
    content_type: str
    body: bytes = field(repr=False)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises StoppedError for anything else."""
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise StoppedError(Reason.UNREACHABLE, detail="answer is no JSON object")
        return found


def get(url: str, *, bearer: str = "") -> Answer:
    """GET, with an access token where one is needed. Raises StoppedError (UNREACHABLE)."""
    headers = {"Accept": "application/jwt, application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    return _send(Request(url, headers=headers))  # noqa: S310 (configuration and provider accept https only)


def post(url: str, fields: dict[str, str]) -> Answer:
    """POST a form. Raises StoppedError (UNREACHABLE)."""
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    return _send(Request(url, data=urlencode(fields).encode(), headers=headers))  # noqa: S310 (as above)


def _opener() -> OpenerDirector:
    """No handler that follows redirects or opens files; an outgoing proxy of the environment is honoured."""
    opener = OpenerDirector()
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler, HTTPErrorProcessor, HTTPDefaultErrorHandler):
        opener.add_handler(handler())
    return opener


def _send(request: Request) -> Answer:
    try:
        try:
            response = _opener().open(request, timeout=TIMEOUT_SECONDS)
        except HTTPError as error:
            response = error
        with response:
            body = response.read(MOST_BYTES + 1)
            answer = Answer(response.status, response.headers.get_content_type(), body)
    except (OSError, HTTPException, ValueError) as error:
        raise StoppedError(Reason.UNREACHABLE, detail=type(error).__name__) from None
    if len(body) > MOST_BYTES:
        raise StoppedError(Reason.UNREACHABLE, detail="answer too long")
    return answer

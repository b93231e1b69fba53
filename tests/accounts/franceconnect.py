"""A real OpenID provider (the npm package oidc-provider) where FranceConnect+ stands, and a browser for both sites."""

import html
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, Request, build_opener

import pytest
from django.conf import settings

from tests.accounts.insured import CODE, CONFIRM, NIR, PASSWORD, SECURITY, SIGN_IN, code_received
from tests.tools import require_tool

START: Final = "/connexion/franceconnect/"
CALLBACK: Final = "/connexion/franceconnect/retour/"
SIGN_OUT: Final = "/deconnexion/"
LEAVING: Final = "/deconnexion/franceconnect/"
SIGNED_OUT: Final = "/deconnexion/franceconnect/retour/"
KEYS: Final = "/franceconnect/cles/"
LINK: Final = f"{SECURITY}franceconnect/lier/"
UNLINK: Final = f"{SECURITY}franceconnect/retirer/"
CLIENT_ID: Final = "ameli-notify"
CLIENT_SECRET: Final = "secret-of-the-tests-0123456789abcdef"
SUBJECT: Final = "sujet-1"


@dataclass(frozen=True)
class OpenidProvider:
    """The provider's address, and a way to change how it answers."""

    issuer: str

    def change(self, **wanted: Any) -> None:
        request = Request(f"{self.issuer}/essai", data=json.dumps(wanted).encode(), method="POST")
        with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
            assert answer.status == 204


@contextmanager
def openid_provider(site: str) -> Iterator[OpenidProvider]:
    """Start the provider for a site. Skips when node or the package is missing, fails under CI=true."""
    node = require_tool("node", "apt-get install nodejs npm")
    folder = settings.BASE_DIR / "tests/node"
    if not (folder / "node_modules/oidc-provider").is_dir():
        reason = "oidc-provider: npm ci --prefix tests/node"
        if os.environ.get("CI") == "true":
            pytest.fail(f"missing under CI, {reason}", pytrace=False)
        pytest.skip(reason)
    environment = {"PATH": os.environ["PATH"], "SITE": site, "NODE_ENV": "test"}
    process = subprocess.Popen(
        [node, "franceconnect.mjs"], cwd=folder, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "it did not start: its reasons are on stderr"
        yield OpenidProvider(json.loads(line)["issuer"])
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()


@dataclass(frozen=True)
class Page:
    status: int
    url: str
    location: str
    text: str

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def heading(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.DOTALL)
        return html.unescape(found[1].strip()) if found else ""


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def with_query(url: str, **changes: str) -> str:
    return f"{url.split('?')[0]}?{urlencode(query(url) | changes)}"


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


class Visitor:
    """A browser with one cookie jar for the site and the provider, which follows redirects when told to."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.jar = CookieJar()
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(self.jar), _NoRedirect)
        self._opener.addheaders = [("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")]
        self._token = ""

    def get(self, url: str) -> Page:
        return self._send(urljoin(self.site, url), None)

    def post(self, url: str, **fields: str) -> Page:
        return self._send(urljoin(self.site, url), fields | {"csrfmiddlewaretoken": self._token})

    def follow(self, page: Page, *, until: str = "") -> Page:
        """Go where redirects lead; stop before a URL whose path is ``until``."""
        for _ in range(12):
            if not page.location or (until and urlsplit(page.location).path == until):
                return page
            page = self.get(page.location)
        raise AssertionError(f"redirected in a circle: {page.url}")

    def identify(self, page: Page, *, until: str = "", choice: str = "oui") -> Page:
        """At the provider: from the redirect of our start to the page after the choice."""
        asked = self.follow(page)
        assert "Fournisseur d’identité d’essai" in asked.text, asked.text
        return self.follow(self.post(asked.url, choix=choice), until=until)

    def session_key(self) -> str:
        return next(cookie.value or "" for cookie in self.jar if cookie.name == "sessionid")

    def _send(self, url: str, fields: dict[str, str] | None) -> Page:
        data = urlencode(fields).encode() if fields is not None else None
        try:
            answer = self._opener.open(Request(url, data=data), timeout=20)
        except HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode()
            location = answer.headers.get("Location", "")
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        self._token = found[1] if found else self._token
        return Page(answer.status, url, urljoin(url, location) if location else "", text)


def sign_in_with_password(visitor: Visitor, nir: str = NIR) -> None:
    visitor.get(SIGN_IN)
    visitor.follow(visitor.post(SIGN_IN, nir=nir, password=PASSWORD))
    assert visitor.post(CODE, code=code_received()).status == 302


def confirm(visitor: Visitor) -> None:
    """Give a fresh code."""
    page = visitor.get(CONFIRM)
    device = re.search(r'name="device" value="(accounts\.codedevice/\d+)"', page.text)
    assert device is not None, page.text
    visitor.post(f"{CONFIRM}envoyer/", device=device[1])
    assert visitor.post(CONFIRM, code=code_received()).status == 302


def link(visitor: Visitor) -> Page:
    """Link the provider's person to the account that is signed in."""
    confirm(visitor)
    visitor.get(SECURITY)
    return visitor.identify(visitor.post(LINK))


def start(visitor: Visitor, **fields: str) -> Page:
    """« S’identifier avec FranceConnect+ », up to the redirect."""
    visitor.get(SIGN_IN)
    return visitor.post(START, **fields)

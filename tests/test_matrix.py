"""Who gets at what of whose: every kind of caller x every route x their own, the other's, what is secret, what is not.

Partners' programs on the API, everybody with a browser on the API, on the partners' pages, in « Mon espace » and on
the console. What each may get is said by tables; a route that they do not name fails. See also ``test_url_access``.
"""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.partners.enums import Scope
from accounts.partners.webhooks.models import WebhookDelivery, WebhookEndpoint
from fraud.cases.disclosure_models import SharedSignal
from fraud.partner_api.models import AlertFeedback
from outreach.campaigns.proposals.models import CampaignProposal
from reimbursements.explanations.loading import forget_book
from reimbursements.partner_api.exports.models import PartnerExport
from reimbursements.reference.services import load_reference_data
from tests.matrix_world import NOTHING, SIDES, A, Api, B, Caller, Pages, make_api, make_pages
from tests.model_rights import MODELS
from tests.partners.test_api_access import ANYBODY, OF_ONE, POSTS
from tests.partners.test_api_access import ROUTES as API_ROUTES
from tests.url_tables import ARGUMENTS, INSURED, PAGES, STAFF

OBJECTS: Final = (*SIDES, NOTHING)
ROUTES: Final[dict[str, str]] = {
    **API_ROUTES,
    "fhir-metadata": ANYBODY,
    "fhir-smart-configuration": ANYBODY,
    "fhir-patients": Scope.MEMBERS_READ,
    "fhir-patient": Scope.MEMBERS_READ,
    "fhir-benefits": Scope.REIMBURSEMENTS_READ,
    "fhir-benefit": Scope.REIMBURSEMENTS_READ,
    "fhir-jobs": Scope.EXPORT,
    "fhir-export-status": Scope.EXPORT,
    "fhir-export-file": Scope.EXPORT,
}
NO_ROUTES: Final = {
    "api-root", "api-nothing", "api-token", "api-server-metadata", "fhir-nothing",
    "fhir-export", "fhir-patient-export",  # orders: tests/partners/test_fhir.py
    "fhir-patients-search", "fhir-benefits-search",  # by a form: tests/partners/test_fhir_searches.py
}  # fmt: skip
ABOUT_ONE: Final = {
    *OF_ONE, "api-export", "api-export-file", "fhir-patient", "fhir-benefit", "fhir-export-status", "fhir-export-file",
}  # fmt: skip
BROWSERS: Final = (
    "anonymous", "insured a", "insured b", "child", "partner's manager a", "partner's worker a",
    "partner's manager b", "partner's worker b", "staff without the second factor", *STAFF,
)  # fmt: skip
TOKENLESS: Final = ("", "Bearer", "Bearer x", "Basic YTpi", f"Bearer {'A' * 43}")
CALLERS: Final = (
    *(f"partner {side}, {scopes}" for side in SIDES for scopes in ("every scope", *Scope.values)), "paused partner",
)  # fmt: skip
SIGN_IN: Final = "/partenaires/connexion/"
CONSOLE_SIGN_IN: Final = ("/console/connexion/", "/console/login/")
WRITES: Final = ("post", "put", "patch", "delete")
WRITTEN: Final = (WebhookEndpoint, WebhookDelivery, PartnerExport, CampaignProposal, SharedSignal, AlertFeedback)
# Name of a partner's page -> what a user of the partner gets of their own: by GET, by POST of an empty form.
PORTAL: Final[dict[str, tuple[int, int | None]]] = {
    "portal": (200, 405),
    "portal-keys": (200, 200),
    "portal-key-withdraw": (200, 200),
    "portal-networks": (200, 200),
    "portal-webhooks": (200, 405),
    "portal-webhook": (200, 405),
    "portal-webhook-test": (405, None),  # it acts: tests/partners/test_portal_pages.py
    "portal-webhook-secret": (200, 200),
    "portal-webhook-replay": (405, None),
    "portal-users": (200, 200),
    "portal-user-remove": (200, 200),
    "portal-exports": (200, 405),
}
FOR_MANAGERS: Final = {("portal-user-remove", "get"), ("portal-user-remove", "post"), ("portal-users", "post")}
ENTRANCES: Final = {"portal-sign-in", "portal-sign-in-code", "portal-join", "portal-join-app", "portal-sign-out"}
OWNED: Final = sorted(
    name
    for name, arguments in ARGUMENTS.items()
    if not {"draft", "report", "attachment", "statement"}.isdisjoint(map(str, arguments.values()))
    and not name.startswith("admin:")
)


def api_pairs() -> Iterator[tuple[str, str, str]]:
    """Caller, route, whose."""
    for caller in (*CALLERS, *BROWSERS, *TOKENLESS):
        yield from ((caller, route, whose) for route in ROUTES for whose in OBJECTS)


def portal_pairs() -> Iterator[tuple[str, str, str, str]]:
    for visitor in BROWSERS:
        for page in PORTAL:
            for whose in OBJECTS if page in ARGUMENTS else ("",):
                yield from ((visitor, page, whose, method) for method in ("get", "post"))


def space_pairs() -> Iterator[tuple[str, str, str]]:
    yield from ((visitor, page, whose) for visitor in BROWSERS for page in OWNED for whose in OBJECTS)


def write_pairs() -> Iterator[tuple[str, str, str]]:
    for caller in (f"partner {B}, every scope", "paused partner", *BROWSERS):
        yield from ((caller, route, method) for route in ROUTES for method in WRITES)


def console_pairs() -> Iterator[tuple[str, str]]:
    yield from ((visitor, model) for visitor in BROWSERS for model in MODELS)


def test_there_are_five_thousand_pairs_and_every_route_is_among_them() -> None:
    pairs = (api_pairs(), portal_pairs(), space_pairs(), write_pairs(), console_pairs())
    assert sum(len(set(some)) for some in pairs) >= 5_000
    listed = {name for name in PAGES if name.startswith("portal")}
    assert listed - ENTRANCES == PORTAL.keys() & listed
    assert {name for name in PAGES if name.startswith(("api-", "fhir-"))} - ROUTES.keys() == NO_ROUTES


@pytest.fixture
def api(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    forget_book()
    yield make_api()
    forget_book()


@pytest.fixture
def pages(db: None) -> Iterator[Pages]:
    forget_book()
    load_reference_data()
    yield make_pages()
    forget_book()


def ask(method: str, path: str, *, authorization: str, client: Client | None = None, body: object = None) -> Any:  # noqa: ANN401 (Django's test answers)
    headers = {"authorization": authorization} if authorization else {}
    open_page = getattr(client or Client(), method)
    if method == "get":
        return open_page(path, headers=headers)
    headers["idempotency-key"] = str(uuid.uuid4())
    return open_page(path, json.dumps(body or {}), content_type="application/json", headers=headers)


def expected_of_api(api: Api, caller: Caller, route: str, whose: str) -> int:
    scope = ROUTES[route]
    if scope == ANYBODY:
        return 200
    if caller.is_paused or scope not in caller.scopes:
        return 403
    return 404 if route in ABOUT_ONE and not api.has(caller, route, whose) else 200


def test_programs_get_their_own(api: Api) -> None:
    wrong, crossings = {}, set()
    assert api.callers.keys() == set(CALLERS)
    for name, caller in api.callers.items():
        others = api.marks[B if caller.side == A else A] if caller.side in SIDES else frozenset()
        for route in ROUTES:
            for whose in OBJECTS:
                expected = expected_of_api(api, caller, route, whose)
                if route in POSTS and expected == 200:
                    continue  # its own order: carried out in test_api_access
                method, path = "post" if route in POSTS else "get", api.path(route, whose)
                answer = ask(method, path, authorization=caller.machine.bearer(), body=POSTS.get(route))
                if answer.status_code != expected:
                    wrong[name, route, whose] = answer.status_code
                # What was asked for may be repeated: the caller has it already.
                if any(mark in _content(answer) and mark not in path for mark in others):
                    crossings.add((name, route, whose))
    assert (wrong, crossings) == ({}, set())


def _content(answer: Any) -> str:  # noqa: ANN401 (Django's test answers)
    return b"".join(answer).decode(errors="replace")


def test_what_is_secret_is_nothing_to_the_members_own_partner(api: Api) -> None:
    for name, caller in api.callers.items():
        for path in api.secret_paths:
            expected = 403 if caller.is_paused or not _may_read(caller, path) else 404
            assert ask("get", path, authorization=caller.machine.bearer()).status_code == expected, (name, path)


def _may_read(caller: Caller, path: str) -> bool:
    is_member = "/members/" in path and not path.endswith("/reimbursements")
    return (Scope.MEMBERS_READ if is_member else Scope.REIMBURSEMENTS_READ) in caller.scopes


def test_without_a_token_there_is_nothing(api: Api, pages: Pages) -> None:
    assert pages.browsers.keys() == set(BROWSERS)
    askers = [(name, "", pages.browsers[name]) for name in BROWSERS] + [(text, text, Client()) for text in TOKENLESS]
    wrong = {}
    for name, authorization, client in askers:
        for route, scope in ROUTES.items():
            for whose in OBJECTS:
                method = "post" if route in POSTS else "get"
                answer = ask(method, api.path(route, whose), authorization=authorization, client=client)
                if answer.status_code != (200 if scope == ANYBODY else 401):
                    wrong[name, route, whose] = answer.status_code
    assert wrong == {}


def test_nobody_writes_into_what_is_anothers(api: Api, pages: Pages) -> None:
    before = _written()
    other, paused = api.callers[f"partner {B}, every scope"], api.callers["paused partner"]
    askers = [(caller.machine.bearer(), Client()) for caller in (other, paused)]
    askers += [("", client) for client in pages.browsers.values()]
    let_in = {}
    for number, (authorization, client) in enumerate(askers):
        for route in ROUTES:
            for method in WRITES:
                if route in ("api-webhooks", "api-exports", "api-campaigns") and method == "post" and number == 0:
                    continue  # an order of its own
                body = POSTS.get(route) if method == "post" else None
                answer = ask(method, api.path(route, A), authorization=authorization, client=client, body=body)
                if answer.status_code not in (401, 403, 404, 405):
                    let_in[number, route, method] = answer.status_code
    assert let_in == {}
    assert _written() == before


def _written() -> list[Any]:
    return [list(model._base_manager.order_by("pk").values()) for model in WRITTEN]


def test_what_is_anothers_is_answered_like_what_there_is_not(api: Api) -> None:
    """Word by word, whoever asks: status and body tell nobody that another partner has it."""
    told = {}
    for name in (f"partner {B}, every scope", "paused partner"):
        authorization = api.callers[name].machine.bearer()
        for route in sorted(ABOUT_ONE):
            method = "post" if route in POSTS else "get"
            answers = [
                ask(method, api.path(route, whose), authorization=authorization, body=POSTS.get(route))
                for whose in (A, NOTHING)
            ]
            theirs, nothing = ((answer.status_code, _content(answer)) for answer in answers)
            if theirs != nothing or theirs[0] not in (403, 404):
                told[name, route] = theirs, nothing
    assert told == {}


def expected_on_portal(visitor: str, page: str, whose: str, method: str, pages: Pages) -> tuple[int, ...]:
    if not visitor.startswith("partner"):
        return (302,)
    if (page, method) in FOR_MANAGERS and "worker" in visitor:
        return (403,)
    own = PORTAL[page][0 if method == "get" else 1]
    if whose and pages.whose[visitor] != whose:
        return 404, 405
    return () if own is None else (own,)


def test_partners_pages(pages: Pages) -> None:
    wrong = {}
    there = [page for page in PORTAL if page in PAGES]
    for visitor, page, whose, method in portal_pairs():
        if page not in there:
            continue
        expected = expected_on_portal(visitor, page, whose, method, pages)
        if expected:
            path = pages.paths[whose][page] if whose else reverse(page)
            answer = getattr(pages.browsers[visitor], method)(path)
            if answer.status_code not in expected or (expected == (302,) and answer["Location"] != SIGN_IN):
                wrong[visitor, page, whose, method] = answer.status_code
    assert wrong == {}


def expected_in_space(visitor: str, page: str, whose: str, pages: Pages) -> tuple[int, ...]:
    if visitor in STAFF or visitor.startswith("staff"):
        return (403,)
    if not visitor.startswith("insured") and visitor != "child":
        return (302,)
    if pages.whose.get(visitor) != whose:
        return 404, 405  # some pages look at the method first
    expected = PAGES[page]
    return (expected if isinstance(expected, int) else expected[INSURED],)


def test_my_space(pages: Pages) -> None:
    wrong = {}
    for visitor, page, whose in space_pairs():
        expected = expected_in_space(visitor, page, whose, pages)
        status = pages.browsers[visitor].get(pages.paths[whose][page]).status_code
        if status not in expected:
            wrong[visitor, page, whose] = status
    for path in pages.secret_paths.values():
        found = {
            visitor: pages.browsers[visitor].get(path).status_code for visitor in ("insured a", "insured b", "child")
        }
        assert set(found.values()) == {404}
    assert wrong == {}


def test_the_console_says_nothing_about_what_there_is_not(pages: Pages) -> None:
    """Whoever may look is told that there is none; whoever may not learns nothing either way."""
    wrong = {}
    for visitor, model in console_pairs():
        path = reverse(f"admin:{model}_change", args=[999_999_999])
        answer = pages.browsers[visitor].get(path)
        is_inside = visitor in STAFF
        expected = (302, 404) if not is_inside or visitor in MODELS[model].view else (403,)
        leads_inside = answer.status_code == 302 and not answer["Location"].startswith(CONSOLE_SIGN_IN)
        if answer.status_code not in expected or (leads_inside and not is_inside):
            wrong[visitor, model] = answer.status_code, answer.get("Location")
    assert wrong == {}

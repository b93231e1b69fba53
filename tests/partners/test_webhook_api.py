"""The resources about webhooks: made, tried, changed, read and sent again by each partner's machines."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.partners.models import PartnerInsurer
from accounts.partners.webhooks import tasks, views
from accounts.partners.webhooks.announcing import announce
from accounts.partners.webhooks.endpoints import MOST_ENDPOINTS, disable_endpoint
from accounts.partners.webhooks.enums import DisabledReason, EventType
from accounts.partners.webhooks.models import WebhookEndpoint
from tests.partners.machine import Machine, machine_of
from tests.partners.receiver import Receiver, receiving
from tests.partners.rows import make_partner

WEBHOOKS: Final = "/api/v1/webhooks"
ASKED: Final = {"url": "https://hooks.example.org/ameli", "event_types": ["alert.created", "changes.available"]}


@pytest.fixture
def machine(partner: PartnerInsurer) -> Machine:
    return machine_of(partner)


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.OUTGOING_LOCAL_ALLOWED = True
    with receiving() as found:
        yield found


def make(machine: Machine, **changed: Any) -> dict[str, Any]:
    answer = machine.post(WEBHOOKS, ASKED | changed)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    assert answer["Location"] == place(found)
    return found


def place(made: dict[str, Any], below: str = "") -> str:
    return f"{WEBHOOKS}/{made['id']}{below}"


def send(machine: Machine, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 (Django's test answers)
    content = "" if body is None else json.dumps(body)
    headers = {"authorization": machine.bearer()}
    return Client().generic(method, path, content, content_type="application/json", headers=headers)


def code_of(answer: Any) -> tuple[int, str]:  # noqa: ANN401 (Django's test answers)
    return answer.status_code, answer.json()["code"]


def test_one_is_made_read_and_listed_and_its_secret_shown_once(machine: Machine) -> None:
    made = make(machine, description="principal")
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert made["event_types"] == ["changes.available", "alert.created"]
    assert (made["state"], made["disabled_reason"], made["description"]) == ("active", None, "principal")
    assert machine.json(place(made)) == made
    listed = machine.get(WEBHOOKS)
    assert listed.json() == {"data": [made], "next_cursor": None}
    assert machine.get(WEBHOOKS, **{"if-none-match": listed["ETag"]}).status_code == 304
    assert secret not in listed.content.decode()


def test_an_order_that_is_sent_again_is_carried_out_once(machine: Machine) -> None:
    first, again = (machine.post(WEBHOOKS, ASKED, key="one") for _ in range(2))
    assert first.json() == again.json(), "with the secret, which would be lost otherwise"
    assert again["Idempotency-Replayed"] == "true"
    assert WebhookEndpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "code", "parameter"),
    [
        ({"url": "http://hooks.example.org/"}, "unfit_url", "url"),
        ({"url": "https://127.0.0.1/"}, "unfit_url", "url"),
        ({"url": "https://localhost/"}, "unfit_url", "url"),
        ({"url": 1}, "invalid", "url"),
        ({"url": "https://hooks.example.org/" + "a" * 500}, "unfit_url", "url"),
        ({"event_types": []}, "min_length", "event_types"),
        ({"event_types": ["everything"]}, "invalid_choice", "event_types"),
        ({"event_types": ["webhook.test"]}, "invalid_choice", "event_types"),
        ({"event_types": "alert.created"}, "not_a_list", "event_types"),
        ({"description": 5}, "invalid", "description"),
        ({"description": "a" * 81}, "max_length", "description"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_is_unfit_is_refused_by_name(machine: Machine, changed: dict[str, Any], code: str, parameter: str) -> None:
    answer = machine.post(WEBHOOKS, ASKED | changed)
    assert code_of(answer) == (400, "invalid-parameter")
    assert answer.json()["errors"] == [{"parameter": parameter, "code": code}]
    assert not WebhookEndpoint.objects.exists()


def test_unknown_members_are_refused(machine: Machine) -> None:
    assert code_of(machine.post(WEBHOOKS, ASKED | {"secret": "mine"})) == (400, "unknown-parameter")
    made = make(machine)
    assert code_of(send(machine, "PATCH", place(made), {"id": "x"})) == (400, "unknown-parameter")
    assert code_of(send(machine, "DELETE", f"{place(made)}?now=1")) == (400, "unknown-parameter")


def test_there_is_a_most(machine: Machine) -> None:
    for _ in range(MOST_ENDPOINTS):
        made = make(machine)
    assert code_of(machine.post(WEBHOOKS, ASKED)) == (409, "too-many-webhooks")
    assert send(machine, "DELETE", place(made)).status_code == 204
    make(machine)


def test_pages_follow_each_other(machine: Machine) -> None:
    made = [make(machine)["id"] for _ in range(3)]
    first = machine.json(WEBHOOKS, {"limit": 2})
    second = machine.json(WEBHOOKS, {"limit": 2, "cursor": first["next_cursor"]})
    assert [row["id"] for row in first["data"] + second["data"]] == made[::-1]
    assert second["next_cursor"] is None


def test_it_is_changed_stopped_and_put_back(machine: Machine) -> None:
    made = make(machine)
    changed = send(machine, "PATCH", place(made), {"event_types": ["export.ready"], "state": "disabled"})
    assert changed.status_code == 200
    assert changed.json()["event_types"] == ["export.ready"]
    assert (changed.json()["state"], changed.json()["disabled_reason"]) == ("disabled", "by-partner")
    assert changed.json()["url"] == ASKED["url"]
    assert machine.json(place(made)) == changed.json()
    back = send(machine, "PATCH", place(made), {"state": "active"}).json()
    assert (back["state"], back["disabled_reason"]) == ("active", None)
    assert code_of(send(machine, "PATCH", place(made), {"state": "removed"})) == (400, "invalid-parameter")


def test_what_the_staff_stopped_only_the_staff_puts_back(machine: Machine) -> None:
    made = make(machine)
    disable_endpoint(WebhookEndpoint.objects.get(), DisabledReason.BY_STAFF)
    other = {"state": "active", "url": "https://hooks.example.org/other", "description": "x"}
    assert code_of(send(machine, "PATCH", place(made), other)) == (409, "webhook-disabled")
    left = machine.json(place(made))
    assert (left["url"], left["description"]) == (ASKED["url"], made["description"]), "all of it or nothing"


def test_what_is_removed_is_gone(machine: Machine) -> None:
    made = make(machine)
    assert send(machine, "DELETE", place(made)).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        assert send(machine, method, place(made), {} if method == "PATCH" else None).status_code == 404, method
    assert machine.json(WEBHOOKS)["data"] == []


def test_a_test_is_sent_told_and_sent_again(machine: Machine, receiver: Receiver) -> None:
    made = make(machine, url=receiver.url)
    asked = machine.post(place(made, "/test"), {})
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    again = f"/deliveries/{asked.json()['id']}/replay"
    assert code_of(machine.post(place(made, again), {})) == (409, "delivery-not-settled")
    tasks.deliver()
    payload = receiver.verified(made["secret"])[0]
    assert (payload["type"], payload["data"]) == ("webhook.test", {"id": made["id"]})
    sent = machine.json(place(made, "/deliveries"), {"state": "delivered"})["data"]
    assert [(row["id"], row["attempts"], row["last_status"]) for row in sent] == [(receiver.ids()[0], 1, 204)]
    assert machine.post(place(made, again), {}).status_code == 202
    tasks.deliver()
    assert len(receiver.requests) == 2
    assert len(set(receiver.ids())) == 1


def test_a_new_secret_signs_beside_the_one_before(machine: Machine, receiver: Receiver) -> None:
    made = make(machine, url=receiver.url)
    rotated = machine.post(place(made, "/rotate-secret"), {}).json()
    assert rotated["previous_secret_until"] is not None
    machine.post(place(made, "/test"), {})
    tasks.deliver()
    assert receiver.verified(made["secret"]) == receiver.verified(rotated["secret"])


def test_tests_are_limited(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "TESTS_PER_MINUTE", 1)
    made = make(machine)
    assert machine.post(place(made, "/test"), {}).status_code == 202
    refused = machine.post(place(made, "/test"), {})
    assert code_of(refused) == (429, "too-many-requests")
    assert int(refused["Retry-After"]) > 0


def test_another_partner_finds_nothing(machine: Machine) -> None:
    made = make(machine)
    machine.post(place(made, "/test"), {})
    delivery = machine.json(place(made, "/deliveries"))["data"][0]["id"]
    other = machine_of(make_partner("99000002"))
    assert other.json(WEBHOOKS)["data"] == []
    for method, path in (
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/deliveries"),
    ):  # fmt: skip
        answer = send(other, method, place(made, path), {} if method == "PATCH" else None)
        assert code_of(answer) == (404, "not-found"), (method, path)
    for path in ("/test", "/rotate-secret", f"/deliveries/{delivery}/replay"):
        assert code_of(other.post(place(made, path), {})) == (404, "not-found"), path


def test_deliveries_of_one_webhook_are_not_those_of_another(machine: Machine) -> None:
    one, two = make(machine), make(machine)
    delivery = machine.post(place(one, "/test"), {}).json()["id"]
    assert machine.json(place(two, "/deliveries"))["data"] == []
    assert machine.post(place(two, f"/deliveries/{delivery}/replay"), {}).status_code == 404


def test_lists_cost_the_same_whatever_they_hold(
    machine: Machine, partner: PartnerInsurer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    made = make(machine)
    for number in range(5):
        announce(partner.pk, EventType.ALERT_CREATED, {"id": str(number)})
        make(machine)
    machine.bearer()
    for path in (WEBHOOKS, place(made, "/deliveries")):
        with django_assert_max_num_queries(6):
            assert len(machine.json(path)["data"]) >= 5

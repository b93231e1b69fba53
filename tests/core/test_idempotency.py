"""What is ordered twice with one key is carried out once, also when both orders come at the same time."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any, Final

import pytest
from django.db import connection
from django.db.models import F, Sum
from django.http import HttpResponse
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.response import Response

from ameli_notify.core.api.bodies import MOST_BYTES, StrictJsonParser
from ameli_notify.core.api.idempotency import LIFE, idempotent, purge_expired
from ameli_notify.core.api.problems import FORBIDDEN, ProblemError
from ameli_notify.core.api.views import ApiView
from ameli_notify.core.limits import hit
from ameli_notify.core.models import IdempotentAnswer, RateLimitCounter

ORDER: Final = {"amount": "12.00", "for": "a"}


class OrdersView(ApiView):
    """An order is counted: what was carried out is seen in the database."""

    authentication_classes = []
    permission_classes = []
    parser_classes = [StrictJsonParser]
    http_method_names = ["post"]
    pause: Any = staticmethod(lambda: None)

    @property
    def idempotency_owner(self) -> str:
        return self.request.headers.get("x-owner", "one")

    @idempotent
    def post(self, request: Request) -> HttpResponse:
        body: Any = request.data
        hit(f"orders|{body.get('for')}", limit=1_000, window_seconds=3_600)
        self.pause()
        if body.get("for") == "nobody":
            raise ProblemError(FORBIDDEN)
        if body.get("for") == "a mistake":
            return Response({}, status=409)
        return Response({"number": carried_out()}, status=201, headers={"Location": "/orders/1"})


def order(body: object = ORDER, *, key: str | None = "key-1", path: str = "/orders", **more: Any) -> HttpResponse:
    headers = {} if key is None else {"idempotency-key": key}
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    view = OrdersView.as_view(**more.pop("view", {}))
    request = RequestFactory().post(
        path, content, content_type=more.pop("content_type", "application/json"), headers=headers | more
    )
    answer: HttpResponse = view(request)
    if isinstance(answer, Response):
        answer.render()
    return answer


def code_of(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["code"]


def carried_out() -> int:
    return RateLimitCounter.objects.aggregate(tries=Sum("tries"))["tries"] or 0


@pytest.mark.django_db
class TestOneAfterTheOther:
    def test_the_same_order_is_answered_again_and_not_carried_out_again(self) -> None:
        first, again = order(), order()
        assert (first.status_code, first["Location"], first.has_header("Idempotency-Replayed")) == (
            201,
            "/orders/1",
            False,
        )
        assert (again.status_code, again.content, again["Location"]) == (201, first.content, "/orders/1")
        assert again["Idempotency-Replayed"] == "true"
        assert again["Content-Type"] == "application/json"
        assert carried_out() == 1

    def test_the_same_order_may_be_spelt_otherwise(self) -> None:
        order()
        again = order('{ "for": "a", "amount": "12.00" }', key='"key-1"')
        assert again["Idempotency-Replayed"] == "true"

    @pytest.mark.parametrize(
        "other",
        [{"body": {"amount": "12.01", "for": "a"}}, {"body": {}}, {"path": "/orders/2"}],
        ids=["amount", "nothing", "elsewhere"],
    )
    def test_another_order_is_refused(self, other: dict[str, Any]) -> None:
        order()
        assert code_of(order(**other)) == (422, "idempotency-key-reused")
        assert carried_out() == 1

    def test_keys_are_each_owners_own(self) -> None:
        order()
        assert order({"for": "b"}, **{"x-owner": "two"}).status_code == 201
        assert carried_out() == 2

    @pytest.mark.parametrize("key", [None, "", " ", "a" * 65, "a b", "a,b", '"a', 'a"', "é", '""', "a;b=1"])
    def test_a_key_is_needed(self, key: str | None) -> None:
        assert code_of(order(key=key)) == (400, "missing-idempotency-key")
        assert carried_out() == 0

    def test_a_refused_order_leaves_nothing_and_its_key_free(self) -> None:
        assert code_of(order({"for": "nobody"})) == (403, "forbidden")
        assert carried_out() == 0
        assert order().status_code == 201

    def test_a_handler_that_answers_with_an_error_is_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="refuses by raising"):
            order({"for": "a mistake"})
        assert carried_out() == 0

    def test_the_query_holds_nothing(self) -> None:
        assert code_of(order(path="/orders?dry=1")) == (400, "unknown-parameter")

    def test_nothing_of_key_order_or_answer_is_readable_in_the_table(self) -> None:
        order({"for": "Martin"}, key="Martin-1")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT core_idempotentanswer::text, encode(answer_sealed, 'escape') FROM core_idempotentanswer"
            )
            shown = " ".join(cursor.fetchone())
        assert "Martin" not in shown
        assert "number" not in shown

    def test_after_a_day_the_key_is_new(self) -> None:
        order()
        assert purge_expired() == 0
        IdempotentAnswer.objects.update(expires_at=F("expires_at") - LIFE)
        assert order({"for": "b"}).status_code == 201
        assert carried_out() == 2
        IdempotentAnswer.objects.update(expires_at=F("expires_at") - LIFE)
        assert purge_expired() == 1
        assert not IdempotentAnswer.objects.exists()


@pytest.mark.django_db
class TestBodies:
    @pytest.mark.parametrize(
        "body",
        ['{"a": 1, "a": 2}', '{"a": NaN}', "{", b"\xff", "[" * 50_000, "1" * 5_000],
        ids=["twice", "nan", "open", "no UTF-8", "deep", "long number"],
    )
    def test_that_are_no_strict_json_are_refused(self, body: str | bytes) -> None:
        assert code_of(order(body)) == (400, "invalid-request")

    def test_have_a_length_and_a_type(self) -> None:
        assert code_of(order(json.dumps("a" * MOST_BYTES))) == (413, "too-large")
        assert code_of(order("a=1", content_type="text/plain")) == (415, "unsupported-media-type")


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_carried_out_once() -> None:
    barrier = Barrier(20)

    def attempt(_: int) -> HttpResponse:
        try:
            barrier.wait(timeout=30)
            return order()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=20) as pool:
        answers = list(pool.map(attempt, range(20)))
    assert carried_out() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert sum(not answer.has_header("Idempotency-Replayed") for answer in done) == 1


@pytest.mark.django_db(transaction=True)
def test_while_one_is_under_way_another_is_told_to_come_back() -> None:
    begun, go_on = Event(), Event()

    def wait() -> None:
        begun.set()
        assert go_on.wait(timeout=30)

    def slowly() -> HttpResponse:
        try:
            return order(view={"pause": staticmethod(wait)})
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        slow = pool.submit(slowly)
        assert begun.wait(timeout=30)
        told = order()
        elsewhere = order({"for": "b"}, key="key-2")
        go_on.set()
        assert slow.result().status_code == 201
    assert (*code_of(told), told["Retry-After"]) == (409, "idempotency-key-in-use", "1")
    assert elsewhere.status_code == 201
    assert order()["Idempotency-Replayed"] == "true"

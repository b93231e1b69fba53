"""What every resource does alike: parameters, cursors, conditional answers, limits, problems in two languages."""

import pytest
from django.test import Client

from accounts.partners.client_models import PartnerClient
from accounts.partners.models import PartnerInsurer
from ameli_notify.core.api.problems import KINDS
from ameli_notify.core.stable_tokens import StableTokenError, make_stable, read_stable
from reimbursements.partner_api.publishing import publish
from tests.partners.lines import load, make_line
from tests.partners.machine import Machine, machine_of
from tests.partners.rows import make_partner
from tests.partners.test_resources import CHANGES, LINES, MEMBERS, OCTOBER, make_member

STATUS = "/api/v1/status"


@pytest.fixture
def machine(partner: PartnerInsurer) -> Machine:
    return machine_of(partner)


class TestParameters:
    @pytest.mark.parametrize("path", [MEMBERS, LINES, CHANGES, STATUS])
    def test_that_do_not_exist_are_refused_and_not_repeated(self, machine: Machine, path: str) -> None:
        answer = machine.get(path, {**(OCTOBER if path == LINES else {}), "surname": "Martin"})
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown-parameter")
        assert "Martin" not in answer.content.decode()
        assert "surname" not in answer.content.decode()

    def test_are_given_once(self, machine: Machine) -> None:
        answer = machine.get(f"{MEMBERS}?limit=1&limit=2")
        assert answer.json()["errors"] == [{"parameter": "limit", "code": "repeated"}]

    @pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.0", "+1", " 1", "1_0", "٣", "", "a", "9" * 400])
    def test_limit_is_a_whole_number_up_to_a_thousand(self, machine: Machine, limit: str) -> None:
        answer = machine.get(MEMBERS, {"limit": limit})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter")
        assert answer.json()["errors"][0]["parameter"] == "limit"
        assert machine.get(MEMBERS, {"limit": "1000"}).status_code == 200

    @pytest.mark.parametrize(
        "day", ["2026-10-32", "20261001", "2026-1-1", "01/10/2026", "2026-10-01T00:00", "", "٢٠٢٦-10-01"]
    )
    def test_days_are_written_in_one_way(self, machine: Machine, day: str) -> None:
        answer = machine.get(LINES, OCTOBER | {"payment_date_from": day})
        assert answer.json()["errors"][0]["parameter"] == "payment_date_from"

    def test_days_are_in_order_and_needed_where_a_period_is(self, machine: Machine) -> None:
        turned = {"payment_date_from": "2026-10-02", "payment_date_to": "2026-10-01"}
        assert machine.get(LINES, turned).json()["errors"][0]["parameter"] == "payment_date_to"
        assert machine.get(LINES).status_code == 400

    def test_no_format_can_be_asked_for(self, machine: Machine) -> None:
        assert machine.get(STATUS, {"format": "json"}).json()["code"] == "unknown-parameter"


class TestCursors:
    @pytest.fixture
    def cursor(self, machine: Machine, partner: PartnerInsurer) -> str:
        for number in range(2):
            load(make_line(make_member(partner, member_no=f"N-{number}")))
        publish()
        cursor: str = machine.json(MEMBERS, {"limit": 1})["next_cursor"]
        return cursor

    def test_say_nothing_and_stay_the_same(self, machine: Machine, cursor: str) -> None:
        assert machine.json(MEMBERS, {"limit": 1})["next_cursor"] == cursor
        assert machine.get(MEMBERS, {"limit": 500, "cursor": cursor}).status_code == 200

    @pytest.mark.parametrize("text", ["x", "AAAA", "é", "%00", "=", "A" * 401, "null", "0"])
    def test_that_were_not_made_here_are_refused(self, machine: Machine, cursor: str, text: str) -> None:
        answer = machine.get(MEMBERS, {"cursor": text})
        assert answer.status_code == 400
        assert answer.json()["code"] in ("invalid-cursor", "invalid-parameter")

    def test_fit_one_list_one_filter_and_one_partner(self, machine: Machine, cursor: str) -> None:
        for path, query in (
            (MEMBERS, {"member_no": "N-1", "cursor": cursor}),
            (LINES, {**OCTOBER, "cursor": cursor}),
            (CHANGES, {"after": cursor}),
        ):
            assert machine.get(path, query).json()["code"] == "invalid-cursor", path
        other = machine_of(make_partner("99000002"))
        assert other.get(MEMBERS, {"cursor": cursor}).json()["code"] == "invalid-cursor"


class TestStableTokens:
    def test_fit_one_context_only_and_cannot_be_altered(self) -> None:
        token = make_stable(b"place", context="a")
        assert read_stable(token, context="a") == b"place"
        assert make_stable(b"place", context="a") == token
        for wrong in (token[:-1], token + "A", token.swapcase(), token + "=", "", " " + token):
            with pytest.raises(StableTokenError):
                read_stable(wrong, context="a")
        with pytest.raises(StableTokenError):
            read_stable(token, context="b")


class TestConditionalAnswers:
    def test_spare_what_the_caller_has(self, machine: Machine, partner: PartnerInsurer) -> None:
        make_member(partner)
        first = machine.get(MEMBERS)
        again = machine.get(MEMBERS, **{"if-none-match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert machine.get(MEMBERS, **{"if-none-match": f'"x", W/{first["ETag"]}'}).status_code == 304
        make_member(partner, member_no="B-2")
        assert machine.get(MEMBERS, **{"if-none-match": first["ETag"]}).status_code == 200
        assert first["Cache-Control"] == "private, no-cache"


class TestLimits:
    def test_are_told_in_every_answer_and_enforced(self, machine: Machine) -> None:
        PartnerClient.objects.update(requests_per_minute=3)
        left = [machine.get(STATUS)["RateLimit"].split(";")[1] for _ in range(3)]
        assert left == ["r=2", "r=1", "r=0"]
        answer = machine.get(STATUS)
        assert (answer.status_code, answer.json()["code"]) == (429, "too-many-requests")
        assert answer["RateLimit-Policy"] == '"minute";q=3;w=60'
        assert 0 < int(answer["Retry-After"]) <= 60
        assert answer["RateLimit"] == f'"minute";r=0;t={answer["Retry-After"]}'

    def test_are_each_clients_own(self, machine: Machine, partner: PartnerInsurer) -> None:
        PartnerClient.objects.update(requests_per_minute=1)
        other = machine_of(partner, per_minute=1)
        assert [machine.get(STATUS).status_code, other.get(STATUS).status_code] == [200, 200]
        assert [machine.get(STATUS).status_code, other.get(STATUS).status_code] == [429, 429]


class TestProblems:
    @pytest.mark.parametrize(
        ("languages", "language"),
        [
            ("", "fr"),
            ("en", "en"),
            ("en-GB,fr;q=0.5", "en"),
            ("de,fr;q=0.9,en;q=0.8", "fr"),
            ("de", "fr"),
            ("x" * 600, "fr"),
        ],
    )  # fmt: skip
    def test_are_told_in_the_preferred_language(self, db: None, languages: str, language: str) -> None:
        answer = Client().get(STATUS, headers={"accept-language": languages})
        kind = KINDS["missing-token"]
        assert answer.json()["title"] == kind.title(language)
        assert answer["Content-Language"] == language
        assert "Accept-Language" in answer["Vary"]

    @pytest.mark.parametrize("code", sorted(KINDS))
    def test_are_explained_at_their_address(self, db: None, code: str) -> None:
        kind = KINDS[code]
        told = Client().get(f"/api/v1/problems/{code}").json()
        assert told == {"code": code, "status": kind.status, "title_fr": kind.title_fr, "title_en": kind.title_en}

    def test_stand_where_no_resource_is(self, db: None) -> None:
        for path in ("/api/v1/", "/api/v1/nothing", "/api/v1/members/", "/api/v1/problems/none", "/api/v1/members/x"):
            answer = Client().get(path)
            assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path
            assert answer.json()["type"] == "/api/v1/problems/not-found"

    def test_tell_methods_and_formats_that_are_not_offered(self, machine: Machine) -> None:
        machine.get(STATUS)
        headers = {"authorization": f"Bearer {machine.token}"}
        for method in ("post", "put", "patch", "delete", "options", "trace"):
            answer = Client().generic(method.upper(), STATUS, headers=headers)
            assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD"), method
        assert machine.get(STATUS, accept="text/html").json()["code"] == "not-acceptable"

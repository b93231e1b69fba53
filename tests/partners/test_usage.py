"""What partners use is counted to the request; a day's limit holds; whoever reads far too much is stopped at once."""

import datetime as dt
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from accounts.partners.enums import PartnerState, StateCause
from accounts.partners.models import PartnerInsurer
from accounts.partners.states import alarms, change_state
from accounts.partners.tasks import purge_usage
from accounts.partners.usage import ANOMALY, Used, count_usage, usage_of
from accounts.partners.usage_models import PartnerStateChange, PartnerUsage
from reimbursements.partner_api.publishing import publish
from tests.partners.lines import load, make_line
from tests.partners.machine import Machine, machine_of
from tests.partners.rows import make_partner
from tests.partners.test_resources import CHANGES, LINES, MEMBERS, OCTOBER, make_member

STATUS = "/api/v1/status"


@pytest.fixture
def machine(partner: PartnerInsurer) -> Machine:
    """Of a partner with one member and twelve lines."""
    member = make_member(partner)
    load(*(make_line(member) for _ in range(12)))
    publish()
    return machine_of(partner)


def used_today(partner: PartnerInsurer) -> PartnerUsage:
    return PartnerUsage.objects.get(partner=partner, used_on=timezone.localdate())


def used_before(partner: PartnerInsurer, rows_by_day: Iterable[int]) -> None:
    today = timezone.localdate()
    PartnerUsage.objects.bulk_create(
        PartnerUsage(partner=partner, used_on=today - dt.timedelta(days=ago), requests=1, rows=rows, rows_allowed=10**9)
        for ago, rows in enumerate(rows_by_day, start=1)
    )


class TestCounting:
    def test_is_of_requests_rows_refusals_and_bytes(self, machine: Machine, partner: PartnerInsurer) -> None:
        lines = machine.get(LINES, OCTOBER)
        one = machine.get(f"{LINES}/{lines.json()['data'][0]['id']}")
        refused = machine.get(MEMBERS, {"surname": "x"})
        machine.get(LINES, OCTOBER, **{"if-none-match": lines["ETag"]})
        used = used_today(partner)
        assert (used.requests, used.rows, used.refusals) == (4, 13, 1)
        assert used.bytes_sent == sum(len(answer.content) for answer in (lines, one, refused))

    def test_costs_one_statement(self, machine: Machine) -> None:
        machine.get(STATUS)
        with connection.execute_wrapper(watch := Statements()):
            machine.get(STATUS)
        assert sum("accounts_partnerusage" in sql for sql in watch.seen) == 1

    @pytest.mark.django_db(transaction=True)
    def test_at_once_loses_nothing(self, partner: PartnerInsurer) -> None:
        def count(_: int) -> None:
            try:
                count_usage(partner.pk, Used(rows=3, bytes_sent=5))
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(count, range(40)))
        used = used_today(partner)
        assert (used.requests, used.rows, used.bytes_sent) == (40, 120, 200)

    def test_is_kept_for_thirteen_months(self, partner: PartnerInsurer) -> None:
        today = timezone.localdate()
        kept = (today.replace(day=1) - dt.timedelta(days=360)).replace(day=15)
        gone = today - dt.timedelta(days=430)
        for day in (today, kept, gone):
            PartnerUsage.objects.create(partner=partner, used_on=day, rows_allowed=1)
        assert purge_usage() == 1
        assert set(PartnerUsage.objects.values_list("used_on", flat=True)) == {today, kept}

    def test_shows_days_without_a_request_too(self, partner: PartnerInsurer) -> None:
        used_before(partner, [7])
        assert [day.rows for day in usage_of(partner.pk, days=3)] == [0, 7, 0]


class TestQuotaOfTheDay:
    def test_is_the_whole_partners_and_told(self, machine: Machine, partner: PartnerInsurer) -> None:
        partner.requests_per_day = 3
        partner.save()
        first = machine.get(STATUS)
        assert first["RateLimit-Policy"] == '"minute";q=600;w=60, "day";q=3;w=86400'
        assert first["RateLimit"].split(", ")[1].startswith('"day";r=2;t=')
        second_program = machine_of(partner)
        assert [second_program.get(STATUS).status_code for _ in range(3)] == [200, 200, 429]
        answer = machine.get(STATUS)
        assert answer.json()["code"] == "too-many-requests"
        assert int(answer["Retry-After"]) > 3_600
        assert machine_of(make_partner("99000002")).get(STATUS).status_code == 200


class TestStop:
    def test_of_who_reads_ten_times_the_usual_volume(self, machine: Machine, partner: PartnerInsurer) -> None:
        PartnerInsurer.objects.update(rows_floor=5)
        used_before(partner, [2, 0, 2, 900, 2, 2])
        assert machine.get(LINES, OCTOBER).status_code == 200
        assert used_today(partner).rows_allowed == 20, "the median of the days on which something was read"
        assert machine.get(CHANGES).status_code == 200, "what takes the partner past it is still answered"
        for path in (STATUS, MEMBERS):
            answer = machine.get(path)
            assert (answer.status_code, answer.json()["code"]) == (403, "partner-paused")
        change = PartnerStateChange.objects.get(partner=partner)
        assert (change.state, change.cause, change.changed_by) == (PartnerState.PAUSED, StateCause.ANOMALY, ANOMALY)
        assert "dix fois" in change.reason
        assert [partner.code in alarm for alarm in alarms()] == [True]

    def test_gives_no_new_token(self, machine: Machine, partner: PartnerInsurer) -> None:
        PartnerInsurer.objects.update(rows_floor=1)
        machine.get(LINES, OCTOBER)
        with pytest.raises(KeyError):
            Machine(machine.client).get(STATUS)

    def test_never_comes_below_the_floor(self, machine: Machine, partner: PartnerInsurer) -> None:
        used_before(partner, [1] * 5)
        assert machine.get(LINES, OCTOBER).status_code == 200
        assert machine.get(STATUS).status_code == 200
        assert used_today(partner).rows_allowed == 1_000_000

    def test_ends_when_somebody_resumes_for_a_reason(self, machine: Machine, partner: PartnerInsurer) -> None:
        PartnerInsurer.objects.update(rows_floor=10)
        machine.get(LINES, OCTOBER)
        assert machine.get(STATUS).status_code == 403
        assert change_state(partner.pk, state=PartnerState.ACTIVE, reason="Relecture annoncée.", by="agent")
        assert not change_state(partner.pk, state=PartnerState.ACTIVE, reason="Encore.", by="agent")
        assert machine.get(STATUS).status_code == 200
        assert used_today(partner).rows_allowed == 22, "as much again as a day allows"
        assert alarms() == []
        machine.get(LINES, OCTOBER)
        assert machine.get(STATUS).status_code == 403, "and past that it stops again"

    @pytest.mark.django_db(transaction=True)
    def test_is_written_once_however_many_pass_the_limit_together(self, partner: PartnerInsurer) -> None:
        PartnerInsurer.objects.update(rows_floor=1)

        def count(_: int) -> None:
            try:
                count_usage(partner.pk, Used(rows=9))
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(count, range(16)))
        assert PartnerStateChange.objects.filter(partner=partner).count() == 1


class Statements:
    """What was sent to the database."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, execute: object, sql: str, params: object, many: bool, context: object) -> object:
        self.seen.append(sql)
        return execute(sql, params, many, context)  # type: ignore[operator]

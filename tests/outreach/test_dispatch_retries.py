"""4xx is tried again, later and later, for two days; 5xx never. All by the database's clock."""

import datetime as dt
import time
from typing import Final

import pytest
import time_machine
from pytest_django import Settings

from ameli_notify.core.sql import fetch_all, fetch_value, run
from outreach.channels.base import OutcomeKind
from outreach.digest.invariants import check_invariants
from outreach.digest.planning import cohort_of, finish_runs, plan_digest, today
from outreach.digest.schema import NOTIFICATION
from outreach.notifications.dispatch.outcomes import OutcomeGroup
from tests.outreach.conftest import StartSink
from tests.outreach.outbox import (
    counts,
    due_people,
    let_retries_be_due,
    plan_people,
    rows,
    send,
    start_python,
    successful,
)

pytestmark = pytest.mark.django_db(transaction=True)

WAITING: Final = f"SELECT DISTINCT attempts, status FROM {NOTIFICATION}"
LEFT: Final = f"SELECT extract(epoch FROM min(next_attempt_at) - now())::float FROM {NOTIFICATION}"


def test_a_temporary_refusal_is_tried_again_later_and_later(start_sink: StartSink) -> None:
    start_sink("--tempfail", "1")
    plan_people(4)
    for tries, delay in enumerate([10, 30, 90, 270, 810, 2430, 7290, 14400, 14400], start=1):
        started = time.monotonic()
        send()
        left = fetch_value(LEFT)
        assert delay - (time.monotonic() - started) - 0.5 <= left <= delay
        assert fetch_all(WAITING) == [(tries, "created")]
        assert finish_runs() == 0
        let_retries_be_due()
    assert {reason for (reason,) in rows("status_reason")} == {"450 4.2.0"}


def test_after_two_days_a_temporary_refusal_is_final(start_sink: StartSink) -> None:
    start_sink("--tempfail", "1")
    plan_people(4)
    send()
    run(f"UPDATE {NOTIFICATION} SET first_tried_at = now() - interval '47 hours 59 minutes'")
    let_retries_be_due()
    send()
    assert counts() == {"created": 4}
    run(f"UPDATE {NOTIFICATION} SET first_tried_at = now() - interval '48 hours 1 minute'")
    let_retries_be_due()
    send()
    assert counts() == {"temporary-failure": 4}
    assert set(rows("next_attempt_at", "claim_token")) == {(None, None)}
    assert finish_runs() == 1
    assert not any(check_invariants().values())


def test_what_was_refused_for_the_moment_gets_through(start_sink: StartSink) -> None:
    sink = start_sink("--tempfail", "0.5")
    plan_people(40)
    for _ in range(20):
        send()
        let_retries_be_due()
    assert counts() == {"sending": 40}
    assert len(set(sink.accepted_ids())) == len(sink.accepted_ids()) == 40


def test_a_permanent_refusal_is_never_tried_again(start_sink: StartSink) -> None:
    sink = start_sink("--permfail", "1")
    plan_people(4)
    send()
    send(patience=5.0)
    assert counts() == {"permanent-failure": 4}
    assert set(rows("status_reason", "next_attempt_at")) == {("550 5.1.1", None)}
    assert due_people() == set()
    assert sink.stop()["permfail"] == 4


def test_a_lost_answer_is_never_tried_again(start_sink: StartSink) -> None:
    sink = start_sink("--drop-before", "0.5", "--drop-after", "0.5")
    plan_people(6)
    send()
    send(patience=5.0)
    assert counts() == {"unknown": 6}
    assert len(due_people()) == 6
    said = sink.stop()
    assert said["dropped_before"] + said["dropped_after"] == 6
    assert not any(check_invariants().values())


def test_an_answer_tells_what_to_write() -> None:
    group = OutcomeGroup.of(
        dict(enumerate([*OutcomeKind, OutcomeKind.ACCEPTED])),
        among=[0, 1, 2, 3, 4, 17],
    )
    assert (group.accepted, list(group.permanent), list(group.retry), group.unknown) == ([0], [1], [2, 4], [3])
    assert len(group) == 5, "somebody with an outcome already, or of another chunk"


@pytest.mark.parametrize("days", [11, -11])
def test_the_clock_of_a_worker_changes_nothing(
    start_sink: StartSink, sender_environment: dict[str, str], settings: Settings, days: int
) -> None:
    sink = start_sink("--tempfail", "0.3")
    plan_people(50)
    script = f"""
import datetime as dt, time_machine
import django
from django.core.management import call_command
django.setup()
with time_machine.travel(dt.datetime.now(dt.timezone.utc) + dt.timedelta(days={days})):
    call_command("send_notifications", "--channel", "email")
"""
    successful(start_python("-c", script, env=sender_environment | {"EMAIL_URL": settings.EMAIL_URL}))

    accepted = len(sink.accepted_ids())
    assert 15 < accepted < 50
    assert counts() == {"created": 50 - accepted, "sending": accepted}
    assert fetch_value(
        f"""SELECT bool_and(coalesce(settled_at, first_tried_at) BETWEEN now() - interval '1 minute' AND now()
                            AND coalesce(next_attempt_at, now()) <= now() + interval '10 seconds')
            FROM {NOTIFICATION}"""
    )
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=days)):
        assert send().handed == 0, "nothing is due yet by the database's clock"


@pytest.mark.parametrize("days", [11, -11])
def test_the_clock_of_a_planner_changes_nothing(days: int) -> None:
    true_day = today()
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=days)):
        assert today() == true_day
        planned = plan_digest(today()).run
    assert (planned.planned_on, planned.cohort) == (true_day, cohort_of(true_day))
    assert fetch_value("SELECT planned_at BETWEEN now() - interval '1 minute' AND now() FROM outreach_digestrun")

"""Planning a day: one run whoever plans, every due person in it once, on the channel that the rule names."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.people.models import InsuredPerson
from ameli_notify.core.sql import fetch_all, fetch_value, run
from ameli_notify.measure.population import fill_people, make_due
from outreach.digest.invariants import check_invariants
from outreach.digest.models import DigestRun
from outreach.digest.planning import cohort_of, finish_runs, heal_missing_runs, plan_digest
from outreach.digest.schema import NOTIFICATION, RECIPIENT
from tests.outreach.outbox import DAY, due_people, plan_people, rows, start_manage, successful

pytestmark = pytest.mark.django_db(transaction=True)

DECISIONS: dict[str, tuple[dict[str, Any], str]] = {
    "wants e-mail": ({}, "email"),
    "wants e-mail, has both": ({"has_mobile": True}, "email"),
    "wants e-mail, has a mobile only": ({"has_email": False, "has_mobile": True}, "sms"),
    "wants e-mail, has no electronic address": ({"has_email": False}, "post"),
    "wants SMS": ({"preferred_channel": "sms", "has_mobile": True}, "sms"),
    "wants SMS, has no mobile": ({"preferred_channel": "sms"}, "email"),
    "wants SMS, has nothing": ({"preferred_channel": "sms", "has_email": False}, "post"),
    "wants letters": ({"preferred_channel": "post", "has_mobile": True}, "post"),
    "wants letters, has no postcode": ({"preferred_channel": "post", "postcode": ""}, "email"),
    "wants letters, has a mobile only": (
        {"preferred_channel": "post", "postcode": "", "has_email": False, "has_mobile": True},
        "sms",
    ),
    "wants nothing": ({"preferred_channel": "none"}, "opted-out"),
    "has nothing": ({"has_email": False, "postcode": ""}, "no-contact"),
    "died": ({"died_on": dt.date(2026, 1, 5)}, "deceased"),
    "died, protected, opted out": (
        {"died_on": dt.date(2026, 1, 5), "is_contact_protected": True, "preferred_channel": "none"},
        "deceased",
    ),
    "protected": ({"is_contact_protected": True}, "protected"),
    "protected, opted out": ({"is_contact_protected": True, "preferred_channel": "none"}, "protected"),
}


@pytest.mark.parametrize("case", DECISIONS)
def test_the_channel_of_a_person(case: str) -> None:
    changes, decision = DECISIONS[case]
    people = fill_people(1, same_cohort=cohort_of(DAY))
    InsuredPerson.objects.filter(pk=people.start).update(**changes)
    make_due(people, day=DAY)

    planned = plan_digest(DAY).run

    assert planned.counts == {decision: 1}
    ((channel, status, reason, template),) = rows("channel", "status", "status_reason", "template_id")
    if decision in {"email", "sms", "post"}:
        templates = {
            "email": planned.email_template_id,
            "sms": planned.sms_template_id,
            "post": planned.post_template_id,
        }
        assert (channel, status, reason, template) == (decision, "created", "", templates[decision])
        assert (
            fetch_all("SELECT channel, first_id, last_id - first_id FROM outreach_notificationchunk")[0][0] == channel
        )
    else:
        assert (channel, status, reason, template) == ("none", "cancelled", decision, None)
        assert fetch_value("SELECT count(*) FROM outreach_notificationchunk") == 0
        assert finish_runs() == 1
    assert not any(check_invariants().values())


def test_a_person_who_no_longer_exists_is_counted() -> None:
    people = fill_people(2, same_cohort=cohort_of(DAY))
    make_due(people, day=DAY)
    run("DELETE FROM accounts_insuredperson WHERE id = %s", [people.start])
    assert plan_digest(DAY).run.counts == {"email": 1, "no-contact": 1}
    assert not any(check_invariants().values())


def test_a_run_takes_its_cohort_and_no_other() -> None:
    people = fill_people(50)
    make_due(people, day=DAY)
    planned = plan_digest(DAY).run
    assert planned.people == 5
    taken = {person for (person,) in fetch_all(f"SELECT insured_id FROM {RECIPIENT}")}
    assert taken == {person for person in people if person % 10 == cohort_of(DAY)}
    assert due_people() == set(people) - taken


def test_ten_days_cover_everybody_once() -> None:
    people = fill_people(40)
    make_due(people, day=DAY)
    for offset in range(10):
        plan_digest(DAY + dt.timedelta(days=offset))
    taken = [person for (person,) in fetch_all(f"SELECT insured_id FROM {RECIPIENT}")]
    assert sorted(taken) == list(people)
    assert not any(check_invariants().values())


def test_chunks_cover_every_message_of_a_channel_once(settings: Settings) -> None:
    settings.DISPATCH_CHUNK_SIZE = 7
    planned = plan_people(100, sms_every=3)
    chunks = fetch_all("SELECT channel, first_id, last_id FROM outreach_notificationchunk ORDER BY first_id")
    covered: dict[str, list[int]] = {}
    for channel, first, last in chunks:
        ids = [each for each, its_channel in rows("id", "channel") if its_channel == channel and first <= each <= last]
        assert len(ids) <= 7
        covered.setdefault(channel, []).extend(ids)
    assert {channel: len(ids) for channel, ids in covered.items()} == planned.counts
    assert sorted(sum(covered.values(), [])) == [each for (each,) in rows("id")]


def test_planning_a_day_again_changes_nothing() -> None:
    planned = plan_people(30)
    before = (rows("*"), fetch_all("SELECT * FROM outreach_notificationchunk ORDER BY id"))
    make_due(fill_people(5, same_cohort=cohort_of(DAY)), day=DAY)

    again = plan_digest(DAY)

    assert (again.is_new, again.run.pk, again.run.people) == (False, planned.pk, 30)
    assert (rows("*"), fetch_all("SELECT * FROM outreach_notificationchunk ORDER BY id")) == before
    assert len(due_people()) == 5


def test_planners_in_four_processes_make_one_run(process_environment: dict[str, str]) -> None:
    make_due(fill_people(2000, same_cohort=cohort_of(DAY)), day=DAY)

    command = ("plan_digest", "--on", DAY.isoformat(), "--json")
    planners = [start_manage(*command, env=process_environment) for _ in range(4)]
    said = [json.loads(successful(process)) for process in planners]

    assert sorted(each["is_new"] for each in said) == [False, False, False, True]
    assert DigestRun.objects.get().people == 2000
    assert fetch_value(f"SELECT count(*) FROM {NOTIFICATION}") == 2000
    assert fetch_value("SELECT count(*) FROM outreach_notificationchunk") == 1
    assert not any(check_invariants().values())


def test_many_planners_of_many_days_at_once() -> None:
    people = fill_people(500)
    make_due(people, day=DAY)
    days = [DAY + dt.timedelta(days=offset) for offset in range(10)]

    def plan(number: int) -> int:
        try:
            order = days[number:] + days[:number]
            return sum(plan_digest(day).is_new for day in order)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(plan, range(8)))

    assert sum(made) == 10
    assert DigestRun.objects.count() == 10
    assert sorted(person for (person,) in fetch_all(f"SELECT insured_id FROM {RECIPIENT}")) == list(people)
    assert not any(check_invariants().values())


def test_a_deleted_run_is_made_again() -> None:
    today = DAY + dt.timedelta(days=9)
    for offset in range(10):
        plan_digest(DAY + dt.timedelta(days=offset))
    lost = DAY + dt.timedelta(days=4)
    DigestRun.objects.filter(planned_on=lost).delete()
    people = fill_people(3, same_cohort=cohort_of(lost))
    make_due(people, day=lost)

    healed = heal_missing_runs(today)

    assert [each.planned_on for each in healed] == [lost]
    assert healed[0].people == 3
    assert heal_missing_runs(today) == []


def test_missed_days_are_made_good_but_none_before_the_first() -> None:
    plan_digest(DAY)
    later = DAY + dt.timedelta(days=3)
    assert [each.planned_on for each in heal_missing_runs(later)] == [DAY + dt.timedelta(days=n) for n in (1, 2, 3)]
    far = DAY + dt.timedelta(days=30)
    assert len(heal_missing_runs(far)) == 10, "one round of cohorts"


def test_a_new_installation_starts_with_today() -> None:
    assert [each.planned_on for each in heal_missing_runs(DAY)] == [DAY]


def test_an_empty_run_is_finished_at_once() -> None:
    plan_digest(DAY)
    assert finish_runs() == 1
    assert not any(check_invariants().values())


def test_the_database_refuses_a_second_digest() -> None:
    plan_people(1)
    copied = f"""INSERT INTO {RECIPIENT} SELECT insured_id, run_id, notification_id + 1, planned_on,
                 first_payment_on, last_payment_on, line_count FROM {RECIPIENT} ON CONFLICT DO NOTHING"""
    assert run(copied) == 0

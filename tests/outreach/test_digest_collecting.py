"""Who becomes due: the people of each loaded batch, once, and never by a confidential line."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from ameli_notify.core.sql import fetch_all, run
from ameli_notify.measure.batches import load_batch
from ameli_notify.measure.population import fill_people
from outreach.digest.collecting import collect_due
from outreach.digest.models import CollectedBatch
from outreach.digest.planning import cohort_of, plan_digest
from outreach.digest.schema import DUE
from tests.outreach.outbox import DAY, due_people

pytestmark = pytest.mark.django_db(transaction=True)


def due_rows() -> list[tuple[object, ...]]:
    return fetch_all(
        f"SELECT insured_id, cohort, line_count, first_payment_on, last_payment_on FROM {DUE} ORDER BY insured_id"
    )


def test_a_batch_makes_its_people_due_once() -> None:
    people = fill_people(20)
    load_batch(people, day=DAY, sequence=1, lines=2)

    assert collect_due() == 1
    assert collect_due() == 0

    assert due_rows() == [(person, person % 10, 2, DAY, DAY) for person in people]
    assert CollectedBatch.objects.get().people == 20


def test_batches_add_up() -> None:
    people = fill_people(3)
    later = DAY + dt.timedelta(days=40)
    load_batch(people, day=later, sequence=1, lines=2)
    load_batch(people[:1], day=DAY, sequence=2, lines=5)

    assert collect_due() == 2

    first, second, third = due_rows()
    assert first[2:] == (7, DAY, later)
    assert second[2:] == third[2:] == (2, later, later)


def test_a_confidential_line_never_makes_anybody_due() -> None:
    people = fill_people(10)
    load_batch(people[:5], day=DAY, sequence=1, is_confidential=True)
    load_batch(people[4:8], day=DAY, sequence=2)

    assert collect_due() == 2

    assert due_people() == set(people[4:8])
    assert {count for _, _, count, _, _ in due_rows()} == {3}, "a confidential line was counted"
    assert list(CollectedBatch.objects.order_by("batch_id").values_list("people", flat=True)) == [0, 4]


def test_a_refused_batch_makes_nobody_due() -> None:
    batch = load_batch(fill_people(3), day=DAY, sequence=1)
    run("UPDATE reimbursements_importbatch SET status = 'refused', refusal_code = 'F01' WHERE id = %s", [batch])
    assert collect_due() == 0
    assert due_rows() == []


def test_collectors_at_the_same_time_count_once() -> None:
    people = fill_people(200)
    for sequence in range(5):
        load_batch(people, day=DAY, sequence=sequence, lines=2)

    def collect(_: int) -> int:
        try:
            return collect_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        collected = list(pool.map(collect, range(8)))

    assert sum(collected) == 5
    assert {count for _, _, count, _, _ in due_rows()} == {10}
    assert due_people() == set(people)


def test_what_comes_after_planning_is_for_the_next_run() -> None:
    people = fill_people(4, same_cohort=cohort_of(DAY))
    load_batch(people[:2], day=DAY, sequence=1)
    first = plan_digest(DAY)
    load_batch(people[1:], day=DAY, sequence=2)

    assert plan_digest(DAY).is_new is False
    assert first.run.people == 2
    assert due_people() == set(people[1:])

    second = plan_digest(DAY + dt.timedelta(days=10))
    assert second.run.people == 3
    assert due_people() == set()


def test_a_batch_that_commits_late_is_not_passed_over() -> None:
    people = fill_people(4)
    late = load_batch(people[:2], day=DAY, sequence=1)
    run("UPDATE reimbursements_importbatch SET status = 'held', refusal_code = 'F02' WHERE id = %s", [late])
    load_batch(people[2:], day=DAY, sequence=2)
    assert collect_due() == 1
    run("UPDATE reimbursements_importbatch SET status = 'loaded', refusal_code = '' WHERE id = %s", [late])
    assert collect_due() == 1
    assert due_people() == set(people)

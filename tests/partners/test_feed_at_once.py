"""The feed under load: writers that commit late, two publishers, members who join meanwhile, an eager reader."""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import Final

import pytest
from django.db import connections, transaction

from accounts.partners.models import PartnerInsurer
from accounts.people.models import InsuredPerson
from reimbursements.partner_api.models import PartnerChange, PublishedBatch
from reimbursements.partner_api.publishing import publish
from tests.partners.lines import have_months, insert_batch, make_line
from tests.partners.rows import consent, join, make_partner
from tests.reimbursements.payments.rows import make_person

WRITERS: Final = 8
BATCHES: Final = 12
"""Of each writer."""
PEOPLE: Final = 24
LATE_SECONDS: Final = 0.03
PAGE: Final = 20

Work = Callable[[], list[int]]


def write(people: Sequence[InsuredPerson], delays: Sequence[float]) -> list[int]:
    """Ids of lines and batches are drawn at once, and their commits come late."""
    written: list[int] = []
    for delay in delays:
        with transaction.atomic():
            written += insert_batch(make_line(person) for person in people)
            time.sleep(delay)
    return written


def join_late(people: Sequence[InsuredPerson], partner: PartnerInsurer) -> list[int]:
    for person in people:
        time.sleep(LATE_SECONDS)
        consent(person, partner)
    return []


def keep_publishing(stop: Event) -> list[int]:
    while not stop.is_set():
        publish()
    return []


def read(partner: PartnerInsurer, stop: Event) -> list[int]:
    """Page after page, always behind the last position seen, never before it."""
    seen: list[int] = []
    place = 0
    while True:
        is_last = stop.is_set()
        rows = PartnerChange.objects.filter(partner_id=partner.pk, position__gt=place).order_by("position")
        page = list(rows.values_list("position", "line_id")[:PAGE])
        seen += [line for _, line in page if line is not None]
        if page:
            place = page[-1][0]
        elif is_last:
            return seen


def alone(work: Work) -> list[int]:
    """In a thread with a connection of its own."""
    try:
        return work()
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_missed_and_nothing_comes_twice(transactional_db: None) -> None:
    chance, stop = random.Random(5), Event()
    have_months()
    partner = make_partner("99000001")
    people = [make_person(f"Personne {number}") for number in range(PEOPLE)]
    for person in people:
        join(person, partner)
    for person in people[: PEOPLE // 2]:
        consent(person, partner)
    delays = [[chance.random() * LATE_SECONDS for _ in range(BATCHES)] for _ in range(WRITERS)]
    writers: list[Work] = [partial(write, people[number % 3 :: 3], delays[number]) for number in range(WRITERS)]

    with ThreadPoolExecutor(WRITERS + 4) as pool:
        reading = pool.submit(alone, partial(read, partner, stop))
        publishing = [pool.submit(alone, partial(keep_publishing, stop)) for _ in range(2)]
        joining = pool.submit(alone, partial(join_late, people[PEOPLE // 2 :], partner))
        working = [pool.submit(alone, work) for work in writers]
        written = [line for work in working for line in work.result()]
        assert joining.result() == []
        publish()
        stop.set()
        assert [work.result() for work in publishing] == [[], []]
        seen = reading.result()

    assert len(written) == WRITERS * BATCHES * PEOPLE // 3
    assert sorted(seen) == sorted(written)
    assert PublishedBatch.objects.count() == WRITERS * BATCHES

"""The next call, at 500,000 people on the list: two hundred advisers who ask when they ask."""

import datetime as dt
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Final

from django.db import connections
from django.utils import timezone

from accounts.people.contacts import contact_lookup
from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel, InsuredPerson, contact_context
from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.core.sql import fetch_value, run
from ameli_notify.measure.bench.arrivals import percentiles
from ameli_notify.measure.bench.report import Line, Measure, at_most
from ameli_notify.measure.bench.run import Run, settle_server
from ameli_notify.measure.bench.targets_bench import make_campaign, open_campaign
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.dialling import show_number
from outreach.campaigns.claiming.models import CallAttempt
from outreach.campaigns.claiming.next_call import claim_next
from outreach.campaigns.claiming.saving import Result, save_result
from outreach.campaigns.walls import TASK
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.payments.periods import whole_period

TASKS: Final = 500_000
ADVISERS: Final = 200
CALLS: Final = 2_000
RATE: Final = 13.5
"""Claims a second: five times what 500,000 people in a month ask for at their busiest."""
CONNECTIONS: Final = 16
MILLISECONDS: Final = 50
WORKING_HOUR: Final = dt.datetime(2026, 6, 2, 12, tzinfo=dt.UTC)
"""A Tuesday that is a holiday nowhere: what is measured does not depend on the day of the measure."""
_SEED: Final = 200

_PEOPLE: Final = """
INSERT INTO accounts_insuredperson
    (public_id, nir_sealed, nir_lookup, cohort, fund_code, birth_date_text, born_on, birth_rank, sex, birth_name,
     usage_name, first_names, postcode, territory, is_contact_protected, preferred_channel, has_email, has_mobile,
     created_at, updated_at)
SELECT gen_random_uuid(), '\\x00', gen_random_uuid(), n %% 10, '01C751000', '19500101', DATE '1930-01-01' + n %% 20000,
    1, 1, 'ESSAI', '', 'Claude', '75011', (ARRAY['', '', '', '', '', '', '', '971', '974', '67'])[1 + n %% 10], false,
    'email', false, true, now(), now()
FROM generate_series(1, %(number)s) AS n
"""
_CONDITIONS: Final = """
INSERT INTO accounts_longtermcondition (insured_id, code)
SELECT id, 8 FROM accounts_insuredperson WHERE id > %(after)s
"""
_TELEPHONES_AT_ONCE: Final = 5_000


def bench_claims(run_: Run) -> Iterator[Line]:
    """Yields how long an adviser waits for the next call, and how many were given twice."""
    by = User.objects.get_or_create(username="bench")[0]
    number = run_.size(TASKS, least=500)
    with run_.step(f"{number} personnes à appeler"):
        known = {"after": fetch_value("SELECT coalesce(max(id), 0) FROM accounts_insuredperson")}
        run(_PEOPLE, {"number": number})
        run(_CONDITIONS, known)
        _give_telephones(known["after"])
        # Planning over the partitions of a year's lines is part of what a claim costs.
        year = whole_period(timezone.localdate())
        ensure_partitions(LINE, first=year.first, last=year.last, span=Span.MONTH)
        campaign = open_campaign(make_campaign(by), by=by)
        settle_server(TASK, "accounts_insuredperson", "accounts_contactchannel")
    advisers = User.objects.bulk_create(User(username=f"bench-a{each:03d}") for each in range(ADVISERS))
    calls = run_.size(CALLS, least=100)
    with run_.step(f"{calls} appels de {ADVISERS} conseillers"):
        began = run_.clock.cpu()
        took = _ask(campaign, advisers, calls)
        processor = run_.clock.cpu() - began
    given = CallAttempt.objects.count()
    twice = given - CallAttempt.objects.values("task").distinct().count()
    if given != calls:
        raise RuntimeError(f"{given} calls for {calls} questions")
    found = percentiles(took)
    yield Measure(
        name="claims-next-call", value=found.p95, unit="ms", against="from the question to the lease, 95th percentile",
        goals=[at_most(MILLISECONDS)],
        details={"tasks": number, "advisers": ADVISERS, "a_second": RATE, "p50": found.p50, "p99": found.p99,
                 "longest": found.longest, "cpu_of_a_whole_call": processor / calls * 1e3},
    )  # fmt: skip
    yield Measure(name="claims-given-twice", value=twice, unit="calls", goals=[at_most(0)])


def _give_telephones(after: int) -> None:
    """A mobile for each of the people after ``after``, sealed as everybody's: a claim looks what the number is."""
    kind, now, ring = ContactKind.MOBILE.value, timezone.now(), key_ring()
    people = list(InsuredPerson.objects.filter(pk__gt=after).values_list("pk", flat=True))
    for start in range(0, len(people), _TELEPHONES_AT_ONCE):
        batch = ((person, f"+336{person % 10**8:08d}") for person in people[start : start + _TELEPHONES_AT_ONCE])
        ContactChannel.objects.bulk_create(
            ContactChannel(
                insured_id=person,
                kind=kind,
                address_sealed=ring.seal(address, context=contact_context(person, kind)),
                address_lookup=contact_lookup(kind, address),
                started_at=now,
            )
            for person, address in batch
        )


def _ask(campaign: CallCampaign, advisers: Sequence[User], calls: int) -> list[float]:
    """Seconds that each question waited for its call; each call is then made and saved, outside of the measure."""
    draw = random.Random(_SEED)  # noqa: S311 (no secret)
    gate = Barrier(CONNECTIONS)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(lambda _: _connect(gate), range(CONNECTIONS)))
        waiting, moment = [], time.monotonic()
        for place in range(calls):
            moment += draw.expovariate(RATE)
            time.sleep(max(0.0, moment - time.monotonic()))
            waiting.append(pool.submit(_one, campaign.pk, advisers[place % len(advisers)]))
        took = [each.result() for each in waiting]
        list(pool.map(lambda _: _disconnect(gate), range(CONNECTIONS)))
    return took


def _connect(gate: Barrier) -> None:
    """Each thread of the pool once: none comes back before all have."""
    connections["default"].ensure_connection()
    gate.wait()


def _disconnect(gate: Barrier) -> None:
    connections.close_all()
    gate.wait()


def _one(campaign_id: int, adviser: User) -> float:
    began = time.perf_counter()
    token = claim_next(campaign_id, by=adviser, at=WORKING_HOUR).token
    took = time.perf_counter() - began
    show_number(token, by=adviser, at=WORKING_HOUR)
    save_result(token, Result(disposition=Disposition.ALREADY_FOLLOWED), by=adviser)
    return took

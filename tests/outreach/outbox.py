"""A small outbox for the tests of sending: people, their planned messages, and what became of them."""

import datetime as dt
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.conf import settings

from ameli_notify.core.sql import fetch_all, fetch_one, run
from ameli_notify.measure.population import fill_people, make_due
from outreach.digest.models import DigestRun
from outreach.digest.planning import cohort_of, plan_digest
from outreach.digest.schema import DUE, NOTIFICATION
from outreach.notifications.dispatch import ledger
from outreach.notifications.dispatch.composing import identifier_key
from outreach.notifications.dispatch.ledger import Claim
from outreach.notifications.dispatch.sender import Sender, Tally
from outreach.notifications.enums import Channel
from outreach.notifications.render import identifiers

DAY: Final = dt.date(2026, 3, 16)
LEASE: Final = dt.timedelta(seconds=60)
OTHER_HOST: Final = "another-host/17/1"
"""A sender of whom nothing can be known from here: its leases end by their time alone."""


def plan_people(number: int, *, day: dt.date = DAY, sms_every: int = 0) -> DigestRun:
    """A planned run of so many people of the day's cohort."""
    ids = fill_people(number, same_cohort=cohort_of(day), sms_every=sms_every)
    make_due(ids, day=day)
    planned = plan_digest(day)
    assert planned.is_new
    assert planned.run.people == number
    return planned.run


def send(channel: Channel = Channel.EMAIL, *, patience: float = 0.0) -> Tally:
    return Sender(channel).run(patience=patience)


def rows(*columns: str) -> list[tuple[Any, ...]]:
    return fetch_all(f"SELECT {', '.join(columns)} FROM {NOTIFICATION} ORDER BY id")


def statuses() -> dict[int, str]:
    return dict(rows("id", "status"))


def counts() -> dict[str, int]:
    found = list(statuses().values())
    return {status: found.count(status) for status in sorted(set(found))}


def due_people() -> set[int]:
    return {person for (person,) in fetch_all(f"SELECT insured_id FROM {DUE}")}


def person_of(notification_id: int) -> int:
    found = fetch_one(f"SELECT insured_id FROM {NOTIFICATION} WHERE id = %s", [notification_id])
    assert found is not None
    return int(found[0])


def message_ids(ids: Iterable[int]) -> dict[str, int]:
    """Message-ID → notification."""
    key = identifier_key()
    return {identifiers(key, each)[0]: each for each in ids}


def claim(*, sender: str = OTHER_HOST, lease: dt.timedelta = LEASE) -> Claim:
    found = ledger.claim_chunk(Channel.EMAIL, sender=sender, lease=lease)
    assert found is not None
    return found


def end_lease(chunk_id: int) -> None:
    run(
        "UPDATE outreach_notificationchunk SET leased_until = now() - interval '1 second' WHERE id = %s",
        [chunk_id],
    )


def steal(chunk_id: int) -> uuid.UUID:
    """Another sender has the chunk from now on; returns its token."""
    token = uuid.uuid4()
    run("UPDATE outreach_notificationchunk SET claim_token = %s WHERE id = %s", [token, chunk_id])
    return token


def let_retries_be_due() -> None:
    run(f"UPDATE {NOTIFICATION} SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL AND status = 'created'")


def let_chunks_be_due() -> None:
    run("UPDATE outreach_notificationchunk SET not_before = NULL")


def start_manage(*arguments: str, env: dict[str, str]) -> subprocess.Popen[str]:
    return start_python(str(settings.BASE_DIR / "manage.py"), *arguments, env=env)


def start_python(*arguments: str, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(condition: Callable[[], object], *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def successful(process: subprocess.Popen[str], *, seconds: float = 150.0) -> str:
    """What a process said that ended well; one that does not end is ended, so that no later test is told of it."""
    try:
        out, error = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    assert process.returncode == 0, error
    return out

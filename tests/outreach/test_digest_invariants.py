"""Each invariant finds what it is there for: a check that cannot fail proves nothing."""

import json
from io import StringIO
from typing import Final

import pytest
from django.core.management import call_command

from ameli_notify.core.sql import run
from ameli_notify.measure.batches import load_batch
from ameli_notify.measure.population import fill_people
from outreach.digest.invariants import CHECKS, check_invariants
from outreach.digest.planning import finish_runs
from outreach.digest.schema import DUE, NOTIFICATION, RECIPIENT
from tests.outreach.outbox import DAY, plan_people, send

pytestmark = pytest.mark.django_db(transaction=True)

CHUNK: Final = "outreach_notificationchunk"
ONE: Final = f"(SELECT min(id) FROM {NOTIFICATION})"

BREAKS: Final[dict[str, list[str]]] = {
    "I1_once_only": [
        f"""INSERT INTO {NOTIFICATION} (run_id, insured_id, template_id, created_on, channel, status)
            SELECT run_id, insured_id, template_id, created_on, channel, 'sending' FROM {NOTIFICATION}
            WHERE id = {ONE}""",
        f"DELETE FROM {NOTIFICATION} WHERE id = {ONE}",
    ],
    "I2_every_person_counted": [
        "UPDATE outreach_digestrun SET people = people + 1",
        f"DELETE FROM {RECIPIENT} WHERE notification_id = {ONE}",
    ],
    "I3_accepted_was_handed": [
        f"UPDATE {CHUNK} SET status = 'ready', handed_up_to = first_id - 1, finished_at = NULL",
    ],
    "I4_nothing_in_between": [f"UPDATE {NOTIFICATION} SET status = 'created' WHERE id = {ONE}"],
    "I5_all_settled": [
        f"UPDATE {NOTIFICATION} SET status = 'created', next_attempt_at = now() WHERE id = {ONE}",
        f"""UPDATE {NOTIFICATION} SET status = 'claimed', next_attempt_at = now(), claim_token = gen_random_uuid()
            WHERE id = {ONE}""",
    ],
    "I6_unknown_is_due_again": [f"UPDATE {NOTIFICATION} SET status = 'unknown' WHERE id = {ONE}"],
    "I7_refused_is_final": [
        f"UPDATE {NOTIFICATION} SET status = 'permanent-failure', next_attempt_at = now() WHERE id = {ONE}",
    ],
    "I8_poison_is_parked": [f"UPDATE {NOTIFICATION} SET status = 'created', attempts = 5 WHERE id = {ONE}"],
    "I9_one_run_a_day": ["UPDATE outreach_digestrun SET cohort = mod(cohort + 1, 10)"],
    "I10_cancelled_has_reason": [
        f"""UPDATE {NOTIFICATION} SET status = 'cancelled', status_reason = 'deceased', next_attempt_at = now()
            WHERE id = {ONE}""",
    ],
    "I11_no_stale_lease": [
        f"""UPDATE {CHUNK} SET status = 'claimed', claim_token = gen_random_uuid(),
            leased_until = now() - interval '2 hours'""",
        f"""UPDATE {NOTIFICATION} SET status = 'claimed', claim_token = gen_random_uuid(),
            next_attempt_at = now() - interval '2 hours' WHERE id = {ONE}""",
    ],
}


@pytest.fixture
def sent_run() -> None:
    """A finished run of ten people in the inbox."""
    plan_people(10)
    send()
    assert finish_runs() == 1
    assert not any(check_invariants().values())


@pytest.mark.parametrize(("name", "statement"), [(name, each) for name, found in BREAKS.items() for each in found])
@pytest.mark.usefixtures("sent_run")
def test_a_broken_invariant_is_found(name: str, statement: str) -> None:
    if name == "I11_no_stale_lease":
        run("UPDATE outreach_digestrun SET status = 'sending', finished_at = NULL")
    assert run(statement)
    assert check_invariants()[name] > 0


def test_an_uncollected_batch_is_found() -> None:
    load_batch(fill_people(2), day=DAY, sequence=1)
    assert check_invariants()["I12_batches_collected"] == 0, "it was loaded just now"
    run("UPDATE reimbursements_importbatch SET finished_at = now() - interval '61 minutes'")
    assert check_invariants()["I12_batches_collected"] == 1


def test_every_invariant_is_broken_here() -> None:
    assert set(BREAKS) | {"I12_batches_collected"} == set(CHECKS)
    assert [name.partition("_")[0] for name in CHECKS] == [f"I{number}" for number in range(1, 13)]


@pytest.mark.usefixtures("sent_run")
def test_an_unknown_person_in_a_later_run_is_accounted_for() -> None:
    run(f"UPDATE {NOTIFICATION} SET status = 'unknown' WHERE id = {ONE}")
    assert check_invariants()["I6_unknown_is_due_again"] == 1
    run(
        f"""INSERT INTO {DUE} SELECT insured_id, 0, 1, created_on, created_on FROM {NOTIFICATION}
            WHERE status = 'unknown'"""
    )
    assert check_invariants()["I6_unknown_is_due_again"] == 0


def status_json() -> dict[str, object]:
    out = StringIO()
    try:
        call_command("digest_status", "--json", stdout=out)
    finally:
        found: dict[str, object] = json.loads(out.getvalue())
    return found


@pytest.mark.usefixtures("sent_run")
def test_the_status_as_json() -> None:
    found = status_json()
    assert list(found) == [
        "due", "runs", "notifications", "channels", "cancelled", "failed", "waiting_for_retry", "invariants", "ok",
    ]  # fmt: skip
    assert found["ok"] is True
    assert found["due"] == 0
    assert found["notifications"] == {"sending": 10}
    assert found["channels"] == {"email": {"sending": 10}}
    assert found["runs"] == [
        {"planned_on": "2026-03-16", "cohort": 1, "status": "finished", "people": 10, "counts": {"email": 10}}
    ]
    assert found["invariants"] == dict.fromkeys(CHECKS, 0)


@pytest.mark.usefixtures("sent_run")
def test_a_broken_invariant_ends_with_status_1() -> None:
    run(BREAKS["I7_refused_is_final"][0])
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("digest_status", "--json", stdout=out)
    assert ended.value.code == 1
    found = json.loads(out.getvalue())
    assert found["ok"] is False
    assert found["invariants"]["I7_refused_is_final"] == 1
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("digest_status", stdout=said)
    assert "Invariants rompus : I7_refused_is_final" in said.getvalue()

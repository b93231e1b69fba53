"""The small edition of ``make chaos``, and the proof that its judge sees a planted flaw."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from ameli_notify.measure.chaos_faults import Fault, fault_plan
from ameli_notify.measure.ledger_compare import Accepted, SentRow, compare, never_told, not_once
from outreach.notifications.dispatch.composing import identifier_key
from outreach.notifications.render import identifiers

LONGEST = 300


def chaos(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit status and figures of a run; whatever DATABASE_URL says, it makes a server of its own."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "chaos", "--json", "--max-seconds", "240"]
    done = subprocess.run(
        [*command, *arguments], env=os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
        capture_output=True, text=True, timeout=LONGEST, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, figures


@pytest.mark.chaos
@pytest.mark.xdist_group("chaos")
def test_no_duplicate_and_nothing_lost() -> None:
    status, figures = chaos("--people", "1500", "--faults", "40", "--seed", "11")

    assert {name: count for name, count in figures["violations"].items() if count} == {}
    assert (status, figures["ok"]) == (0, True)
    assert figures["faults"] == {"kill": 33, "terminate_backend": 5, "stop_beyond_lease": 1, "restart_postgres": 1}
    assert figures["senders_started"] > 33, "the killed were not replaced"
    assert sum(figures["notifications"].values()) == 1500
    assert set(figures["notifications"]) == {"sending", "unknown", "permanent-failure"}
    assert 0 < figures["unknown"] <= figures["unknown_bound"] < 600
    assert figures["next_round"] == {"sending": figures["unknown"]}
    assert figures["smtp"]["tempfail"] > 20
    assert figures["smtp"]["dropped_after"] > 3


@pytest.mark.chaos
@pytest.mark.xdist_group("chaos")
def test_the_judge_sees_a_sender_that_sends_again_blindly() -> None:
    status, figures = chaos("--people", "300", "--faults", "8", "--planted-flaw", "resend")

    assert (status, figures["ok"]) == (1, False)
    assert figures["violations"]["message_accepted_twice"] > 0
    assert figures["violations"]["notification_accepted_twice"] > 0


def test_the_faults_of_a_full_run() -> None:
    plan = fault_plan(300, chance=random.Random(7))
    assert Counter(plan) == {Fault.KILL: 250, Fault.TERMINATE: 42, Fault.STOP: 5, Fault.RESTART: 3}
    assert plan != sorted(plan), "they come in no order"


def ledger(folder: Path, *ids: int, forged: int = 0) -> Accepted:
    lines = []
    for each in ids:
        message_id, sender = identifiers(identifier_key(), each)
        lines.append(f"1.0\t{message_id}\t{sender}\thash\n")
    lines += [f"1.0\tm{n}@example.org\trebond+1-00000000000000000000@info.ameli.fr\thash\n" for n in range(forged)]
    path = folder / "ledger"
    path.write_text("".join(lines))
    return Accepted.read(path)


CASES: dict[str, tuple[list[int], list[tuple[int, str]]]] = {
    "sent_but_not_accepted": ([1], [(1, "sending"), (2, "sending")]),
    "accepted_but_not_counted": ([1, 2], [(1, "sending"), (2, "permanent-failure")]),
    "still_pending": ([1], [(1, "sending"), (2, "created")]),
    "given_up": ([1], [(1, "sending"), (2, "temporary-failure")]),
    "accepted_but_not_ours": ([1, 2], [(1, "sending")]),
}


@pytest.mark.parametrize("name", CASES)
def test_each_figure_of_the_comparison_can_fail(tmp_path: Path, name: str) -> None:
    accepted, found = CASES[name]
    violations = compare(ledger(tmp_path, *accepted), [SentRow(row, row, status) for row, status in found])
    assert {each for each, count in violations.items() if count} == {name}


def test_duplicates_and_forgeries_are_counted(tmp_path: Path) -> None:
    rows = [SentRow(1, 1, "sending"), SentRow(2, 2, "unknown")]
    violations = compare(ledger(tmp_path, 1, 1, 2, forged=3), rows)
    assert violations["message_accepted_twice"] == violations["notification_accepted_twice"] == 1
    assert violations["accepted_but_not_ours"] == 3


def test_people_are_counted(tmp_path: Path) -> None:
    rows = [
        SentRow(1, 11, "unknown"),
        SentRow(2, 12, "unknown"),
        SentRow(3, 13, "permanent-failure"),
        SentRow(4, 14, "technical-failure"),
        SentRow(5, 11, "sending"),
    ]
    assert not_once(rows, expected={11, 12, 13, 15}) == 3, "11 twice, 15 never, 14 unasked"
    assert never_told(ledger(tmp_path, 1), rows, expected={11, 12, 13, 14, 15}) == 3, "12, 14 and 15"

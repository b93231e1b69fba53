"""The steps of the demo, through the same commands and services as anywhere else."""

import datetime as dt
import email
import io
import json
import time
from email import policy
from pathlib import Path
from typing import Any, Final

from django.core.management import call_command

from ameli_notify.demo.figures import Handed, Imported, Received
from outreach.digest.planning import finish_runs, plan_digest
from outreach.notifications.dispatch.sender import Sender
from outreach.notifications.enums import Channel

COHORTS_PLANNED: Final = 10
LEDGER: Final = "ledger.tsv"
MAILS: Final = "mails"
_MESSAGE_ID_COLUMN: Final = 1


def set_up() -> None:
    """Tables and reference data."""
    call_command("migrate", verbosity=0)
    call_command("load_reference_data", stdout=io.StringIO())


def load(command: str, path: Path) -> Imported:
    """Run an import command. Raises SystemExit (2) when a file is refused; the reason is on stderr."""
    started = time.perf_counter()
    report = _json_of(command, str(path))
    return Imported.of(report, seconds=time.perf_counter() - started)


def plan(last_day: dt.date) -> int:
    """Plan every cohort once, on ten consecutive days; returns the people counted, written to or not."""
    days = (last_day - dt.timedelta(days=back) for back in reversed(range(COHORTS_PLANNED)))
    return sum(plan_digest(day).run.people for day in days)


def send(channel: Channel) -> Handed:
    """Hand everything over that waits on a channel."""
    started = time.perf_counter()
    tally = Sender(channel).run()
    finish_runs()
    return Handed(tally.handed, time.perf_counter() - started)


def read_sink(folder: Path) -> Received:
    """The sink's own ledger, and the first message that it kept."""
    ledger = (folder / LEDGER).read_text(encoding="ascii").splitlines()
    distinct = {line.split("\t")[_MESSAGE_ID_COLUMN] for line in ledger}
    received = Received(messages=len(ledger), distinct=len(distinct))
    for path in sorted((folder / MAILS).glob("*.eml"))[:1]:
        message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        body = message.get_body(preferencelist=("plain",))
        received.sender, received.subject = str(message["From"]), str(message["Subject"])
        received.text = body.get_content() if body is not None else ""
    return received


def _json_of(command: str, *arguments: str) -> dict[str, Any]:
    output = io.StringIO()
    call_command(command, *arguments, json=True, stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue())
    return report

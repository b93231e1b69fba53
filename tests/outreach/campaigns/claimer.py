"""A process full of advisers, for the crash tests; its arguments: campaign, first and last adviser, ledger; « insist ».

Each adviser takes calls until there are none. What has certainly happened is written to the ledger afterwards, one
system call a line: ``called TASK`` once the number was shown, ``noted TOKEN`` once a draft was kept. Whoever insists
presses each button again while the database is away, and goes back to the call that they hold.
"""

import itertools
import os
import random
import sys
import time
import uuid
from collections.abc import Callable
from typing import TypeVar

import django

django.setup()

from django.db import InterfaceError, OperationalError, connection  # noqa: E402 (Django first)

from accounts.staff.models import User  # noqa: E402
from outreach.campaigns.campaign.dispositions import Disposition  # noqa: E402
from outreach.campaigns.campaign.hours import TERRITORIES  # noqa: E402
from outreach.campaigns.claiming import next_call  # noqa: E402
from outreach.campaigns.claiming.dialling import show_number  # noqa: E402
from outreach.campaigns.claiming.holding import held_by, write_draft  # noqa: E402
from outreach.campaigns.claiming.next_call import ClaimError, NobodyToCallError, claim_next  # noqa: E402
from outreach.campaigns.claiming.saving import Result, save_result  # noqa: E402


def note_of_token(token: uuid.UUID) -> str:
    """What the adviser writes down in this call."""
    return f"note {str(token)[:8]}"


def work(campaign_id: int, advisers: list[User], ledger: int, *, insists: bool) -> None:
    """Let the advisers take turns until a whole round finds nobody to call."""
    press = insistently if insists else once
    idle = 0
    for adviser in itertools.cycle(advisers):
        try:
            token = press(lambda: claim_next(campaign_id, by=adviser).token)  # noqa: B023 (called before the next turn)
        except NobodyToCallError:
            idle += 1
            if idle > len(advisers):
                return
            continue
        except ClaimError:
            held = insistently(lambda: held_by(adviser)) if insists else None  # noqa: B023
            if held is None:
                idle += 1  # a call that a dead process left in this adviser's hands
                continue
            token = held.token
        idle = 0
        call(token, adviser, ledger, press)


Answer = TypeVar("Answer")


def call(token: uuid.UUID, adviser: User, ledger: int, press: "Callable[[Callable[[], object]], object]") -> None:
    """One call, from the number to the result."""
    task_id = press(lambda: show_number(token, by=adviser).task_id)
    os.write(ledger, f"called {task_id}\n".encode())
    press(lambda: write_draft(token, by=adviser, note=note_of_token(token)))
    os.write(ledger, f"noted {token}\n".encode())
    if random.random() < 0.5:
        press(lambda: write_draft(token, by=adviser, note=note_of_token(token) + " bis"))
    result = Result(disposition=Disposition.ALREADY_FOLLOWED, note=note_of_token(token))
    press(lambda: save_result(token, result, by=adviser))
    os.write(ledger, f"saved {token}\n".encode())


def once(act: "Callable[[], Answer]") -> Answer:
    return act()


def insistently(act: "Callable[[], Answer]") -> Answer:
    """The same button again, on a new connection, until the database answers."""
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.1)


if __name__ == "__main__":
    setattr(next_call, "open_territories", lambda windows, *, at: list(TERRITORIES))  # noqa: B010 (at any hour)
    campaign, first, last, path, *how = sys.argv[1:]
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    insists = how == ["insist"]
    # The database may be down already when this process has come so far.
    advisers = (insistently if insists else once)(
        lambda: list(User.objects.filter(pk__range=(first, last)).order_by("pk"))
    )
    work(int(campaign), advisers, handle, insists=insists)

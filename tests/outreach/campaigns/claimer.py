"""A process full of advisers, for the crash test; its arguments: campaign, first and last adviser, ledger.

Each adviser takes calls until there are none. What has certainly happened is written to the ledger afterwards, one
system call a line: ``called TASK`` once the number was shown, ``noted TOKEN`` once a draft was kept.
"""

import itertools
import os
import random
import sys
import uuid

import django

django.setup()

from accounts.staff.models import User  # noqa: E402 (Django first)
from outreach.campaigns.campaign.dispositions import Disposition  # noqa: E402
from outreach.campaigns.campaign.hours import TERRITORIES  # noqa: E402
from outreach.campaigns.claiming import next_call  # noqa: E402
from outreach.campaigns.claiming.holding import show_number, write_draft  # noqa: E402
from outreach.campaigns.claiming.next_call import ClaimError, NobodyToCallError, claim_next  # noqa: E402
from outreach.campaigns.claiming.saving import Result, save_result  # noqa: E402


def note_of_token(token: uuid.UUID) -> str:
    """What the adviser writes down in this call."""
    return f"note {str(token)[:8]}"


def work(campaign_id: int, advisers: list[User], ledger: int) -> None:
    """Let the advisers take turns until a whole round finds nobody to call."""
    idle = 0
    for adviser in itertools.cycle(advisers):
        try:
            token = claim_next(campaign_id, by=adviser).token
        except NobodyToCallError:
            idle += 1
            if idle > len(advisers):
                return
            continue
        except ClaimError:
            idle += 1  # a call that a dead process left in this adviser's hands
            continue
        idle = 0
        claim = show_number(token, by=adviser)
        os.write(ledger, f"called {claim.task_id}\n".encode())
        write_draft(token, by=adviser, note=note_of_token(token))
        os.write(ledger, f"noted {token}\n".encode())
        if random.random() < 0.5:
            write_draft(token, by=adviser, note=note_of_token(token) + " bis")
        save_result(token, Result(disposition=Disposition.ALREADY_FOLLOWED, note=note_of_token(token)), by=adviser)
        os.write(ledger, f"saved {token}\n".encode())


if __name__ == "__main__":
    setattr(next_call, "open_territories", lambda windows, *, at: list(TERRITORIES))  # noqa: B010 (at any hour)
    campaign, first, last, path = sys.argv[1:]
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    work(int(campaign), list(User.objects.filter(pk__range=(first, last)).order_by("pk")), handle)

"""How many tries insured people have, counted per person, per network address and over everybody.

The address is counted first: one that is exhausted does not use up the others. What concerns a person is counted
under a keyed hash of the NIR that was typed, whether or not somebody has it: both run out alike. Counting is atomic
(``core.limits``), so that of any number of parallel requests exactly the limit gets through.
"""

import logging
import uuid
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from ameli_notify.core.client_address import client_address
from ameli_notify.core.limits import Allowed, RetryAfter, forget, hit

logger = logging.getLogger(__name__)

MINUTE: Final = 60
DAY: Final = 24 * 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Ceiling:
    """``tries`` in a window of ``seconds``."""

    tries: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Quota:
    """One kind of try and its ceilings; ``per_day`` is a second one for the person, where there is one."""

    name: str
    per_person: Ceiling
    per_address: Ceiling
    over_all: Ceiling
    per_day: Ceiling | None = None


PASSWORDS: Final = Quota(
    "password",
    per_person=Ceiling(10, 15 * MINUTE),
    per_address=Ceiling(50, 15 * MINUTE),  # a whole office, or a town behind one operator's gateway
    over_all=Ceiling(6_000, MINUTE),
)
CODES_SENT: Final = Quota(
    "code-sent",
    per_person=Ceiling(5, 15 * MINUTE),
    per_address=Ceiling(30, 15 * MINUTE),
    over_all=Ceiling(3_000, MINUTE),
    per_day=Ceiling(20, DAY),  # nobody is to be harassed with messages, nor billed for them
)
# Apart from the codes of sign-in: whoever knows a NIR can ask for these, and must not keep its owner from signing in.
PROOF_CODES_SENT: Final = Quota(
    "proof-code-sent",
    per_person=Ceiling(5, 15 * MINUTE),
    per_address=Ceiling(30, 15 * MINUTE),
    over_all=Ceiling(3_000, MINUTE),
    per_day=Ceiling(10, DAY),
)
# Ten guesses a day at one million codes: a chance in 100,000 a day for whoever already has the password.
CODE_TRIES: Final = Quota(
    "code-try",
    per_person=Ceiling(10, DAY),
    per_address=Ceiling(100, 15 * MINUTE),
    over_all=Ceiling(6_000, MINUTE),
)
# Apart from the tries at sign-in, so that nobody without the password can use those up.
PROOF_TRIES: Final = Quota(
    "proof-try",
    per_person=Ceiling(10, DAY),
    per_address=Ceiling(100, 15 * MINUTE),
    over_all=Ceiling(6_000, MINUTE),
)
# A file of everything: enough for a second try, too few for a machine that lives on a stolen session.
DATA_DOWNLOADS: Final = Quota(
    "data-download",
    per_person=Ceiling(5, DAY),
    per_address=Ceiling(30, 15 * MINUTE),
    over_all=Ceiling(600, MINUTE),
)


def use(quota: Quota, request: HttpRequest, *, person: uuid.UUID) -> RetryAfter | None:
    """Count one try; None when it may go on. Call it outside a transaction that may be rolled back."""
    counted = (
        ("address", client_address(request), quota.per_address),
        ("person", str(person), quota.per_person),
        ("day", str(person), quota.per_day),
        ("all", "", quota.over_all),
    )
    for scope, name, ceiling in counted:
        if ceiling is None:
            continue
        verdict = hit(f"{quota.name}|{scope}|{name}", limit=ceiling.tries, window_seconds=ceiling.seconds)
        if not isinstance(verdict, Allowed):
            logger.warning("sign-in limit reached", extra={"quota": quota.name, "scope": scope})
            return verdict
    return None


def give_back(quota: Quota, *, person: uuid.UUID) -> None:
    """Start a person's count again: the try has just succeeded."""
    forget(f"{quota.name}|person|{person}")

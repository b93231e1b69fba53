"""Who has the say for a minor's consents: the policyholder they are under, until the minor comes of age.

A consent for a minor ends by itself, in the policies of the database, on the day on which the minor turns eighteen;
what follows here dates that end in the archive, and ends what birth dates and households that changed have overtaken.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.access.walls import PERSON
from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import MemberConsent
from accounts.partners.walls import CONSENT, GUARDED_UNTIL, TODAY
from ameli_notify.core.sql import fetch_all, fetch_one, run

PURPOSES: Final = (ConsentPurpose.PAYMENTS, ConsentPurpose.ALERTS)
"""What can be given for a minor. Nobody calls minors."""
OWN_SAY_YEARS: Final = 2
"""Before coming of age: from their sixteenth birthday a minor may take their care into their own hands (art. L. 160-2
of the code de la sécurité sociale), and what they withdraw themselves is not given again for them."""
OF_AGE: Final = "majorite"
NO_LONGER_UNDER: Final = "rattachement"
"""Who withdrew, where nobody did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minor:
    """Somebody for whom a policyholder answers."""

    person_id: int
    public_id: UUID
    first_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A minor under lock, and the day from which nobody answers for them."""

    public_id: UUID
    until: dt.date


_ANSWERS: Final = f"""
minor.died_on IS NULL AND {GUARDED_UNTIL}(minor.born_on, minor.birth_date_text) > {TODAY}
AND {GUARDED_UNTIL}(guardian.born_on, guardian.birth_date_text) <= {TODAY}
"""

_MINORS: Final = f"""
SELECT minor.id, minor.public_id, minor.first_names
FROM {PERSON} minor JOIN {PERSON} guardian ON guardian.id = minor.policyholder_id
WHERE minor.policyholder_id = %(guardian)s AND {_ANSWERS}
ORDER BY minor.birth_date_text, minor.id
"""

_GUARDED: Final = f"""
SELECT minor.public_id, {GUARDED_UNTIL}(minor.born_on, minor.birth_date_text)
FROM {PERSON} minor JOIN {PERSON} guardian ON guardian.id = minor.policyholder_id
WHERE minor.id = %(minor)s AND guardian.id = %(guardian)s AND {_ANSWERS}
FOR UPDATE OF minor
"""

_END_OVERDUE: Final = f"""
UPDATE {CONSENT} c SET withdrawn_at = greatest(statement_timestamp(), c.given_at), withdrawn_by = '{OF_AGE}'
WHERE c.withdrawn_at IS NULL AND c.ends_on <= {TODAY} AND (%(person)s::bigint IS NULL OR c.insured_id = %(person)s)
"""

_END_MOVED: Final = f"""
UPDATE {CONSENT} c SET withdrawn_at = greatest(statement_timestamp(), c.given_at),
    withdrawn_by = CASE WHEN {GUARDED_UNTIL}(p.born_on, p.birth_date_text) <= {TODAY} THEN '{OF_AGE}'
                        ELSE '{NO_LONGER_UNDER}' END
FROM {PERSON} p
WHERE p.id = c.insured_id AND c.withdrawn_at IS NULL AND c.ends_on IS NOT NULL
  AND (p.policyholder_id IS DISTINCT FROM c.guardian_id OR p.died_on IS NOT NULL
       OR coalesce({GUARDED_UNTIL}(p.born_on, p.birth_date_text) <= {TODAY}, true))
"""

# Towards the nearer day only: what was given until a day is not stretched by a correction.
_END_SOONER: Final = f"""
UPDATE {CONSENT} c SET ends_on = {GUARDED_UNTIL}(p.born_on, p.birth_date_text)
FROM {PERSON} p
WHERE p.id = c.insured_id AND c.withdrawn_at IS NULL AND c.ends_on > {GUARDED_UNTIL}(p.born_on, p.birth_date_text)
"""


def minors_under(guardian_id: int) -> list[Minor]:
    """The minors under somebody's number, the eldest first; none for a minor."""
    return [
        Minor(person_id=person_id, public_id=public_id, first_name=names.split()[0] if names.split() else "")
        for person_id, public_id, names in fetch_all(_MINORS, {"guardian": guardian_id})
    ]


def lock_minor(minor_id: int, *, guardian_id: int) -> Guarded | None:
    """The minor, locked; None for somebody for whom that person does not answer."""
    found = fetch_one(_GUARDED, {"minor": minor_id, "guardian": guardian_id})
    return None if found is None else Guarded(public_id=found[0], until=found[1])


def refused_by_minor(consents: Collection[MemberConsent], public_id: UUID) -> frozenset[ConsentPurpose]:
    """What the minor, sixteen or older, withdrew: nobody gives it again for them."""
    return frozenset(
        ConsentPurpose(consent.purpose)
        for consent in consents
        if consent.ends_on is not None
        and consent.withdrawn_at is not None
        and consent.withdrawn_by == str(public_id)
        and timezone.localdate(consent.withdrawn_at) >= _own_say_from(consent.ends_on)
    )


def _own_say_from(until: dt.date) -> dt.date:
    # Never a 29 February: the eighteenth year after one has none.
    return until.replace(year=until.year - OWN_SAY_YEARS)


def end_overdue(person_id: int | None = None) -> int:
    """Date the end of consents whose minor has come of age, of one person or of everybody; returns how many."""
    return run(_END_OVERDUE, {"person": person_id})


def end_moved() -> int:
    """End consents for minors who are no longer under whoever gave them, are older than was known, or have died."""
    with transaction.atomic():
        ended = run(_END_MOVED)
        run(_END_SOONER)
    return ended

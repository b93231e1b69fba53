"""Who reads, and the only door through which payments are read on behalf of an insured person."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from accounts.identity.perms import session_of
from accounts.people.models import InsuredPerson
from ameli_notify.core.walls import as_insured

ADULT_AGE: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """``is_adult`` decides about confidential lines; ``today`` is the day in Paris on which they read."""

    person_id: int
    is_adult: bool
    today: dt.date


def reader_of(request: HttpRequest) -> Reader:
    """The insured person behind a request. Raises PermissionDenied when there is none."""
    session = session_of(request)
    if session is None:
        raise PermissionDenied
    person, today = session.account.insured, timezone.localdate()
    return Reader(person_id=person.pk, is_adult=is_adult(person, on=today), today=today)


@contextmanager
def reader(request: HttpRequest) -> Iterator[Reader]:
    """Everything read of people and of lines is read inside: the database itself shows this person's rows only."""
    who = reader_of(request)
    with as_insured(who.person_id):
        yield who


def is_adult(person: InsuredPerson, *, on: dt.date) -> bool:
    """Eighteen years old on the day. A birth date that is no calendar day counts from the end of its year."""
    born = person.born_on
    if born is None:
        year = person.birth_date_text[:4]
        return year.isdigit() and on.year - int(year) > ADULT_AGE
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day)) >= ADULT_AGE

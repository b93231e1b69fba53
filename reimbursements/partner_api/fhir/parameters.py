"""Search parameters as FHIR spells them, read strictly: what is not known is refused, never left aside."""

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import QueryDict

from ameli_notify.core.api.parameters import DEFAULT_LIMIT, MOST
from ameli_notify.core.api.problems import INVALID_PARAMETER, REPEATED_PARAMETER, UNKNOWN_PARAMETER, ProblemError
from ameli_notify.core.stable_tokens import LONGEST

FORMATS: Final = ("json", "application/json", "application/fhir+json")
PREFIXES: Final = ("eq", "ge", "gt", "le", "lt")
REPEATABLE: Final = ("service-date", "_lastUpdated")
"""A date may be given twice: from and to."""
MOST_REPEATS: Final = 2
_DATE: Final = re.compile(r"(eq|ge|gt|le|lt|)([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_INSTANT: Final = re.compile(r"(eq|ge|gt|le|lt|)([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(?:Z|[+-][0-9]{2}:[0-9]{2}))")
_LAST_YEAR: Final = 9998
_UUID_LENGTH: Final = 36

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Days:
    """From one day to another, both included."""

    first: dt.date = dt.date.min
    last: dt.date = dt.date.max


@dataclass(frozen=True, slots=True)
class Instants:
    """From an instant on, and before another; None without a bound."""

    begin: dt.datetime | None = None
    end: dt.datetime | None = None


def read_search(asked: QueryDict, known: Collection[str]) -> Values:
    """What was asked in an address or a form, by name. Raises ProblemError."""
    given = {name: tuple(asked.getlist(name)) for name in asked}
    if set(given) - set(known):
        raise ProblemError(UNKNOWN_PARAMETER)
    for name, values in given.items():
        if len(values) > (MOST_REPEATS if name in REPEATABLE else 1):
            raise ProblemError(REPEATED_PARAMETER, errors=[{"parameter": name, "code": "repeated"}])
        if any("\0" in value or len(value) > LONGEST for value in values):
            raise refused(name)
    if given.get("_format", ("json",))[0] not in FORMATS:
        raise refused("_format")
    return given


def refused(name: str, code: str = "invalid") -> ProblemError:
    return ProblemError(INVALID_PARAMETER, errors=[{"parameter": name, "code": code}])


def page_size(values: Values) -> int:
    """``_count``; more than the most is the most, as FHIR wants it. Raises ProblemError."""
    text = values.get("_count", (str(DEFAULT_LIMIT),))[0]
    if re.fullmatch(r"[1-9][0-9]{0,8}", text) is None:
        raise refused("_count")
    return min(int(text), MOST)


def member_of(values: Values, name: str) -> UUID | None:
    """A member's id, alone or as ``Patient/…``; None when it was not asked for or can be nobody's. FHIR has no error
    for what does not match."""
    if name not in values:
        return None
    text = values[name][0].removeprefix("Patient/")
    try:
        return UUID(text) if len(text) == _UUID_LENGTH else UUID(int=0)
    except ValueError:
        return UUID(int=0)


def days_of(values: Values, name: str) -> Days:
    """The days in which all given dates agree: a year, a month or a day, with a prefix. Raises ProblemError."""
    first, last = dt.date.min, dt.date.max
    for value in values.get(name, ()):
        prefix, low, high = _span(value, name)
        if prefix in ("", "eq", "ge", "gt"):
            first = max(first, high + dt.timedelta(days=1) if prefix == "gt" else low)
        if prefix in ("", "eq", "le", "lt"):
            last = min(last, low - dt.timedelta(days=1) if prefix == "lt" else high)
    return Days(first, last)


def instants_of(values: Values, name: str) -> Instants:
    """The same for instants; a date stands for its whole day, in UTC. Raises ProblemError."""
    begin: dt.datetime | None = None
    end: dt.datetime | None = None
    for value in values.get(name, ()):
        prefix, low, high = _instants(value, name)
        if prefix in ("", "eq", "ge", "gt"):
            found = high if prefix == "gt" else low
            begin = found if begin is None else max(begin, found)
        if prefix in ("", "eq", "le", "lt"):
            found = low if prefix == "lt" else high
            end = found if end is None else min(end, found)
    return Instants(begin, end)


def read_instant(text: str, name: str) -> dt.datetime:
    """One instant, with its offset from UTC. Raises ProblemError."""
    found = _INSTANT.fullmatch(text)
    if found is None or found[1]:
        raise refused(name)
    return _parsed(found[2], name)


def _instants(value: str, name: str) -> tuple[str, dt.datetime, dt.datetime]:
    found = _INSTANT.fullmatch(value)
    if found is not None:
        at = _parsed(found[2], name)
        return found[1], at, at + dt.timedelta(microseconds=1)
    prefix, first, last = _span(value, name)
    midnight = dt.time(tzinfo=dt.UTC)
    return prefix, dt.datetime.combine(first, midnight), dt.datetime.combine(last + dt.timedelta(days=1), midnight)


def _parsed(text: str, name: str) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise refused(name) from None
    if not 1 < at.year <= _LAST_YEAR:
        raise refused(name)
    return at


def _span(value: str, name: str) -> tuple[str, dt.date, dt.date]:
    """The prefix, and the first and the last day that the value stands for."""
    found = _DATE.fullmatch(value)
    if found is None:
        raise refused(name)
    prefix, year, month, day = found[1], int(found[2]), found[3], found[4]
    try:
        first = dt.date(year, int(month or 1), int(day or 1))
    except ValueError:
        raise refused(name) from None
    if not 1 < year <= _LAST_YEAR:
        raise refused(name)
    if day:
        return prefix, first, first
    after = dt.date(year + 1, 1, 1) if not month else (first + dt.timedelta(days=32)).replace(day=1)
    return prefix, first, after - dt.timedelta(days=1)

"""The queries behind FHIR searches and reads, all within ``as_partner``; see ``partner_api.reading``."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import MemberConsent
from ameli_notify.core.sql import fetch_all
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.partner_api import reading
from reimbursements.partner_api.feed_places import last_position_before
from reimbursements.partner_api.fhir.parameters import Days, Instants
from reimbursements.partner_api.fhir.resources import explanation_of_benefit
from reimbursements.partner_api.identifiers import LineKey, line_identifiers
from reimbursements.partner_api.line_texts import KEY, NATURE_JOINS, NATURES, fhir_columns
from reimbursements.partner_api.schema import CHANGE, ENROLMENT, LINE_COLUMNS

_LAST_POSITION: Final = 2**63 - 1
_COLUMNS: Final = "x.enrolment_id, x.insured_id, x.payment_date, x.line_id, x.published_at"
_OF_PARTNER: Final = "x.partner_id = %(partner)s AND x.line_id IS NOT NULL"
# Line by line through its primary key: behind the wall the planner takes a page for one row and would read everything.
_ROWS: Final = f"""
FROM page x
JOIN {ENROLMENT} e ON e.consent_id = x.enrolment_id
CROSS JOIN LATERAL (
    SELECT {", ".join(LINE_COLUMNS)} FROM {LINE} own
    WHERE own.insured_id = x.insured_id AND own.payment_date = x.payment_date AND own.id = x.line_id OFFSET 0
) l
{NATURE_JOINS}"""
_TOLD: Final = f"l.beneficiary_id, {KEY}, {fhir_columns('x.published_at')} {_ROWS}"


def _pages(place: str, more: str) -> str:
    """A page of the feed in the order of ``place``; lines outside of the days, or no longer seen, are left out."""
    return f"""
WITH page AS MATERIALIZED (
    SELECT {_COLUMNS}, x.{place} AS place FROM {CHANGE} x
    WHERE {_OF_PARTNER} AND x.position > %(low)s AND x.position <= %(high)s AND x.{place} > %(after)s {more}
    ORDER BY x.{place} LIMIT %(limit)s
), {NATURES}
SELECT looked.place, looked.size, told.*
FROM (SELECT max(place) AS place, count(*) AS size FROM page) looked
LEFT JOIN (
    SELECT x.place AS sort_key, {_TOLD}
    WHERE l.care_start BETWEEN %(first)s AND %(last)s
) told ON true
ORDER BY told.sort_key
"""


BY_FEED: Final = _pages("position", "")
BY_MEMBER: Final = _pages("line_id", "AND x.enrolment_id = %(enrolment)s")
ONE: Final = f"""
WITH page AS MATERIALIZED (
    SELECT {_COLUMNS} FROM {CHANGE} x
    WHERE {_OF_PARTNER} AND x.payment_date = %(day)s AND x.line_id = %(line)s AND x.insured_id = %(insured)s
), {NATURES}
SELECT {_TOLD}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefits:
    """Resources of a page with their ids, whose they are, and the place of the last one looked at if more follow."""

    resources: list[tuple[str, str]]
    people: frozenset[int]
    place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a search asks for."""

    member: UUID | None
    days: Days
    updated: Instants


def benefits(partner_id: int, wanted: Wanted, *, after: int, limit: int) -> Benefits:
    """A page of lines: of one member by line, otherwise in the order of the feed. A few queries."""
    values = {
        "partner": partner_id,
        "low": _before(partner_id, wanted.updated.begin, otherwise=0),
        "high": _before(partner_id, wanted.updated.end, otherwise=_LAST_POSITION),
        "after": after,
        "limit": limit,
        "first": wanted.days.first,
        "last": wanted.days.last,
    }
    statement = BY_FEED
    if wanted.member is not None:
        enrolment = _enrolment(partner_id, wanted.member)
        if enrolment is None:
            return Benefits(resources=[], people=frozenset(), place=None)
        statement, values["enrolment"] = BY_MEMBER, enrolment
    rows = fetch_all(statement, values)
    place, size = rows[0][:2]
    told = [row[3:] for row in rows if row[2] is not None]
    return Benefits(
        resources=_told(partner_id, [row[1:] for row in told]),
        people=frozenset(row[0] for row in told),
        place=place if size == limit else None,
    )


def one_benefit(partner_id: int, key: LineKey) -> Benefits:
    """One line, or none."""
    values = {"partner": partner_id, "day": key.payment_date, "line": key.line_id, "insured": key.insured_id}
    rows = fetch_all(ONE, values)
    people = frozenset(row[0] for row in rows)
    return Benefits(resources=_told(partner_id, [row[1:] for row in rows]), people=people, place=None)


def _told(partner_id: int, rows: Sequence[Sequence[Any]]) -> list[tuple[str, str]]:
    identifiers = line_identifiers((row[0] for row in rows), partner_id=partner_id)
    return [(name, explanation_of_benefit(name, row[1:])) for name, row in zip(identifiers, rows, strict=True)]


def _before(partner_id: int, at: dt.datetime | None, *, otherwise: int) -> int:
    return otherwise if at is None else last_position_before(partner_id, at)


def _enrolment(partner_id: int, public_id: UUID) -> int | None:
    """The consent of a member to payments, under which their lines are in the feed."""
    member = reading.member(partner_id, public_id)
    if member is None:
        return None
    consents = MemberConsent.objects.filter(
        partner_id=partner_id, insured_id=member.insured_id, purpose=ConsentPurpose.PAYMENTS
    )
    return consents.values_list("pk", flat=True).first()

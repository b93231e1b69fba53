"""The queries behind the resources. All within ``as_partner``: the filters here say what was asked for, the wall what
may be seen."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import MemberConsent, PartnerMember, PartnerMembership
from ameli_notify.core.sql import fetch_all, fetch_one
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.partner_api.identifiers import LineKey
from reimbursements.partner_api.models import ChangeKind
from reimbursements.partner_api.records import COLUMNS, Recorder, instant
from reimbursements.partner_api.schema import BATCH, CHANGE, ENROLMENT, FUND, PUBLISHED

Record = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows of a page, whose they are, and the sort key of the last row looked at when more may follow."""

    records: list[Record]
    people: frozenset[int]
    place: tuple[int | str, ...] | None
    has_more: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the partner may know them."""

    insured_id: int
    public_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Fund:
    """When a fund's last file came, was loaded and was told to partners."""

    code: str
    name: str
    flow_date: dt.date | None
    loaded_at: dt.datetime | None
    published_at: dt.datetime | None


_LINE: Final = ", ".join(f"l.{name}" for name in COLUMNS)

_CHANGES: Final = f"""
WITH page AS MATERIALIZED (
    SELECT x.position, x.kind, x.published_at, x.enrolment_id, x.insured_id, x.payment_date, x.line_id
    FROM {CHANGE} x WHERE x.partner_id = %(partner)s AND x.position > %(after)s
    ORDER BY x.position LIMIT %(limit)s
)
SELECT p.position, p.kind, p.published_at, e.member_id, l.beneficiary_id, {_LINE}
FROM page p
JOIN {ENROLMENT} e ON e.consent_id = p.enrolment_id
LEFT JOIN {LINE} l ON l.insured_id = p.insured_id AND l.payment_date = p.payment_date AND l.id = p.line_id
ORDER BY p.position
"""

_BY_PERIOD: Final = f"""
WITH page AS MATERIALIZED (
    SELECT x.enrolment_id, x.insured_id, x.payment_date, x.line_id
    FROM {CHANGE} x
    WHERE x.partner_id = %(partner)s AND x.line_id IS NOT NULL AND x.payment_date BETWEEN %(first)s AND %(last)s
      AND (x.payment_date, x.line_id) > (%(day)s, %(line)s)
    ORDER BY x.payment_date, x.line_id LIMIT %(limit)s
)
SELECT p.payment_date, p.line_id, e.member_id, l.beneficiary_id, {_LINE}
FROM page p
JOIN {ENROLMENT} e ON e.consent_id = p.enrolment_id
LEFT JOIN {LINE} l ON l.insured_id = p.insured_id AND l.payment_date = p.payment_date AND l.id = p.line_id
ORDER BY p.payment_date, p.line_id
"""

# Two arms, with an index each.
_OF_MEMBER: Final = f"""
SELECT {_LINE}
FROM (
    SELECT * FROM ({{own}}) one
    UNION ALL
    SELECT * FROM ({{held}}) other
) l
ORDER BY l.payment_date, l.id LIMIT %(limit)s
"""
_ARM: Final = f"""
SELECT {", ".join(COLUMNS)} FROM {LINE}
WHERE beneficiary_id = %(person)s AND {{whose}} AND payment_date BETWEEN %(first)s AND %(last)s
  AND (payment_date, id) > (%(day)s, %(line)s)
ORDER BY payment_date, id LIMIT %(limit)s
"""
_MEMBERS_LINES: Final = _OF_MEMBER.format(
    own=_ARM.format(whose="insured_id = %(person)s"), held=_ARM.format(whose="beneficiary_id <> insured_id")
)

_ONE: Final = f"""
SELECT l.beneficiary_id, {_LINE} FROM {LINE} l
WHERE l.insured_id = %(insured)s AND l.payment_date = %(day)s AND l.id = %(line)s
"""

_FRESHNESS: Final = f"""
SELECT b.emitter_code, f.name, max(b.flow_date), max(b.finished_at), max(p.published_at)
FROM {BATCH} b
LEFT JOIN {PUBLISHED} p ON p.batch_id = b.id
LEFT JOIN {FUND} f ON f.code = b.emitter_code
WHERE b.status = 'loaded'
GROUP BY b.emitter_code, f.name ORDER BY b.emitter_code
"""

_KINDS: Final = {
    ChangeKind.JOINED: "member.joined",
    ChangeKind.CHANGED: "member.changed",
    ChangeKind.LEFT: "member.left",
    ChangeKind.REIMBURSEMENT: "reimbursement",
}
CHANGE_TYPES: Final = tuple(_KINDS.values())
FIRST_DAY: Final = dt.date.min
LAST_DAY: Final = dt.date.max


def changes(partner_id: int, *, after: int, limit: int) -> Found:
    """The feed after a position. A line that may no longer be seen is left out; its position counts."""
    rows = fetch_all(_CHANGES, {"partner": partner_id, "after": after, "limit": limit + 1})
    recorder = Recorder(partner_id)
    records: list[Record] = []
    people: set[int] = set()
    for _, kind, at, member_id, beneficiary_id, *line in rows[:limit]:
        told: dict[str, object] = {"type": _KINDS[kind], "at": instant(at), "member_id": str(member_id)}
        if kind == ChangeKind.REIMBURSEMENT:
            if beneficiary_id is None:
                continue
            people.add(beneficiary_id)
            told["reimbursement"] = recorder.record(member_id, line)
        records.append(told)
    place = (rows[:limit][-1][0],) if rows else None
    return Found(records=records, people=frozenset(people), place=place, has_more=len(rows) > limit)


def lines_of_period(partner_id: int, *, days: tuple[dt.date, dt.date], after: tuple[str, int], limit: int) -> Found:
    """Published lines paid in a period, by day and line. ``after``: the place of the page before."""
    values = {"partner": partner_id, "first": days[0], "last": days[1], "day": after[0], "line": after[1]}
    rows = fetch_all(_BY_PERIOD, values | {"limit": limit + 1})
    recorder = Recorder(partner_id)
    seen = [row for row in rows[:limit] if row[3] is not None]
    return Found(
        records=[recorder.record(member_id, line) for _, _, member_id, _, *line in seen],
        people=frozenset(row[3] for row in seen),
        place=(rows[:limit][-1][0].isoformat(), rows[:limit][-1][1]) if rows else None,
        has_more=len(rows) > limit,
    )


def lines_of_member(
    partner_id: int, member: Member, *, days: tuple[dt.date, dt.date], after: tuple[str, int], limit: int
) -> Found:
    """A member's lines, by day and line."""
    values = {"person": member.insured_id, "first": days[0], "last": days[1], "day": after[0], "line": after[1]}
    rows = fetch_all(_MEMBERS_LINES, values | {"limit": limit + 1})
    recorder = Recorder(partner_id)
    return Found(
        records=[recorder.record(member.public_id, line) for line in rows[:limit]],
        people=frozenset({member.insured_id}),
        place=(rows[:limit][-1][1].isoformat(), rows[:limit][-1][2]) if rows else None,
        has_more=len(rows) > limit,
    )


def one_line(partner_id: int, key: LineKey) -> Found | None:
    """One line; None when there is none to be seen."""
    row = fetch_one(_ONE, {"insured": key.insured_id, "day": key.payment_date, "line": key.line_id})
    if row is None:
        return None
    beneficiary_id, *line = row
    member_id = PartnerMember.objects.values_list("public_id", flat=True).get(insured_id=beneficiary_id)
    record = Recorder(partner_id).record(member_id, line)
    return Found(records=[record], people=frozenset({beneficiary_id}), place=None, has_more=False)


def members(partner_id: int, *, after: int, limit: int, member_no: str = "") -> Found:
    """Members with an open consent, in the order in which they became known. Three queries."""
    known = PartnerMember.objects.filter(partner_id=partner_id, pk__gt=after)
    if member_no:
        numbered = PartnerMembership.objects.filter(member_no=member_no, partner_id=partner_id)
        known = known.filter(insured_id__in=numbered.values("insured_id"))
    rows = list(known.order_by("pk").values_list("pk", "insured_id", "public_id")[: limit + 1])
    people = [Member(insured_id, public_id) for _, insured_id, public_id in rows[:limit]]
    return Found(
        records=member_records(partner_id, people),
        people=frozenset(person.insured_id for person in people),
        place=(rows[:limit][-1][0],) if rows else None,
        has_more=len(rows) > limit,
    )


def member(partner_id: int, public_id: UUID) -> Member | None:
    """The member of that name, or None."""
    known = PartnerMember.objects.filter(partner_id=partner_id, public_id=public_id)
    insured_id = known.values_list("insured_id", flat=True).first()
    return None if insured_id is None else Member(insured_id, public_id)


def member_records(partner_id: int, people: Sequence[Member]) -> list[Record]:
    """Members with their memberships here and their open consents. Two queries."""
    ids = [person.insured_id for person in people]
    memberships: dict[int, list[Record]] = {}
    held = PartnerMembership.objects.filter(partner_id=partner_id, insured_id__in=ids).order_by("starts_on", "pk")
    for insured_id, number, starts_on, ends_on in held.values_list("insured_id", "member_no", "starts_on", "ends_on"):
        ended = None if ends_on is None else ends_on.isoformat()
        told = {"member_no": number, "starts_on": starts_on.isoformat(), "ends_on": ended}
        memberships.setdefault(insured_id, []).append(told)
    consents: dict[int, list[Record]] = {}
    given = MemberConsent.objects.filter(partner_id=partner_id, insured_id__in=ids).order_by("given_at", "pk")
    for insured_id, purpose, given_at in given.values_list("insured_id", "purpose", "given_at"):
        consents.setdefault(insured_id, []).append({"purpose": purpose, "given_at": instant(given_at)})
    return [
        {
            "id": str(person.public_id),
            "memberships": memberships.get(person.insured_id, []),
            "consents": consents.get(person.insured_id, []),
        }
        for person in people
    ]


def may_read_payments(member: Member) -> bool:
    """Whether the member consented to payments."""
    return MemberConsent.objects.filter(insured_id=member.insured_id, purpose=ConsentPurpose.PAYMENTS).exists()


def funds() -> list[Fund]:
    """How fresh the data of each fund is, by its code."""
    return [
        Fund(code=code, name=name or "", flow_date=flow_date, loaded_at=loaded_at, published_at=published_at)
        for code, name, flow_date, loaded_at, published_at in fetch_all(_FRESHNESS)
    ]


def freshness() -> list[Record]:
    """The same, as the API says it."""
    return [
        {
            "fund_code": fund.code,
            "fund_name": fund.name,
            "last_flow_date": fund.flow_date.isoformat() if fund.flow_date else None,
            "last_loaded_at": _instant_or_none(fund.loaded_at),
            "last_published_at": _instant_or_none(fund.published_at),
        }
        for fund in funds()
    ]


def _instant_or_none(at: Any) -> str | None:  # noqa: ANN401 (a column of a query)
    return None if at is None else instant(at)

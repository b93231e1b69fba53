"""The queries behind the resources. All within ``as_partner``: the filters here say what was asked for, the wall what
may be seen."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import MemberConsent, PartnerMember, PartnerMembership
from accounts.partners.walls import MEMBER
from ameli_notify.core.sql import fetch_all, fetch_one
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.partner_api.identifiers import LineKey
from reimbursements.partner_api.line_texts import KEY, LINE_PARTS, NATURE_JOINS, NATURES, instant_text, whole_lines
from reimbursements.partner_api.models import ChangeKind
from reimbursements.partner_api.records import instant
from reimbursements.partner_api.schema import BATCH, CHANGE, ENROLMENT, FUND, LINE_COLUMNS, PUBLISHED

Record = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows of a page, whose they are, and the sort key of the last row looked at when more may follow."""

    records: list[Record]
    people: frozenset[int]
    place: tuple[int | str, ...] | None
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLines:
    """A page whose rows are JSON already, each a text; else as ``Found``."""

    texts: list[str]
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


_LINE: Final = ", ".join(LINE_COLUMNS)
_TOLD: Final = f"l.beneficiary_id, {KEY}, concat({LINE_PARTS})"
"""Of each line: whose it is, and what ``whole_lines`` takes."""
_OF_PAGE: Final = f"""
FROM page p
JOIN {ENROLMENT} e ON e.consent_id = p.enrolment_id
LEFT JOIN {LINE} l ON l.insured_id = p.insured_id AND l.payment_date = p.payment_date AND l.id = p.line_id
{NATURE_JOINS}"""

_CHANGES: Final = f"""
WITH page AS MATERIALIZED (
    SELECT x.position, x.kind, x.published_at, x.enrolment_id, x.insured_id, x.payment_date, x.line_id
    FROM {CHANGE} x WHERE x.partner_id = %(partner)s AND x.position > %(after)s
    ORDER BY x.position LIMIT %(limit)s
), {NATURES}
SELECT p.position, p.kind, {instant_text("p.published_at")}, e.member_id::text, {_TOLD} {_OF_PAGE}
ORDER BY p.position
"""

_BY_PERIOD: Final = f"""
WITH page AS MATERIALIZED (
    SELECT x.enrolment_id, x.insured_id, x.payment_date, x.line_id
    FROM {CHANGE} x
    WHERE x.partner_id = %(partner)s AND x.line_id IS NOT NULL AND x.payment_date BETWEEN %(first)s AND %(last)s
      AND (x.payment_date, x.line_id) > (%(day)s, %(line)s)
    ORDER BY x.payment_date, x.line_id LIMIT %(limit)s
), {NATURES}
SELECT p.payment_date, p.line_id, {_TOLD} {_OF_PAGE}
ORDER BY p.payment_date, p.line_id
"""


def _arm(whose: str) -> str:
    return f"""
SELECT {_LINE} FROM {LINE}
WHERE beneficiary_id = %(person)s AND {whose} AND payment_date BETWEEN %(first)s AND %(last)s
  AND (payment_date, id) > (%(day)s, %(line)s)
ORDER BY payment_date, id LIMIT %(limit)s
"""


# Two arms, with an index each.
_MEMBERS_LINES: Final = f"""
WITH {NATURES}
SELECT l.payment_date, l.id, {_TOLD}
FROM (
    SELECT * FROM ({_arm("insured_id = %(person)s")}) own
    UNION ALL
    SELECT * FROM ({_arm("beneficiary_id <> insured_id")}) held
    ORDER BY payment_date, id LIMIT %(limit)s
) l
CROSS JOIN (SELECT %(member)s::uuid AS member_id) e
{NATURE_JOINS}
ORDER BY l.payment_date, l.id
"""

_ONE: Final = f"""
WITH {NATURES}
SELECT {_TOLD} FROM {LINE} l
JOIN (SELECT insured_id AS person_id, public_id AS member_id FROM {MEMBER} WHERE partner_id = %(partner)s) e
    ON e.person_id = l.beneficiary_id
{NATURE_JOINS}
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


def changes(partner_id: int, *, after: int, limit: int) -> FoundLines:
    """The feed after a position. A line that may no longer be seen is left out; its position counts."""
    rows = fetch_all(_CHANGES, {"partner": partner_id, "after": after, "limit": limit + 1})
    page = [row for row in rows[:limit] if row[1] != ChangeKind.REIMBURSEMENT or row[4] is not None]
    seen = [row for row in page if row[4] is not None]
    lines = iter(_whole(partner_id, [row[4:] for row in seen]))
    texts = []
    for _, kind, at, member_id, beneficiary_id, *_ in page:
        line = "" if beneficiary_id is None else f',"reimbursement":{next(lines)}'
        texts.append(f'{{"type":"{_KINDS[kind]}","at":"{at}","member_id":"{member_id}"{line}}}')
    return FoundLines(
        texts=texts,
        people=frozenset(row[4] for row in seen),
        place=(rows[:limit][-1][0],) if rows else None,
        has_more=len(rows) > limit,
    )


def lines_of_period(
    partner_id: int, *, days: tuple[dt.date, dt.date], after: tuple[str, int], limit: int
) -> FoundLines:
    """Published lines paid in a period, by day and line. ``after``: the place of the page before."""
    values = {"partner": partner_id, "first": days[0], "last": days[1], "day": after[0], "line": after[1]}
    return _lines(partner_id, fetch_all(_BY_PERIOD, values | {"limit": limit + 1}), limit=limit)


def lines_of_member(
    partner_id: int, member: Member, *, days: tuple[dt.date, dt.date], after: tuple[str, int], limit: int
) -> FoundLines:
    """A member's lines, by day and line."""
    values = {"person": member.insured_id, "member": member.public_id, "first": days[0], "last": days[1]}
    place = {"day": after[0], "line": after[1], "limit": limit + 1}
    return _lines(partner_id, fetch_all(_MEMBERS_LINES, values | place), limit=limit)


def one_line(partner_id: int, key: LineKey) -> FoundLines | None:
    """One line; None when there is none to be seen."""
    values = {"partner": partner_id, "insured": key.insured_id, "day": key.payment_date, "line": key.line_id}
    row = fetch_one(_ONE, values)
    if row is None:
        return None
    return FoundLines(texts=_whole(partner_id, [row]), people=frozenset({row[0]}), place=None, has_more=False)


def _lines(partner_id: int, rows: Sequence[Sequence[Any]], *, limit: int) -> FoundLines:
    """A page of rows that begin with their day and number; what is not to be seen has nobody's id behind these."""
    page = rows[:limit]
    seen = [row[2:] for row in page if row[2] is not None]
    return FoundLines(
        texts=_whole(partner_id, seen),
        people=frozenset(row[0] for row in seen),
        place=(page[-1][0].isoformat(), page[-1][1]) if page else None,
        has_more=len(rows) > limit,
    )


def _whole(partner_id: int, told: Sequence[Sequence[Any]]) -> list[str]:
    return whole_lines([key for _, key, _ in told], [rest for _, _, rest in told], partner_id=partner_id)


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

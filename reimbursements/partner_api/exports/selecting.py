"""Which lines an export holds, and how PostgreSQL writes them down. All within ``as_partner``: the filters say what
was ordered, the wall what may be seen.

A line is the same as in every answer (``records``): the mappings of codes come from there, and a test compares both.
Its identifier cannot be made by the server; each row begins with the key that it is made of, in figures of base 16.
"""

from collections.abc import Mapping
from typing import Any, Final

from ameli_notify.core.sql import fetch_one, fetch_value
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.partner_api.exports.models import PartnerExport
from reimbursements.partner_api.records import ACT, DEDUCTIBLE, FLAT_CONTRIBUTION, OPERATIONS, OTHER, PAYEES
from reimbursements.partner_api.schema import CHANGE, ENROLMENT, LINE_COLUMNS, NATURE

Values = dict[str, Any]

KEY_DIGITS: Final = 40
"""Line key: insured, line, day since the year 1; as ``identifiers`` packs it."""
HEAD_DIGITS: Final = KEY_DIGITS + 16
"""Line key and consent."""

_OF_PARTNER: Final = "x.partner_id = %(partner)s AND x.line_id IS NOT NULL AND x.position <= %(until)s"
_AFTER: Final = {
    False: "x.position > %(number)s",
    True: "(x.payment_date, x.line_id) > (%(day)s, %(number)s) AND x.payment_date <= %(last_on)s",
}
"""By whether the export is by period."""
_UP_TO: Final = {
    False: "x.position <= %(last_number)s",
    True: "(x.payment_date, x.line_id) <= (%(last_day)s, %(last_number)s)",
}
_PLACE: Final = {False: "NULL::date AS day, x.position AS number", True: "x.payment_date AS day, x.line_id AS number"}
_ORDER: Final = {False: "x.position", True: "x.payment_date, x.line_id"}


def _bound(is_by_period: bool) -> str:
    return f"""
SELECT day, number, count(*) OVER () FROM (
    SELECT {_PLACE[is_by_period]} FROM {CHANGE} x
    WHERE {_OF_PARTNER} AND {_AFTER[is_by_period]} ORDER BY {_ORDER[is_by_period]} LIMIT %(most)s) page
ORDER BY day DESC, number DESC LIMIT 1
"""


_BOUND: Final = {is_by_period: _bound(is_by_period) for is_by_period in (False, True)}
_NEWEST: Final = f"SELECT coalesce(max(position), 0) FROM {CHANGE} WHERE partner_id = %(partner)s"


def _case(column: str, spoken: Mapping[Any, str], otherwise: str | None = None) -> str:
    whens = " ".join(f"WHEN '{code}' THEN '{word}'" for code, word in spoken.items())
    return f"CASE {column} {whens} {f'ELSE {otherwise!r}' if otherwise else ''} END"


# Of overlapping periods of a code the first holds, and outside of them all the latest: as ``records`` reads them.
NATURES: Final = f"""
nature AS MATERIALIZED (
    SELECT code, to_json(family)::text AS family,
        CASE WHEN is_flat_contribution THEN '{FLAT_CONTRIBUTION}' WHEN is_deductible THEN '{DEDUCTIBLE}'
             ELSE '{ACT}' END AS kind,
        greatest(valid_from, max(coalesce(valid_to, 'infinity')) OVER earlier + 1) AS holds_from,
        coalesce(valid_to, 'infinity') AS holds_to,
        row_number() OVER (PARTITION BY code ORDER BY valid_from DESC) = 1 AS is_latest
    FROM {NATURE}
    WINDOW earlier AS (PARTITION BY code ORDER BY valid_from ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)"""
_LINE: Final = ", ".join(name for name in LINE_COLUMNS)
# Line by line through its primary key: behind the wall the planner takes a page for one row and would read everything.
ROWS: Final = f"""
FROM page x
JOIN {ENROLMENT} e ON e.consent_id = x.enrolment_id
CROSS JOIN LATERAL (
    SELECT {_LINE} FROM {LINE} own
    WHERE own.insured_id = x.insured_id AND own.payment_date = x.payment_date AND own.id = x.line_id OFFSET 0
) l
LEFT JOIN nature n ON n.code = l.nature_code AND l.care_start BETWEEN n.holds_from AND n.holds_to
LEFT JOIN nature z ON z.code = l.nature_code AND z.is_latest
"""
HEAD: Final = """
encode(int8send(l.insured_id) || int8send(l.id) || int4send(l.payment_date - DATE '0001-01-01' + 1)
       || int8send(e.consent_id), 'hex')"""

# What follows « {"id":"… ». Names and order are those of ``records.Recorder.record``.
_JSON: Final = f"""
concat(
    {HEAD}, '","member_id":"', e.member_id, '","fund_code":', to_json(l.emitter_code),
    ',"statement_no":"', l.statement_no, '","line_no":', l.line_no,
    ',"operation":"', {_case("l.operation", OPERATIONS)},
    '","kind":"', coalesce(n.kind, z.kind, '{ACT}'),
    '","act_family":', coalesce(n.family, z.family, '"{OTHER}"'),
    ',"care_start":"', l.care_start, '","care_end":', coalesce('"' || l.care_end || '"', 'null'),
    ',"payment_date":"', l.payment_date, '","payee":"', {_case("l.payee", PAYEES, OTHER)},
    '","remuneration_type":', l.rem_type, ',"amount_charged":"', l.amount_charged,
    '","base_amount":"', l.base_amount, '","rate_pct":"', l.rate_pct, '","amount_paid":"', l.amount_paid,
    '","excess_amount":"', l.excess_amount,
    '","partner_amount":', coalesce('"' || l.amc_amount || '"', 'null'),
    ',"is_sent_to_partner":', CASE WHEN l.is_amc_transmitted THEN 'true' ELSE 'false' END, '}}')"""


# In the order of ``fhir.resources.LINE_FIELDS``; the share of the basis that is not paid is the member's.
FHIR_COLUMNS: Final = f"""
    e.member_id::text, to_char(x.published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    l.emitter_code, l.statement_no::text, l.line_no::text, l.rem_type::text, {_case("l.operation", OPERATIONS)},
    coalesce(n.kind, z.kind, '{ACT}'), coalesce(n.family, z.family, '"{OTHER}"'),
    l.care_start::text, coalesce(l.care_end, l.care_start)::text, l.payment_date::text,
    {_case("l.payee", PAYEES, OTHER)}, l.amount_charged::text, l.base_amount::text, l.rate_pct::text,
    l.amount_paid::text, l.excess_amount::text, l.amc_amount::text,
    round(l.base_amount * (100 - l.rate_pct) / 100, 2)::text
"""


def json_rows(*, is_by_period: bool) -> str:
    """COPY of the head and the rest of each line, up to the bound."""
    return f"COPY ({_page(is_by_period)}, {NATURES} SELECT {_JSON} {ROWS}) TO STDOUT"


def fhir_rows(*, is_by_period: bool) -> str:
    """COPY of the head of each line and what FHIR tells of it, up to the bound."""
    return f"COPY ({_page(is_by_period)}, {NATURES} SELECT {HEAD}, {FHIR_COLUMNS} {ROWS}) TO STDOUT"


def bound_of_file(export: PartnerExport, *, most: int) -> tuple[Values, int]:
    """The values of the next ``most`` lines, from the place reached to the last of them, and how many they are."""
    values = _values(export)
    found = fetch_one(_BOUND[export.is_by_period], values | {"most": most})
    if found is None:
        return values, 0
    last_day, last_number, count = found
    return values | {"last_day": last_day, "last_number": last_number}, int(count)


def newest_position(partner_id: int) -> int:
    """The end of the partner's feed."""
    return int(fetch_value(_NEWEST, {"partner": partner_id}))


def _values(export: PartnerExport) -> Values:
    return {
        "partner": export.partner_id,
        "until": export.until_position,
        "day": export.place_on,
        "number": export.place_number,
        "last_on": export.last_on,
    }


def _page(is_by_period: bool) -> str:
    return f"""
WITH page AS MATERIALIZED (
    SELECT x.enrolment_id, x.insured_id, x.payment_date, x.line_id, x.published_at FROM {CHANGE} x
    WHERE {_OF_PARTNER} AND {_AFTER[is_by_period]} AND {_UP_TO[is_by_period]}
)"""

"""Which lines an export holds. All within ``as_partner``: the filters say what was ordered, the wall what may be seen.

How a line is written: ``line_texts``, as in every answer.
"""

from typing import Any, Final

from ameli_notify.core.sql import fetch_one, fetch_value
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.partner_api.exports.models import PartnerExport
from reimbursements.partner_api.line_texts import HEAD, LINE_PARTS, NATURE_JOINS, NATURES, case, instant_text
from reimbursements.partner_api.records import ACT, OPERATIONS, OTHER, PAYEES
from reimbursements.partner_api.schema import CHANGE, ENROLMENT, LINE_COLUMNS

Values = dict[str, Any]

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


_LINE: Final = ", ".join(name for name in LINE_COLUMNS)
# Line by line through its primary key: behind the wall the planner takes a page for one row and would read everything.
ROWS: Final = f"""
FROM page x
JOIN {ENROLMENT} e ON e.consent_id = x.enrolment_id
CROSS JOIN LATERAL (
    SELECT {_LINE} FROM {LINE} own
    WHERE own.insured_id = x.insured_id AND own.payment_date = x.payment_date AND own.id = x.line_id OFFSET 0
) l
{NATURE_JOINS}"""


# In the order of ``fhir.resources.LINE_FIELDS``; the share of the basis that is not paid is the member's.
FHIR_COLUMNS: Final = f"""
    e.member_id::text, {instant_text("x.published_at")},
    l.emitter_code, l.statement_no::text, l.line_no::text, l.rem_type::text, {case("l.operation", OPERATIONS)},
    coalesce(n.kind, z.kind, '{ACT}'), coalesce(n.family, z.family, '"{OTHER}"'),
    l.care_start::text, coalesce(l.care_end, l.care_start)::text, l.payment_date::text,
    {case("l.payee", PAYEES, OTHER)}, l.amount_charged::text, l.base_amount::text, l.rate_pct::text,
    l.amount_paid::text, l.excess_amount::text, l.amc_amount::text,
    round(l.base_amount * (100 - l.rate_pct) / 100, 2)::text
"""


def json_rows(*, is_by_period: bool) -> str:
    """COPY of the head and the rest of each line, up to the bound."""
    return f"COPY ({_page(is_by_period)}, {NATURES} SELECT concat({HEAD}, {LINE_PARTS}) {ROWS}) TO STDOUT"


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

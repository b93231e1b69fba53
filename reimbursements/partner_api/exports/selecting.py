"""Which lines an export holds, cut into files: the filters say what was ordered, the wall what may be seen.

Lines are read within ``as_partner``. Where files begin and end is counted outside of it: that names nobody, and must
not depend on who withdraws a consent meanwhile. How a line is written: ``line_texts``, as in every answer.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from ameli_notify.core.sql import fetch_one, fetch_value
from reimbursements.partner_api.exports.models import PartnerExport
from reimbursements.partner_api.line_texts import KEY, LINE_PARTS, NATURE_JOINS, NATURES, fhir_columns
from reimbursements.partner_api.schema import CHANGE, ENROLMENT, FEED_LINE

_AFTER: Final = {
    False: "x.position > %(number)s",
    True: "(x.payment_date, {line}) > (%(day)s, %(number)s) AND x.payment_date <= %(last_on)s",
}
"""By whether the export is by period; the rows of the feed say which line they are of by another name than the view."""
_UP_TO: Final = {
    False: "x.position <= %(last_number)s",
    True: "(x.payment_date, x.id) <= (%(last_day)s, %(last_number)s)",
}
_PLACE: Final = {False: "NULL::date AS day, x.position AS number", True: "x.payment_date AS day, x.line_id AS number"}
_ORDER: Final = {False: "x.position", True: "x.payment_date, x.line_id"}


def _bound(is_by_period: bool) -> str:
    return f"""
SELECT day, number FROM (
    SELECT {_PLACE[is_by_period]} FROM {CHANGE} x
    WHERE x.partner_id = %(partner)s AND x.line_id IS NOT NULL AND x.position <= %(until)s
      AND {_AFTER[is_by_period].format(line="x.line_id")}
    ORDER BY {_ORDER[is_by_period]} LIMIT %(most)s) page
ORDER BY day DESC, number DESC LIMIT 1
"""


_BOUND: Final = {is_by_period: _bound(is_by_period) for is_by_period in (False, True)}
_NEWEST: Final = f"SELECT coalesce(max(position), 0) FROM {CHANGE} WHERE partner_id = %(partner)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The part of an export that makes one file: after a place, up to another."""

    values: Mapping[str, Any]
    is_by_period: bool
    last_day: dt.date | None
    last_number: int

    @property
    def json_rows(self) -> str:
        """COPY of key, consent and the rest of each line, as JSON."""
        return self._rows(f"concat({LINE_PARTS})")

    @property
    def fhir_rows(self) -> str:
        """COPY of key, consent and what FHIR tells of each line."""
        return self._rows(fhir_columns("l.published_at"))

    def _rows(self, told: str) -> str:
        # What is written of the lines follows when all are found: the planner takes those for one row and far too much
        # work, beside which it does not count how often the natures are read.
        return f"""
COPY (
    WITH line AS MATERIALIZED (
        SELECT x.* FROM {FEED_LINE} x
        WHERE x.position <= %(until)s AND {_AFTER[self.is_by_period].format(line="x.id")}
          AND {_UP_TO[self.is_by_period]}
    ), {NATURES}
    SELECT {KEY}, l.enrolment_id, {told} FROM line l JOIN {ENROLMENT} e ON e.consent_id = l.enrolment_id {NATURE_JOINS}
) TO STDOUT (FORMAT binary)
"""


def next_cuts(export: PartnerExport, *, files: int, lines: int) -> list[Cut]:
    """The next files of an export, from the place reached: so many at most, of so many lines each."""
    return list(islice(_cuts(export, lines=lines), files))


def newest_position(partner_id: int) -> int:
    """The end of the partner's feed."""
    return int(fetch_value(_NEWEST, {"partner": partner_id}))


def _cuts(export: PartnerExport, *, lines: int) -> Iterator[Cut]:
    day, number = export.place_on, export.place_number
    while True:
        place = {"until": export.until_position, "day": day, "number": number, "last_on": export.last_on}
        found = fetch_one(_BOUND[export.is_by_period], {"partner": export.partner_id, "most": lines} | place)
        if found is None:
            return
        day, number = found
        values = place | {"last_day": day, "last_number": number}
        yield Cut(values=values, is_by_period=export.is_by_period, last_day=day, last_number=number)

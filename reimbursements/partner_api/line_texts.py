"""How PostgreSQL writes a line down, for every answer and every export alike. All within ``as_partner``.

A line stands in ``l``, what ``e`` says of the member beside it, and the nature that held on the day of care in ``n``
and ``z`` (``NATURE_JOINS``). Its identifier cannot be made by the server: what is written lacks ``{"id":"…``, and the
key that the identifier is made of stands beside it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from reimbursements.partner_api.identifiers import line_identifiers
from reimbursements.partner_api.records import ACT, DEDUCTIBLE, FLAT_CONTRIBUTION, OPERATIONS, OTHER, PAYEES
from reimbursements.partner_api.schema import NATURE

KEY: Final = "int8send(l.insured_id) || int8send(l.id) || int4send(l.payment_date - DATE '0001-01-01' + 1)"
"""Bytes: insured, line, day since the year 1; as ``identifiers`` packs them."""

# Of overlapping periods of a code the first holds, and outside of them all the latest.
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
NATURE_JOINS: Final = """
LEFT JOIN nature n ON n.code = l.nature_code AND l.care_start BETWEEN n.holds_from AND n.holds_to
LEFT JOIN nature z ON z.code = l.nature_code AND z.is_latest
"""


def case(column: str, spoken: Mapping[Any, str], otherwise: str | None = None) -> str:
    """SQL: the word of a code."""
    whens = " ".join(f"WHEN '{code}' THEN '{word}'" for code, word in spoken.items())
    return f"CASE {column} {whens} {f'ELSE {otherwise!r}' if otherwise else ''} END"


def instant_text(column: str) -> str:
    """SQL: an instant as ``records.instant`` spells it."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


LINE_PARTS: Final = f"""
    '","member_id":"', e.member_id, '","fund_code":', to_json(l.emitter_code),
    ',"statement_no":"', l.statement_no, '","line_no":', l.line_no,
    ',"operation":"', {case("l.operation", OPERATIONS)},
    '","kind":"', coalesce(n.kind, z.kind, '{ACT}'),
    '","act_family":', coalesce(n.family, z.family, '"{OTHER}"'),
    ',"care_start":"', l.care_start, '","care_end":', coalesce('"' || l.care_end || '"', 'null'),
    ',"payment_date":"', l.payment_date, '","payee":"', {case("l.payee", PAYEES, OTHER)},
    '","remuneration_type":', l.rem_type, ',"amount_charged":"', l.amount_charged,
    '","base_amount":"', l.base_amount, '","rate_pct":"', l.rate_pct, '","amount_paid":"', l.amount_paid,
    '","excess_amount":"', l.excess_amount,
    '","partner_amount":', coalesce('"' || l.amc_amount || '"', 'null'),
    ',"is_sent_to_partner":', CASE WHEN l.is_amc_transmitted THEN 'true' ELSE 'false' END, '}}'"""
"""Arguments of ``concat``: what follows « {"id":"… », with the names of ``serializers.ReimbursementSerializer``."""


def whole_lines(keys: Sequence[bytes], rests: Sequence[str], *, partner_id: int) -> list[str]:
    """Lines as JSON, from their ``KEY`` and the concatenated ``LINE_PARTS``."""
    names = line_identifiers(keys, partner_id=partner_id)
    return [f'{{"id":"{name}{rest}' for name, rest in zip(names, rests, strict=True)]


def fhir_columns(published_at: str) -> str:
    """SQL, in the order of ``fhir.resources.LINE_FIELDS``; the share of the basis that is not paid is the member's."""
    return f"""
    e.member_id::text, {instant_text(published_at)},
    l.emitter_code, l.statement_no::text, l.line_no::text, l.rem_type::text, {case("l.operation", OPERATIONS)},
    coalesce(n.kind, z.kind, '{ACT}'), coalesce(n.family, z.family, '"{OTHER}"'),
    l.care_start::text, coalesce(l.care_end, l.care_start)::text, l.payment_date::text,
    {case("l.payee", PAYEES, OTHER)}, l.amount_charged::text, l.base_amount::text, l.rate_pct::text,
    l.amount_paid::text, l.excess_amount::text, l.amc_amount::text,
    round(l.base_amount * (100 - l.rate_pct) / 100, 2)::text
"""

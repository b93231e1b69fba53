"""The columns of decompte-lines version 1: how each is written, staged and stored.

From this one table come the pattern that every line must match, the staging table and the merge into
``reimbursements_line``. Amounts are euros with at most two decimals, dates ``AAAAMMJJ``, empty is NULL.
"""

import re
from dataclasses import dataclass
from typing import Final

from ameli_notify.core.findings import E001_PARSE, E101_NIR_KEY, E111_RPPS_KEY, W112_FINESS

FORMAT: Final = "decompte-lines"
FORMAT_VERSION: Final = 1

E301_UNKNOWN_NATURE: Final = "E301_UNKNOWN_NATURE"
E303_UNKNOWN_FUND: Final = "E303_UNKNOWN_FUND"

_LEAP_DAY: Final = r"(?:(?:19|20)(?:0[48]|[2468][048]|[13579][26])|2000)0229"
_DAY: Final = (
    r"(?:19|20)[0-9]{2}(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    r"|02(?:0[1-9]|1[0-9]|2[0-8]))|" + _LEAP_DAY
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file.

    ``grammar``: what a plainly written value matches (the fast path); a text column may also hold any printable
    text of at most ``length`` characters (read by the slow path). ``code``: the finding when the value is neither;
    then the line is staged with NULL, unless the code is E001, which leaves nothing of the line.
    ``sql_type`` is the line table's own type, so that the merge casts nothing. ``line_column``: where the value is
    stored, empty when it is resolved or dropped; ``is_nullable`` says whether an empty value stays NULL there.
    """

    name: str
    sql_type: str
    grammar: str
    line_column: str = ""
    is_nullable: bool = False
    code: str = E001_PARSE
    length: int = 0


def _date(name: str, *, line_column: str = "", optional: bool = False) -> Column:
    return Column(name, "date", f"(?:{_DAY})?+" if optional else f"(?:{_DAY})", line_column, is_nullable=optional)


def _amount(name: str, *, line_column: str, digits: int, optional: bool = False) -> Column:
    """A decimal with ``digits`` digits before the point and at most two after."""
    grammar = rf"(?:-?[0-9]{{1,{digits}}}+(?:\.[0-9]{{1,2}})?+)"
    sql_type = f"numeric({digits + 2}, 2)"
    return Column(name, sql_type, grammar + ("?+" if optional else ""), line_column, is_nullable=optional)


def _small(name: str, *, line_column: str, optional: bool = False) -> Column:
    grammar = "[0-9]{0,4}+" if optional else "[0-9]{1,4}+"
    return Column(name, "smallint", grammar, line_column, is_nullable=optional)


def _text(name: str, *, line_column: str, length: int, code: str = E001_PARSE) -> Column:
    # Printable ASCII without the quote, the separator and the backslash, which COPY would read.
    grammar = rf"[ !#-:<-\[\]-~]{{0,{length}}}+"
    return Column(name, f"varchar({length})", grammar, line_column, code=code, length=length)


def _nir(name: str) -> Column:
    return Column(name, "text", "[0-9A-Z]{15}", code=E101_NIR_KEY)


def _rpps(name: str, *, line_column: str) -> Column:
    return Column(name, "bigint", "(?:[0-9]{11})?+", line_column, is_nullable=True, code=E111_RPPS_KEY)


COLUMNS: Final = (
    Column("format_version", "smallint", "1"),
    Column("emitter_code", "varchar(9)", r"[0-9A-Z]{9}", "emitter_code", code=E303_UNKNOWN_FUND),
    _date("flow_date"),
    Column("statement_no", "bigint", "[0-9]{1,18}+", "statement_no"),
    Column("line_no", "integer", "[0-9]{1,9}+", "line_no"),
    _small("rem_type", line_column="rem_type"),
    Column("op", "varchar(1)", "[CAR]", "operation"),
    _nir("insured_nir"),
    _nir("beneficiary_nir"),
    Column("beneficiary_birth_date", "text", "(?:[0-9]{8})?+"),
    Column("birth_rank", "smallint", "[0-9]{0,2}+"),
    _small("beneficiary_quality", line_column="beneficiary_quality"),
    _date("care_start", line_column="care_start"),
    _date("care_end", line_column="care_end", optional=True),
    _date("prescription_date", line_column="prescription_date", optional=True),
    _date("payment_date", line_column="payment_date"),
    Column("nature_code", "integer", "[0-9]{1,9}+", "nature_code", code=E301_UNKNOWN_NATURE),
    _text("key_letter", line_column="key_letter", length=8),
    _text("act_system", line_column="act_system", length=5),
    _text("act_code", line_column="act_code", length=13),
    _amount("quantity", line_column="quantity", digits=6),
    _amount("coefficient", line_column="coefficient", digits=6),
    _amount("amount_charged", line_column="amount_charged", digits=9),
    _amount("base", line_column="base_amount", digits=9),
    _amount("rate_pct", line_column="rate_pct", digits=3),
    _amount("amount_paid", line_column="amount_paid", digits=9),
    _amount("amount_excess", line_column="excess_amount", digits=9),
    _small("exemption_reason", line_column="exemption_reason", optional=True),
    _small("copay_modulation", line_column="copay_modulation", optional=True),
    _small("care_path", line_column="care_path", optional=True),
    _small("insurance_nature", line_column="insurance_nature"),
    Column("confidential", "boolean", "[01]"),
    _text("exec_am_no", line_column="performer_am_no", length=9),
    _rpps("exec_rpps", line_column="performer_rpps"),
    _text("exec_specialty", line_column="performer_specialty", length=2),
    _text("exec_finess", line_column="performer_finess", length=9, code=W112_FINESS),
    _rpps("prescriber_rpps", line_column="prescriber_rpps"),
    _small("payee", line_column="payee"),
    _small("payment_mode", line_column="payment_mode", optional=True),
    _text("settlement_ref", line_column="settlement_ref", length=20),
    _text("amc_code", line_column="amc_code", length=10),
    _amount("amc_amount", line_column="amc_amount", digits=9, optional=True),
    Column("amc_transmitted", "boolean", "[01]?+", "is_amc_transmitted"),
    _text("card_mode", line_column="card_mode", length=1),
    _text("care_place", line_column="care_place", length=1),
    Column("payee_account", "varchar(16)", "(?:[0-9A-Fa-f]{16})?+", "payee_account"),
)

NAMES: Final = tuple(column.name for column in COLUMNS)
AMOUNT_PAID: Final = NAMES.index("amount_paid")
AMOUNT_CHARGED: Final = NAMES.index("amount_charged")

# As many plainly written lines as follow each other. Possessive: a line that does not match is never tried twice.
PLAIN_LINES: Final = re.compile(f"(?:{';'.join(f'(?:{column.grammar})' for column in COLUMNS)}\n)*+".encode(), re.ASCII)


def stored_value(column: Column) -> str:
    """SQL that turns the staged value (table ``s``) into what the line table stores."""
    if column.is_nullable:
        return f"s.{column.name}"
    if column.sql_type.startswith("varchar"):
        return f"COALESCE(s.{column.name}, '')"
    if column.name == "amc_transmitted":
        return "COALESCE(s.amc_transmitted, false)"
    return f"s.{column.name}"


STORED: Final = {column.line_column: stored_value(column) for column in COLUMNS if column.line_column}
"""Column of the line table -> SQL over the staged row ``s``, for what is stored as delivered."""

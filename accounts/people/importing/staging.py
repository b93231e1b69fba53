"""The chunk of people under way: what is known of each, staged for the set-based upsert.

Addresses and NIR never come here in clear: only blind indexes, and values already sealed.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from accounts.people.importing.reading import COLUMNS, PersonRow
from accounts.people.models import COHORTS, InsuredPerson
from ameli_notify.core.copying import copy_rows
from ameli_notify.core.sql import fetch_all, run

PERSONS: Final = InsuredPerson._meta.db_table

_TAKEN_AS_WRITTEN: Final = (
    ("fund_code", "fund_code", "text"),
    ("birth_date_text", "birth_date", "text"),
    ("sex", "sex", "smallint"),
    ("birth_name", "birth_name", "text"),
    ("usage_name", "usage_name", "text"),
    ("first_names", "first_names", "text"),
    ("postcode", "postcode", "text"),
    ("territory", "territory", "text"),
    ("amc_code", "amc_code", "text"),
    ("amc_member_no", "amc_member_no", "text"),
)
_NULL_WHEN_EMPTY: Final = (
    ("preferred_channel", "preferred_channel", "text"),
    ("died_on", "death_date", "date"),
    ("amc_from", "amc_from", "date"),
    ("amc_to", "amc_to", "date"),
)
_MADE: Final = (
    ("row_no", "integer"),
    ("nir_lookup", "uuid"),
    ("policyholder_lookup", "uuid"),
    ("cohort", "smallint"),
    ("born_on", "date"),
    ("birth_rank", "smallint"),
    ("treating_rpps", "bigint"),
    ("is_contact_protected", "boolean"),
    ("email_lookup", "uuid"),
    ("mobile_lookup", "uuid"),
    ("landline_lookup", "uuid"),
    ("ald_codes", "smallint[]"),
)
_STAGE_COLUMNS: Final = (
    *_MADE,
    *((name, sql_type) for name, _, sql_type in (*_TAKEN_AS_WRITTEN, *_NULL_WHEN_EMPTY)),
)
_WRITTEN: Final = tuple(COLUMNS.index(source) for _, source, _ in _TAKEN_AS_WRITTEN)
_NULLABLE: Final = tuple(COLUMNS.index(source) for _, source, _ in _NULL_WHEN_EMPTY)
_BIRTH_RANK: Final = COLUMNS.index("birth_rank")
_PROTECTED: Final = COLUMNS.index("contact_protected")
_CONDITIONS: Final = COLUMNS.index("ald_codes")

_TABLES: Final = {
    "person_stage": ", ".join(f"{name} {sql_type}" for name, sql_type in _STAGE_COLUMNS),
    "person_id": "row_no integer, id bigint, is_new boolean",
    "person_sealed": "row_no integer, nir_sealed bytea",
    "person_contact": "row_no integer, insured_id bigint, kind text, lookup uuid",
    "person_added": "insured_id bigint, kind text, is_overruled boolean, address_sealed bytea, address_lookup uuid",
    "person_changed": "id bigint",
}

_IDS: Final = f"""
INSERT INTO person_id (row_no, id, is_new)
SELECT s.row_no, COALESCE(p.id, nextval(pg_get_serial_sequence('{PERSONS}', 'id'))), p.id IS NULL
FROM person_stage s LEFT JOIN {PERSONS} p ON p.nir_lookup = s.nir_lookup
"""


def make_tables() -> None:
    """The session's staging tables, empty."""
    drop_tables()
    for name, columns in _TABLES.items():
        run(f"CREATE TEMP TABLE {name} ({columns})")


def drop_tables() -> None:
    for name in _TABLES:
        run(f"DROP TABLE IF EXISTS pg_temp.{name}")


def stage_chunk(persons: Sequence[PersonRow]) -> list[int]:
    """Replace the stage by these people and give each an id; returns the positions of those who are new."""
    run(f"TRUNCATE {', '.join(_TABLES)}")
    copy_rows("person_stage", [name for name, _ in _STAGE_COLUMNS], _staged(persons))
    run("ANALYZE person_stage (row_no, nir_lookup, policyholder_lookup)")
    run(_IDS)
    run("ANALYZE person_id")
    return [row_no for (row_no,) in fetch_all("SELECT row_no FROM person_id WHERE is_new")]


def known(lookups: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the NIR indexes that are somebody's in the directory."""
    found = fetch_all(f"SELECT nir_lookup FROM {PERSONS} WHERE nir_lookup = ANY(%s)", [list(lookups)])
    return {lookup for (lookup,) in found}


def _staged(persons: Sequence[PersonRow]) -> Iterator[tuple[Any, ...]]:
    for row_no, person in enumerate(persons):
        cells, contacts = person.cells, person.contacts
        yield (
            row_no,
            person.nir_lookup,
            person.policyholder_lookup,
            person.nir_lookup.int % COHORTS,
            person.born_on,
            cells[_BIRTH_RANK] or "1",
            person.treating_rpps,
            cells[_PROTECTED] == "1",
            *(contacts[kind].lookup if kind in contacts else None for kind in ("email", "mobile", "landline")),
            "{" + cells[_CONDITIONS].replace(" ", ",") + "}",
            *[cells[position] for position in _WRITTEN],
            *[cells[position] or None for position in _NULLABLE],
        )

"""Loading of the reference tables: one statement per table, nothing written where nothing changed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from django.db import connection, models, transaction
from psycopg import sql

from reimbursements.reference import loader
from reimbursements.reference.models import (
    ActReference,
    CarePath,
    ConditionReference,
    CopayRule,
    ExemptionReason,
    HealthFund,
    InsuranceNature,
    NatureReference,
    PayeeReference,
    Specialty,
)
from reimbursements.reference.public_files import PUBLIC_SOURCES, overlay, read_bdpm, read_ccam
from reimbursements.reference.rows import DatedRow


@dataclass(frozen=True, slots=True)
class TableOutcome:
    """What loading did to one table, in rows."""

    table: str
    created: int
    changed: int
    unchanged: int


def load_reference_data(*, bdpm: Path | None = None, ccam: Path | None = None) -> list[TableOutcome]:
    """Load every reference table in one transaction; a second run with the same files changes nothing.

    A public file wins over our own row of the same act, also in later runs without it.
    Raises ReferenceFileError before anything is written.
    """
    public = [*(read_bdpm(bdpm) if bdpm else []), *(read_ccam(ccam) if ccam else [])]
    tables: list[tuple[type[models.Model], Sequence[DatedRow]]] = [
        (HealthFund, loader.funds()),
        (NatureReference, loader.natures()),
        (Specialty, loader.specialties()),
        (PayeeReference, loader.payees()),
        (ExemptionReason, loader.exemptions()),
        (CarePath, loader.care_paths()),
        (InsuranceNature, loader.insurance_natures()),
        (ConditionReference, loader.conditions()),
        (CopayRule, loader.copay_rules()),
        (ActReference, overlay(loader.acts(), public=public)),
    ]
    with transaction.atomic():
        return [upsert_rows(model, rows) for model, rows in tables]


def upsert_rows(model: type[models.Model], rows: Sequence[DatedRow]) -> TableOutcome:
    """Insert new rows and update those that differ, in one statement.

    A stored row that came from a public file is only replaced by a row of a public file.
    """
    key = rows[0].key
    names = [field.name for field in fields(rows[0])]
    columns = [model._meta.get_field(name) for name in names]
    others = [name for name in names if name not in key]
    statement = sql.SQL(
        "WITH done AS ("
        " INSERT INTO {table} AS stored ({names}) SELECT * FROM unnest({arrays})"
        " ON CONFLICT ({key}) DO UPDATE SET {assignments}"
        " WHERE ({stored}) IS DISTINCT FROM ({excluded})"
        " AND (stored.source <> ALL (%s) OR EXCLUDED.source = ANY (%s))"
        " RETURNING (xmax = 0) AS is_new)"
        " SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM done"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        names=_identifiers(names),
        arrays=sql.SQL(", ").join(
            sql.SQL("%s::" + str(column.db_type(connection)).split(" CHECK")[0] + "[]") for column in columns
        ),
        key=_identifiers(key),
        assignments=sql.SQL(", ").join(
            sql.SQL("{name} = EXCLUDED.{name}").format(name=sql.Identifier(name)) for name in others
        ),
        stored=sql.SQL(", ").join(sql.SQL("stored.{}").format(sql.Identifier(name)) for name in others),
        excluded=sql.SQL(", ").join(sql.SQL("EXCLUDED.{}").format(sql.Identifier(name)) for name in others),
    )
    public = list(PUBLIC_SOURCES)
    values = [[getattr(row, name) for row in rows] for name in names]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, public, public])
        created, changed = cursor.fetchone()
    return TableOutcome(
        table=str(model._meta.verbose_name_plural),
        created=created,
        changed=changed,
        unchanged=len(rows) - created - changed,
    )


def _identifiers(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)

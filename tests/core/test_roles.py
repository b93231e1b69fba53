"""What the database itself withholds from the roles that work in it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import ProgrammingError, connection, transaction

from ameli_notify.core import roles

DENIED = "permission denied|must be owner"


def run(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def refused(statement: str, *, match: str = DENIED) -> None:
    with pytest.raises(ProgrammingError, match=match), transaction.atomic():
        run(statement)


def tables() -> list[str]:
    found = run(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')"
        " AND NOT relispartition ORDER BY 1"
    )
    return [str(name) for (name,) in found]


@contextmanager
def as_role(role: str) -> Iterator[None]:
    """The session's login role takes another role, as requests of that kind will."""
    with transaction.atomic():
        run("RESET ROLE")
        run(f"SET LOCAL ROLE {role}")
        yield
        run(f"SET LOCAL ROLE {roles.APP}")


def analyze(*names: str) -> None:
    """Tell the planner what the tables hold by now, as their owner: the runtime role may not, and is not even told."""
    run("SET LOCAL ROLE NONE")
    run(f"ANALYZE {', '.join(names)}")
    run(f"SET LOCAL ROLE {roles.APP}")


@pytest.mark.parametrize("role", roles.ALL)
def test_no_role_is_powerful_or_logs_in(role: str, db: None) -> None:
    found = run(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication, rolcanlogin,"
        f" (SELECT count(*) FROM pg_class WHERE relowner = r.oid) FROM pg_roles r WHERE rolname = '{role}'"
    )
    assert found == [(False, False, False, False, False, False, 0)]


class TestApplication:
    def test_cannot_change_the_shape_of_the_database(self, db: None) -> None:
        assert run("SELECT current_user::text") == [(roles.APP,)]
        for statement in (
            "DROP TABLE accounts_insuredperson",
            "ALTER TABLE accounts_insuredperson ADD x int",
            "ALTER TABLE accounts_accesslog DISABLE TRIGGER ALL",
            "CREATE TABLE public.mine (x int)",
            "TRUNCATE accounts_insuredperson",
            "CREATE ROLE mine",
            f"ALTER ROLE {roles.APP} SUPERUSER",
            "COPY accounts_insuredperson TO PROGRAM 'cat'",
        ):
            refused(statement, match="permission denied|must be owner|must be superuser")

    @pytest.mark.parametrize("table", ["accounts_accesslog", "accounts_preferencechange"])
    def test_adds_to_the_history_and_never_rewrites_it(self, table: str, db: None) -> None:
        assert run(f"SELECT count(*) FROM {table}") == [(0,)]
        run(f"EXPLAIN INSERT INTO {table} DEFAULT VALUES")  # planned as this role: it may
        refused(f"UPDATE {table} SET id = id")
        refused(f"DELETE FROM {table}")
        refused(f"TRUNCATE {table}")

    def test_cannot_read_raw_rejected_lines(self, db: None) -> None:
        assert run("SELECT current_user::text") == [(roles.APP,)]
        rights = "has_table_privilege('reimbursements_rejectedline', 'SELECT, UPDATE, DELETE')"
        assert run(f"SELECT {rights}, {rights.replace('rejectedline', 'importreject')}") == [(False, True)]
        refused("SELECT * FROM reimbursements_rejectedline")
        refused("INSERT INTO reimbursements_rejectedline DEFAULT VALUES")

    def test_the_import_can(self, db: None) -> None:
        with as_role(roles.IMPORT):
            assert run("SELECT count(*) FROM reimbursements_rejectedline") == [(0,)]
            assert run("SELECT count(*) FROM accounts_insuredperson")


class TestOutsiders:
    def test_a_partner_writes_nowhere(self, db: None) -> None:
        """What a partner may read is told column by column in tests/partners/test_walls.py."""
        role = roles.PARTNER
        writable = [
            table for table in tables()
            if run(f"SELECT has_any_column_privilege('{role}', 'public.{table}', 'INSERT, UPDATE, REFERENCES')"
                   f" OR has_table_privilege('{role}', 'public.{table}', 'DELETE, TRUNCATE, TRIGGER')") != [(False,)]
        ]  # fmt: skip
        assert len(tables()) > 20
        assert writable == []

    def test_a_partner_is_refused_in_fact(self, db: None) -> None:
        with as_role(roles.PARTNER):
            refused("SELECT * FROM accounts_insuredperson")
            refused("SELECT * FROM reimbursements_line")

    @pytest.mark.parametrize("role", [roles.INSURED, roles.PARTNER])
    def test_cannot_make_or_drop_partitions(self, role: str, db: None) -> None:
        with as_role(role):
            refused("SELECT core_ensure_partition('reimbursements_line', '1990-01-01', '1990-02-01')")
            refused("SELECT core_drop_partitions('reimbursements_line', '1990-01-01')")

"""The runtime roles of the database, and SQL that migrations use to grant and withhold.

Nobody works as the owner of the tables: the web, the jobs and the tests run as ``APP``; what an insured person
is shown is read as ``INSURED``, which sees that person's rows only (see ``ameli_notify.core.walls``); what a partner
insurer is shown, as ``PARTNER``, which sees what that partner's members consented to; the import alone reads raw
rejected lines, as ``IMPORT``. No role is a superuser, owns a table, logs in by itself or bypasses row-level security.
"""

from collections.abc import Iterable
from typing import Final

APP: Final = "ameli_app"
INSURED: Final = "ameli_insured"
PARTNER: Final = "ameli_partner"
IMPORT: Final = "ameli_import"

ALL: Final = (APP, INSURED, PARTNER, IMPORT)


def _create(role: str) -> str:
    # Roles belong to the whole server: test databases made at the same time race for them.
    return f"""
    DO $$ BEGIN
        CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$;"""


def _make_member(member: str, *, of: str) -> str:
    return f"""
    DO $$ BEGIN
        IF NOT pg_has_role('{member}', '{of}', 'MEMBER') THEN
            GRANT {of} TO {member};
        END IF;
    EXCEPTION WHEN unique_violation OR internal_error THEN NULL;
    END $$;"""


# A server's owner is no superuser: it may take on a role only as its member, even one that it made itself.
_OWNER_MAY_TAKE_THEM: Final = f"""
    DO $$ BEGIN
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            EXECUTE format('GRANT {", ".join(ALL)} TO %I', current_user);
        END IF;
    EXCEPTION WHEN unique_violation OR internal_error THEN NULL;
    END $$;"""

CREATE_ROLES: Final = (
    "".join(_create(role) for role in ALL)
    # The import does all that the application does, and reads raw rejects beside it.
    + _make_member(IMPORT, of=APP)
    + _OWNER_MAY_TAKE_THEM
    + f"""
    GRANT USAGE ON SCHEMA public TO {", ".join(ALL)};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {APP};
    """
)


def append_only(table: str) -> str:
    """SQL that leaves the application INSERT and SELECT on a table, and nothing else."""
    return f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP};"


def reserve_for_import(table: str) -> str:
    """SQL that hides a table from every role but the import's."""
    return f"REVOKE ALL ON {table} FROM {APP}; GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {IMPORT};"


INSURED_ID_SETTING: Final = "app.insured_id"
"""Whose rows the role INSURED sees, for the length of a transaction."""

CREATE_INSURED_ID: Final = f"""
CREATE FUNCTION core_insured_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('{INSURED_ID_SETTING}', true), '')::bigint;
COMMENT ON FUNCTION core_insured_id() IS 'The person whose rows {INSURED} sees; NULL, so no row, when none is set';
REVOKE ALL ON FUNCTION core_insured_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core_insured_id() TO {INSURED};
"""


def wall_in(*tables: str) -> str:
    """SQL that shows a table's rows to nobody but the application, until a policy says otherwise."""
    return "".join(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY all_for_app ON {table} TO {APP} USING (true) WITH CHECK (true);\n"
        for table in tables
    )


def tear_down(*tables: str) -> str:
    """SQL that undoes ``wall_in`` and ``show_own``."""
    return "".join(
        f"DROP POLICY IF EXISTS own_for_insured ON {table}; REVOKE ALL ON {table} FROM {INSURED};"
        f"DROP POLICY all_for_app ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;\n"
        for table in tables
    )


def show_own(table: str, columns: Iterable[str], *, rows: str) -> str:
    """SQL that lets an insured person read these columns of the rows for which ``rows`` holds. After ``wall_in``."""
    return f"CREATE POLICY own_for_insured ON {table} FOR SELECT TO {INSURED} USING ({rows});" + show_all(
        table, columns
    )


def show_all(table: str, columns: Iterable[str]) -> str:
    """SQL that lets an insured person read these columns, of every row of a table without a wall."""
    return f"GRANT SELECT ({', '.join(columns)}) ON {table} TO {INSURED};\n"


def hide_all(*tables: str) -> str:
    """SQL that undoes ``show_all``."""
    return f"REVOKE ALL ON {', '.join(tables)} FROM {INSURED};"


PARTNER_ID_SETTING: Final = "app.partner_id"
"""Whose rows the role PARTNER sees, for the length of a transaction."""

CREATE_PARTNER_ID: Final = f"""
CREATE FUNCTION core_partner_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('{PARTNER_ID_SETTING}', true), '')::bigint;
COMMENT ON FUNCTION core_partner_id() IS 'The partner whose rows {PARTNER} sees; NULL, so no row, when none is set';
REVOKE ALL ON FUNCTION core_partner_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core_partner_id() TO {PARTNER};
"""


def show_to_partner(table: str, columns: Iterable[str], *, rows: str) -> str:
    """SQL that lets a partner read these columns of the rows for which ``rows`` holds. After ``wall_in``."""
    return f"CREATE POLICY own_for_partner ON {table} FOR SELECT TO {PARTNER} USING ({rows});" + show_all_to_partner(
        table, columns
    )


def reshow_to_partner(table: str, *, rows: str) -> str:
    """SQL that lets a partner read other rows than before. After ``show_to_partner``."""
    return f"ALTER POLICY own_for_partner ON {table} USING ({rows});\n"


def looked_up(inner: str, outer: str) -> str:
    """SQL for the inside of an EXISTS in a policy: both are equal, and found by index for each row.

    The second comparison says nothing new. It keeps PostgreSQL from hashing all that a partner may see, for each
    statement, to look at one page: nothing but an equality can be hashed, and the planner does not see the LIMIT.
    """
    return f"{inner} = {outer} AND {inner} >= {outer}"


def show_all_to_partner(table: str, columns: Iterable[str]) -> str:
    """SQL that lets every partner read these columns, of every row of a table without a wall."""
    return f"GRANT SELECT ({', '.join(columns)}) ON {table} TO {PARTNER};\n"


def hide_from_partner(*tables: str) -> str:
    """SQL that undoes ``show_to_partner`` and ``show_all_to_partner``."""
    return "".join(
        f"DROP POLICY IF EXISTS own_for_partner ON {table}; REVOKE ALL ON {table} FROM {PARTNER};\n" for table in tables
    )

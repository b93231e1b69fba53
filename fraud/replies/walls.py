"""The role of whoever came in by a code: it reads one right of reply and what hangs on it, and nothing else at all.

A professional has no account, so no ``insured_id`` and no rows of their own: the setting names the right that their
code opened. The role can read no table but these four, of them these columns; it writes nothing. What the professional
sends is written by the services, as everywhere, after the page has asked again whether the right is still open.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ameli_notify.core.roles import APP, append_only, wall_in
from ameli_notify.core.walls import behind_wall

RESPONDENT: Final = "ameli_respondent"
RIGHT_SETTING: Final = "app.right_of_reply_id"

RIGHT: Final = ("id", "public_id", "case_number", "ends_on", "opened_at", "closed_at")
LINE: Final = ("id", "right_id", "care_on", "act", "amount_charged", "amount_paid")
MESSAGE: Final = ("id", "public_id", "right_id", "author", "text_sealed", "written_at", "read_at")
DOCUMENT: Final = ("id", "public_id", "right_id", "kind", "name_sealed", "size_bytes", "content_sealed", "added_at")
_COLUMNS: Final = {
    "fraud_rightofreply": ("id", RIGHT),
    "fraud_replyline": ("right_id", LINE),
    "fraud_replymessage": ("right_id", MESSAGE),
    "fraud_replydocument": ("right_id", DOCUMENT),
}
"""Table: the column that names the right, the columns shown."""
_LATER: Final = {
    "fraud_rightofreply": (
        "code_salt", "code_hash", "code_issued_at", "entered_at", "closed_at", "closed_by_id",
    ),
    "fraud_replymessage": ("read_at",),
}  # fmt: skip
"""What the application may still write once a row is there. The rest, the day it ends on among it, only grows."""

# Roles belong to the whole server: test databases made at the same time race for them.
_ROLE: Final = f"""
DO $$ BEGIN
    CREATE ROLE {RESPONDENT} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT {RESPONDENT} TO %I', current_user);
    END IF;
EXCEPTION WHEN unique_violation OR internal_error THEN NULL;
END $$;
GRANT USAGE ON SCHEMA public TO {RESPONDENT};
CREATE FUNCTION fraud_right_of_reply_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('{RIGHT_SETTING}', true), '')::bigint;
REVOKE ALL ON FUNCTION fraud_right_of_reply_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fraud_right_of_reply_id() TO {RESPONDENT};
"""


def _show(table: str, key: str, columns: tuple[str, ...]) -> str:
    return (
        f"CREATE POLICY own_for_respondent ON {table} FOR SELECT TO {RESPONDENT}"
        f" USING ({key} = fraud_right_of_reply_id());"
        f"GRANT SELECT ({', '.join(columns)}) ON {table} TO {RESPONDENT};\n"
    )


CREATE: Final = (
    _ROLE
    + wall_in(*_COLUMNS)
    + "".join(_show(table, key, columns) for table, (key, columns) in _COLUMNS.items())
    + "".join(append_only(table) for table in _COLUMNS)
    + "".join(f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {APP};\n" for table, columns in _LATER.items())
)
DROP: Final = (
    "".join(
        f"DROP POLICY own_for_respondent ON {table}; REVOKE ALL ON {table} FROM {RESPONDENT};"
        f"DROP POLICY all_for_app ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;\n"
        for table in _COLUMNS
    )
    + f"DROP FUNCTION fraud_right_of_reply_id(); REVOKE USAGE ON SCHEMA public FROM {RESPONDENT};"
)


@contextmanager
def as_respondent(right_id: int) -> Iterator[None]:
    """Run the block's queries as whoever came in by the code of this right: they read that right, and write nothing.

    As ``ameli_notify.core.walls.as_insured``: role and setting end with the block; evaluate inside.
    """
    with behind_wall(RESPONDENT, setting=RIGHT_SETTING, owner_id=right_id):
        yield

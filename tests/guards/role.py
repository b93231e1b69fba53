"""A superuser sees through row-level security and every REVOKE: a suite that runs as one proves nothing."""

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from ameli_notify.core import roles


def refuse_privileged_role(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT current_user, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,
                   (SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid)
            FROM pg_roles WHERE rolname = current_user""")
        found = cursor.fetchone()
    if found != (roles.APP, False, False, False, False, 0):
        pytest.exit(f"the tests must run as the plain runtime role, not as {found}", returncode=3)

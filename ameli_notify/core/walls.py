"""Reading as an insured person: the database itself shows that person's rows and nothing else.

A page that forgets its filter then shows nothing of anybody else's. What the role may see is written in the
``walls`` modules of the apps.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

from ameli_notify.core import roles
from ameli_notify.core.sql import fetch_one, run

_READ: Final = "SELECT current_setting('role'), coalesce(current_setting(%s, true), '')"
_SET: Final = "SELECT set_config('role', %s, true), set_config(%s, %s, true)"


class WallError(RuntimeError):
    """Somebody asked to read as one person while reading as another."""


@contextmanager
def as_insured(insured_id: int) -> Iterator[None]:
    """Run the block's queries as this insured person: they read that person's rows, and write nothing.

    Role and setting hold for this transaction only, or for the savepoint when there is one around: they are gone
    at the end of the block, however it ends. A queryset or a template evaluated after the block is outside the
    wall: evaluate inside. Raises WallError within another person's block, ValueError for what is no id.
    """
    if insured_id < 1:
        raise ValueError("an insured person's id is a positive number")
    with transaction.atomic():
        role, person = fetch_one(_READ, [roles.INSURED_ID_SETTING]) or ("", "")
        if role == roles.INSURED and person != str(insured_id):
            raise WallError("already reading as somebody else")
        run(_SET, [roles.INSURED, roles.INSURED_ID_SETTING, str(insured_id)])
        yield
        # Otherwise the roll-back takes role and setting back, as it does after an exception.
        if not connection.needs_rollback:
            run(_SET, [role, roles.INSURED_ID_SETTING, person])

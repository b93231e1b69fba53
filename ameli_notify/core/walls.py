"""Reading as somebody else than the application: the database itself shows that one's rows and nothing else.

A page or an answer that forgets its filter then shows nothing of anybody else's. What the roles may see is written
in the ``walls`` modules of the apps; ``behind_wall`` is the door of all of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

from ameli_notify.core import roles
from ameli_notify.core.sql import fetch_one, run

# One round trip for both; what stands first in a list of columns is computed first.
_READ_AND_SET: Final = (
    "SELECT current_setting('role'), coalesce(current_setting(%s, true), ''), set_config('role', %s, true),"
    " set_config(%s, %s, true)"
)
_SET: Final = "SELECT set_config('role', %s, true), set_config(%s, %s, true)"
_IN_FRONT: Final = ("none", roles.APP, roles.IMPORT)
"""Roles that stand before every wall; ``none``: whoever logged in."""


class WallError(RuntimeError):
    """Somebody asked to read as one reader while reading as another."""


@contextmanager
def as_insured(insured_id: int) -> Iterator[None]:
    """Run the block's queries as this insured person: they read that person's rows, and write nothing.

    Role and setting hold for this transaction only, or for the savepoint when there is one around: they are gone
    at the end of the block, however it ends. A queryset or a template evaluated after the block is outside the
    wall: evaluate inside. Raises WallError within another's block, ValueError for what is no id.
    """
    with behind_wall(roles.INSURED, setting=roles.INSURED_ID_SETTING, owner_id=insured_id):
        yield


@contextmanager
def as_partner(partner_id: int) -> Iterator[None]:
    """Run the block's queries as this partner insurer: what its members consented to. As ``as_insured`` otherwise."""
    with behind_wall(roles.PARTNER, setting=roles.PARTNER_ID_SETTING, owner_id=partner_id):
        yield


@contextmanager
def behind_wall(role: str, *, setting: str, owner_id: int) -> Iterator[None]:
    """Run the block's queries as ``role``, with ``setting`` naming whose rows it sees. As ``as_insured`` otherwise."""
    if owner_id < 1:
        raise ValueError("an id is a positive number")
    is_whole_transaction = not connection.in_atomic_block
    with transaction.atomic():
        before = fetch_one(_READ_AND_SET, [setting, role, setting, str(owner_id)])
        role_before, owner_before = before[:2] if before else ("", "")
        is_behind = role_before not in _IN_FRONT
        if is_behind and (role_before, owner_before) != (role, str(owner_id)):
            raise WallError("already reading as somebody else")
        yield
        # Otherwise the end of the transaction takes role and setting back, as it does after an exception.
        if not is_whole_transaction and not connection.needs_rollback:
            run(_SET, [role_before, setting, owner_before])

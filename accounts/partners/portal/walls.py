"""What a partner's pages read of this app's tables, behind the partner's wall: its own programs, keys, usage, users.

Withheld: who of the insurer's staff did something, what an invitation is checked with, the seeds of factors.
"""

from typing import Final

from ameli_notify.core.roles import append_only, hide_from_partner, show_to_partner, tear_down, wall_in

CLIENT: Final = "accounts_partnerclient"
KEY: Final = "accounts_partnerkey"
USAGE: Final = "accounts_partnerusage"
STATE_CHANGE: Final = "accounts_partnerstatechange"
USER: Final = "accounts_partneruser"
DEVICE: Final = "accounts_partnertotpdevice"

COLUMNS: Final = {
    CLIENT: ("id", "partner_id", "client_id", "name", "scopes", "requests_per_minute", "created_at", "withdrawn_at"),
    KEY: ("id", "client_id", "kid", "jwk", "added_at", "withdrawn_at"),
    USAGE: ("id", "partner_id", "used_on", "requests", "rows", "refusals", "bytes_sent"),
    STATE_CHANGE: ("id", "partner_id", "state", "cause", "reason", "changed_at"),
    USER: (
        "id", "partner_id", "identifier", "label", "is_manager", "invited_at", "invitation_until", "joined_at",
        "last_sign_in_at", "removed_at",
    ),
}  # fmt: skip
_OWN: Final = "partner_id = core_partner_id()"
# The table of programs is itself behind the wall.
_OF_OWN_PROGRAM: Final = f"EXISTS (SELECT FROM {CLIENT} c WHERE c.id = {KEY}.client_id)"

CREATE: Final = (
    wall_in(*COLUMNS, DEVICE)
    + "".join(
        show_to_partner(table, columns, rows=_OF_OWN_PROGRAM if table == KEY else _OWN)
        for table, columns in COLUMNS.items()
    )
    + append_only(STATE_CHANGE)
)
DROP: Final = hide_from_partner(*COLUMNS) + tear_down(*COLUMNS, DEVICE)

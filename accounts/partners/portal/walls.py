"""What a partner's pages read of this app's tables, behind the partner's wall: its own programs, keys, usage, users.

Withheld: who of the insurer's staff did something, what an invitation is checked with, the seeds of factors.
"""

from typing import Final

from ameli_notify.core.roles import (
    PARTNER,
    append_only,
    hide_from_partner,
    show_all_to_partner,
    show_to_partner,
    tear_down,
    wall_in,
)

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

# Since migration 0023.
NETWORKS_COLUMNS: Final = ("allowed_networks", "networks_set_at")
SHOW_NETWORKS: Final = show_all_to_partner(CLIENT, NETWORKS_COLUMNS)
HIDE_NETWORKS: Final = f"REVOKE SELECT ({', '.join(NETWORKS_COLUMNS)}) ON {CLIENT} FROM {PARTNER};"

# Since migration 0016. Secrets, leases and who of the staff did something are withheld.
ENDPOINT: Final = "accounts_webhookendpoint"
DELIVERY: Final = "accounts_webhookdelivery"
WEBHOOK_COLUMNS: Final = {
    ENDPOINT: (
        "id", "public_id", "partner_id", "url", "description", "event_types", "state", "state_at", "disabled_reason",
        "created_at", "last_delivered_at", "failures_in_a_row", "failing_since", "previous_secret_until",
    ),
    DELIVERY: (
        "id", "endpoint_id", "message_id", "event_type", "created_at", "state", "attempts", "next_attempt_at",
        "tried_at", "settled_at", "last_status", "last_error", "replays",
    ),
}  # fmt: skip
_TO_OWN_ENDPOINT: Final = f"EXISTS (SELECT FROM {ENDPOINT} e WHERE e.id = {DELIVERY}.endpoint_id)"

CREATE_WEBHOOKS: Final = (
    wall_in(*WEBHOOK_COLUMNS)
    + show_to_partner(ENDPOINT, WEBHOOK_COLUMNS[ENDPOINT], rows=_OWN)
    + show_to_partner(DELIVERY, WEBHOOK_COLUMNS[DELIVERY], rows=_TO_OWN_ENDPOINT)
)
DROP_WEBHOOKS: Final = hide_from_partner(*WEBHOOK_COLUMNS) + tear_down(*WEBHOOK_COLUMNS)

"""What of the messages an insured person may read: those planned for them, on which day and channel.

How a message is leased and tried again is no business of its reader; texts and masked addresses are the page's.
"""

from typing import Final

from accounts.access.walls import OWN
from ameli_notify.core.roles import hide_all, show_all, show_own, tear_down, wall_in
from outreach.digest.schema import DUE, NOTIFICATION, RECIPIENT

OWN_COLUMNS: Final = {
    RECIPIENT: (
        "insured_id", "run_id", "notification_id", "planned_on", "first_payment_on", "last_payment_on", "line_count",
    ),
    NOTIFICATION: (
        "id", "run_id", "insured_id", "template_id", "created_on", "channel", "status", "status_reason",
        "first_tried_at", "settled_at",
    ),
}  # fmt: skip
UNSEEN: Final = (DUE, "outreach_postlistentry")
"""Personal, but the work of planning and of the mailing service alone."""

_WALLED: Final = (*OWN_COLUMNS, *UNSEEN)

CREATE: Final = wall_in(*_WALLED) + "".join(
    show_own(table, columns, rows=OWN) for table, columns in OWN_COLUMNS.items()
)
DROP: Final = tear_down(*_WALLED)

# Since migration 0004. A text holds nothing of anybody: it is the same for all who get it.
TEMPLATE: Final = "outreach_messagetemplate"
TEMPLATE_COLUMNS: Final = ("id", "kind", "channel", "version", "subject", "text")
SHOW_TEXTS: Final = show_all(TEMPLATE, TEMPLATE_COLUMNS)
HIDE_TEXTS: Final = hide_all(TEMPLATE)

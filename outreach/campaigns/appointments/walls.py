"""What a person may read of appointments: their own, with its history and reminders. Of the lists of calls, a call
that was promised to them, and the hours in which they can have it moved; nothing of why they were found.
"""

from typing import Final

from accounts.access.walls import OWN
from ameli_notify.core.roles import APP, INSURED, hide_all, show_all, show_own, tear_down, wall_in
from outreach.campaigns.campaign.schema import CAMPAIGN
from outreach.campaigns.walls import TASK

OBSTACLE: Final = "outreach_callobstacle"
OWN_COLUMNS: Final = {
    "outreach_appointment": (
        "id", "public_id", "insured_id", "territory", "starts_at", "practitioner_sealed", "practitioner_rpps",
        "status", "sequence", "reminds", "created_at", "changed_at", "ended_at",
    ),
    "outreach_appointmentevent": ("id", "appointment_id", "insured_id", "at", "kind", "starts_at"),
    "outreach_appointmentreminder": (
        "id", "appointment_id", "insured_id", "days_before", "starts_at", "posted_at",
    ),
    OBSTACLE: ("id", "insured_id", "code"),
}  # fmt: skip
PROMISE_COLUMNS: Final = ("id", "insured_id", "campaign_id", "territory", "status", "due_at")
CAMPAIGN_COLUMNS: Final = ("id", "windows", "ends_on", "status")

_GROWS: Final = ("outreach_appointmentevent", "outreach_appointmentreminder", OBSTACLE)

CREATE: Final = (
    wall_in(*OWN_COLUMNS)
    + "".join(show_own(table, columns, rows=OWN) for table, columns in OWN_COLUMNS.items())
    # Deleted with what they belong to, never changed.
    + "".join(f"REVOKE UPDATE, TRUNCATE ON {table} FROM {APP};\n" for table in _GROWS)
    + show_own(TASK, PROMISE_COLUMNS, rows=f"{OWN} AND status = 'callback'")
    + show_all(CAMPAIGN, CAMPAIGN_COLUMNS)
)
DROP: Final = (
    tear_down(*OWN_COLUMNS)
    + hide_all(TASK, CAMPAIGN)
    + f"DROP POLICY own_for_insured ON {TASK};\n"
    + "".join(f"GRANT UPDATE, TRUNCATE ON {table} TO {APP};\n" for table in _GROWS)
)

# The campaign got its wall with the proposals of mutuals; since then only a policy lets its hours be read, for a call
# that was promised: the inner select sees no other rows.
CREATE_CAMPAIGN: Final = (
    f"CREATE POLICY own_for_insured ON {CAMPAIGN} FOR SELECT TO {INSURED}"
    f" USING (EXISTS (SELECT FROM {TASK} t WHERE t.campaign_id = {CAMPAIGN}.id AND t.{OWN}));"
)
DROP_CAMPAIGN: Final = f"DROP POLICY own_for_insured ON {CAMPAIGN};"

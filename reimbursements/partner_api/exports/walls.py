"""What of its exports a partner's request may read: without the keys of the files, and without whose data they hold."""

from typing import Final

from ameli_notify.core.roles import hide_from_partner, show_to_partner, tear_down, wall_in

EXPORT: Final = "reimbursements_partnerexport"
FILE: Final = "reimbursements_partnerexportfile"
PERSON: Final = "reimbursements_partnerexportperson"

EXPORT_COLUMNS: Final = (
    "id", "public_id", "partner_id", "shape", "has_members", "has_lines", "first_on", "last_on", "after_position",
    "until_position", "state", "ordered_at", "ended_at", "expires_at", "place_on", "place_number",
)  # fmt: skip
_AT_FIRST: Final = (*("place_day" if name == "place_on" else name for name in EXPORT_COLUMNS), "lines_done")
"""As the table was made; later migrations renamed one and took another away."""
FILE_COLUMNS: Final = ("id", "export_id", "number", "resource", "rows", "size", "sha256")

CREATE: Final = (
    wall_in(EXPORT, FILE, PERSON)
    + show_to_partner(EXPORT, _AT_FIRST, rows="partner_id = core_partner_id()")
    + show_to_partner(FILE, FILE_COLUMNS, rows=f"EXISTS (SELECT FROM {EXPORT} e WHERE e.id = {FILE}.export_id)")
)
DROP: Final = hide_from_partner(FILE, EXPORT) + tear_down(PERSON, FILE, EXPORT)

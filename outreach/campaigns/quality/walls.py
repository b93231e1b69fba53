"""Of a review only what its reviewer says, and that its adviser read it, can be written; of a grid nothing."""

from typing import Final

from ameli_notify.core.roles import APP, append_only, tear_down, wall_in

REVIEW: Final = "outreach_qualityreview"
GRID: Final = "outreach_reviewgrid"

CREATE: Final = (
    wall_in(REVIEW)
    + append_only(REVIEW)
    + append_only(GRID)
    + "GRANT UPDATE (reviewed_at, reviewed_by_id, marks, verdict, advice_sealed, read_at)"
    + f" ON {REVIEW} TO {APP};\n"
)
DROP: Final = tear_down(REVIEW)

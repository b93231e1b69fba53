"""Nothing of a list of calls is shown to an insured person's role: it says who was found to need one, and why.

What only grows cannot be changed; of a claim only its end can be written.
"""

from typing import Final

from ameli_notify.core.roles import APP, append_only, tear_down, wall_in

TASK: Final = "outreach_calltask"
CLAIM: Final = "outreach_callclaim"
ATTEMPT: Final = "outreach_callattempt"
DRAFT: Final = "outreach_calldraft"
WALLED: Final = (TASK, CLAIM, ATTEMPT, DRAFT)

CREATE: Final = (
    wall_in(*WALLED)
    + append_only(ATTEMPT)
    + append_only(CLAIM)
    + f"GRANT UPDATE (leased_until, dialled_at, ended_at, ending) ON {CLAIM} TO {APP};\n"
)
DROP: Final = tear_down(*WALLED)

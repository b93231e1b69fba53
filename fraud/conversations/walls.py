"""What of their conversations an insured person may read: not which member of the staff answers them."""

from typing import Final

from accounts.access.walls import OWN
from ameli_notify.core.roles import APP, INSURED, append_only, show_all, show_own, tear_down, wall_in
from fraud.intake.walls import OWN_COLUMNS

RATING: Final = ("satisfaction", "rated_at")
RETURN: Final = ("returned_at",)
CONVERSATION: Final = (*OWN_COLUMNS["fraud_conversation"], *RATING, *RETURN)
MESSAGE: Final = (
    "id", "public_id", "insured_id", "conversation_id", "author", "text_sealed", "written_at", "read_at",
)  # fmt: skip

CREATE: Final = (
    wall_in("fraud_conversationmessage")
    + show_own("fraud_conversationmessage", MESSAGE, rows=OWN)
    # What was said stays as it was said; only the instant of its reading is added.
    + append_only("fraud_conversationmessage")
    + f"GRANT UPDATE (read_at) ON fraud_conversationmessage TO {APP};\n"
    + show_all("fraud_conversation", RATING)  # the wall of its rows stands since 0002
)
DROP: Final = (
    tear_down("fraud_conversationmessage")
    + f"REVOKE SELECT ({', '.join(RATING)}) ON fraud_conversation FROM {INSURED};"
)

# Who held a conversation is the house's own affair; that it went back to the queue is told to its person.
CREATE_TRANSFERS: Final = append_only("fraud_conversationtransfer") + show_all("fraud_conversation", RETURN)
DROP_TRANSFERS: Final = f"REVOKE SELECT ({', '.join(RETURN)}) ON fraud_conversation FROM {INSURED};"

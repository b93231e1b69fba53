"""Why a request to an address of others was not answered."""

from enum import StrEnum


class OutgoingReason(StrEnum):
    """One word for logs and pages; nothing of what the other side said."""

    UNFIT_URL = "unfit-url"
    UNKNOWN_NAME = "unknown-name"
    REFUSED_ADDRESS = "refused-address"
    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    TOO_SLOW = "too-slow"
    BAD_ANSWER = "bad-answer"


class OutgoingError(Exception):
    """The request was refused, or got no answer that can be used. The message is the reason."""

    def __init__(self, reason: OutgoingReason) -> None:
        super().__init__(reason.value)
        self.reason = reason

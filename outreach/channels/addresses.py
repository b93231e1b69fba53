"""What EMAIL_URL and SMS_URL may say; one rule for the carriers and for the settings. Reasons are French."""

from typing import Final
from urllib.parse import urlsplit

from outreach.channels.smtp_settings import SmtpSettings

INBOX_SCHEME: Final = "inbox"
"""Messages are kept in the database, for the demo and the tests."""


def mail_server(url: str) -> SmtpSettings | None:
    """The server that EMAIL_URL names, None for the inbox. Raises ValueError, without showing the URL."""
    return None if _is_inbox(url) else SmtpSettings.from_url(url)


def require_sms_carrier(url: str) -> None:
    """Raises ValueError when no carrier serves this SMS_URL."""
    if not _is_inbox(url):
        raise ValueError("seul inbox:// est connu pour l’instant")


def _is_inbox(url: str) -> bool:
    try:
        return urlsplit(url).scheme == INBOX_SCHEME
    except ValueError:
        return False

"""Which carrier serves which channel, by settings: EMAIL_URL and SMS_URL.

``inbox://`` keeps messages in the database, for the demo and the tests; mail also goes by ``smtp://``,
``smtp+tls://`` and ``smtps://``. SMPP and HTTP gateways for text messages take their place here.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from outreach.channels.base import Channel as Carrier
from outreach.channels.inbox import InboxCarrier, PostListCarrier
from outreach.channels.smtp import SmtpChannel
from outreach.channels.smtp_settings import SmtpSettings
from outreach.notifications.enums import Channel


def open_carrier(channel: Channel) -> Carrier:
    """A carrier of its own for one sender. Raises ImproperlyConfigured, without showing the URL."""
    if channel is Channel.EMAIL:
        if _scheme(settings.EMAIL_URL) == "inbox":
            return InboxCarrier(channel)
        try:
            return SmtpChannel(SmtpSettings.from_url(settings.EMAIL_URL))
        except ValueError as error:
            raise ImproperlyConfigured(f"EMAIL_URL: {error}") from None
    if channel is Channel.SMS:
        if _scheme(settings.SMS_URL) == "inbox":
            return InboxCarrier(channel)
        raise ImproperlyConfigured("SMS_URL: only inbox:// is known so far")
    if channel is Channel.POST:
        return PostListCarrier()
    raise ImproperlyConfigured(f"no carrier serves the channel {channel}")


def _scheme(url: str) -> str:
    return urlsplit(url).scheme

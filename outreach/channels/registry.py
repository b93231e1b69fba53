"""Which carrier serves which channel, by settings: EMAIL_URL and SMS_URL.

``inbox://`` keeps messages in the database, for the demo and the tests; mail also goes by ``smtp://``,
``smtp+tls://`` and ``smtps://``. SMPP and HTTP gateways for text messages take their place here.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from outreach.channels.addresses import mail_server, require_sms_carrier
from outreach.channels.base import Channel as Carrier
from outreach.channels.inbox import InboxCarrier, PostListCarrier
from outreach.channels.smtp import SmtpChannel
from outreach.notifications.enums import Channel


def open_carrier(channel: Channel) -> Carrier:
    """A carrier of its own for one sender. Raises ImproperlyConfigured, without showing the URL."""
    if channel is Channel.EMAIL:
        try:
            server = mail_server(settings.EMAIL_URL)
        except ValueError as error:
            raise ImproperlyConfigured(f"EMAIL_URL ne peut pas servir, {error}.") from None
        return InboxCarrier(channel) if server is None else SmtpChannel(server)
    if channel is Channel.SMS:
        try:
            require_sms_carrier(settings.SMS_URL)
        except ValueError as error:
            raise ImproperlyConfigured(f"SMS_URL ne peut pas servir, {error}.") from None
        return InboxCarrier(channel)
    if channel is Channel.POST:
        return PostListCarrier()
    raise ImproperlyConfigured(f"no carrier serves the channel {channel}")

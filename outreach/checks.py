"""System checks of the settings that say how messages leave."""

from collections.abc import Callable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error

from outreach.channels.addresses import mail_server, require_sms_carrier


def check_carriers(*, app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """One error for each of EMAIL_URL and SMS_URL that no carrier can use; neither is shown: they hold passwords."""
    found = [
        _check(mail_server, name="EMAIL_URL", identifier="outreach.E001"),
        _check(require_sms_carrier, name="SMS_URL", identifier="outreach.E002"),
    ]
    return [message for message in found if message is not None]


def _check(read: Callable[[str], object], *, name: str, identifier: str) -> CheckMessage | None:
    try:
        read(getattr(settings, name))
    except ValueError as error:
        return Error(f"{name}: {error}", id=identifier)
    return None

"""What must never be readable in a log: NIR, e-mail addresses, telephone numbers, IBAN.

The filter masks the finished message, so that a value slipped in through an argument is caught too.
It is a net, not a licence: code logs ids.
"""

import logging
import re
from typing import Final

_NIR: Final = r"(?<!\d)[1-8][ .-]?\d{2}[ .-]?\d{2}[ .-]?(?:\d{2}|2[AB])[ .-]?\d{3}[ .-]?\d{3}(?:[ .-]?\d{2})?(?!\d)"
# The look-behind keeps a long word without an @ from being tried at each of its letters.
_EMAIL: Final = r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_PHONE: Final = r"(?<!\d)(?:\+|00)33[ .-]?[1-9](?:[ .-]?\d{2}){4}(?!\d)|(?<!\d)0[1-9](?:[ .-]?\d{2}){4}(?!\d)"
_IBAN: Final = r"(?<![0-9A-Za-z])FR\d{2}(?: ?[0-9A-Z]{4}){5} ?[0-9A-Z]{3}(?![0-9A-Za-z])"

# Ids and digests are no personal data, though digits within them may look like a telephone number.
_DIGEST: Final = r"(?<![0-9A-Za-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,128})(?![0-9A-Za-z@])"

_PATTERN: Final = re.compile(
    f"(?P<digest>{_DIGEST})|(?P<mail>{_EMAIL})|(?P<iban>{_IBAN})|(?P<nir>{_NIR})|(?P<phone>{_PHONE})"
)
_WORDS: Final = {"mail": "[e-mail]", "iban": "[iban]", "nir": "[nir]", "phone": "[phone]"}

NIR_CLEAR_PREFIX: Final = 7


def mask_personal_data(text: str) -> str:
    """Replace every NIR, e-mail address, telephone number and IBAN by a word in brackets."""
    return _PATTERN.sub(lambda found: _WORDS.get(found.lastgroup or "", found[0]), text)


def mask_nir(nir: str) -> str:
    """Keep 7 characters in front and 2 at the end, the form that reject files use (feed format, version 1)."""
    if len(nir) <= NIR_CLEAR_PREFIX + 2:
        return "*" * len(nir)
    return nir[:NIR_CLEAR_PREFIX] + "*" * (len(nir) - NIR_CLEAR_PREFIX - 2) + nir[-2:]


def mask_email(address: str) -> str:
    """``p***@example.org``: enough for its owner to recognise it."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}***@{domain}"


def mask_phone(number: str) -> str:
    """``** ** ** 12 34``: the last four digits only."""
    digits = number[-4:]
    return f"** ** ** {digits[:2]} {digits[2:]}"


class MaskPersonalData(logging.Filter):
    """Logging filter that masks the finished message of every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = mask_personal_data(record.getMessage())
        record.args = None
        return True

"""Receipt numbers: « SR », the year, nine random digits and a check digit, read in groups of four.

The check digit is Damm's: one wrong digit, or two neighbours exchanged, is always found. Digits are drawn at random,
so that a number says nothing of how many reports there are.
"""

import re
import secrets
from typing import Final

from stdnum import damm

PREFIX: Final = "SR"
_RANDOM_DIGITS: Final = 9
_SHAPE: Final = re.compile(r"SR\d{12}", re.ASCII)
_IGNORED: Final = re.compile(r"[\s.\-\u2010-\u2015]")


class ReceiptNumberError(ValueError):
    """Not a receipt number. The message never repeats what was typed."""


def new_receipt_no(*, year: int) -> str:
    """A number that was probably never given; the database decides."""
    digits = f"{year % 100:02}{secrets.randbelow(10**_RANDOM_DIGITS):0{_RANDOM_DIGITS}}"
    return f"{PREFIX}{digits}{damm.calc_check_digit(digits)}"


def read_receipt_no(text: str) -> str:
    """The number as it is kept, from what somebody copied. Raises ReceiptNumberError."""
    number = _IGNORED.sub("", text).upper()
    if not _SHAPE.fullmatch(number) or damm.checksum(number.removeprefix(PREFIX)) != 0:
        raise ReceiptNumberError("no receipt number, or a mistake in its digits")
    return number


def shown(receipt_no: str) -> str:
    """``SR 2648 2190 3755``, with spaces that do not break."""
    digits = receipt_no.removeprefix(PREFIX)
    return "\u00a0".join([PREFIX, *(digits[place : place + 4] for place in range(0, len(digits), 4))])

"""French typography of amounts, rates, dates and sentences."""

import datetime as dt
import re
from decimal import Decimal
from typing import Final

NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"
_MONTHS: Final = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_BEFORE: Final = re.compile(r"[ \u00a0\u202f]+([:;?!»%€])")
# « 1 000 mg », « 1 g »: a number stays with its thousands and with its unit.
_IN_NUMBER: Final = re.compile(r"(?<=\d) (?=\d{3}(?!\d)|(?:g|kg|mg|µg|l|cl|ml|cm|mm|UI)\b)", re.IGNORECASE)
_AFTER: Final = re.compile(r"«[ \u00a0\u202f]*")


def typeset(text: str) -> str:
    """Curly apostrophes, and spaces that do not break before « : ; ? ! % € », inside guillemets and in numbers."""
    tight = _BEFORE.sub(rf"{NBSP}\1", text.replace("'", "’"))
    return _IN_NUMBER.sub(NBSP, _AFTER.sub(f"«{NBSP}", tight))


def euros(amount: Decimal) -> str:
    """``1 234,50 €`` with spaces that do not break; two decimals always, a real minus sign."""
    digits = f"{abs(amount):,.2f}".replace(",", NBSP).replace(".", ",")
    return f"{MINUS if amount < 0 else ''}{digits}{NBSP}€"


def percent(rate: Decimal) -> str:
    """``70 %``, ``37,5 %``: no useless zero."""
    digits = f"{rate:f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return f"{digits.replace('.', ',')}{NBSP}%"


def french_date(day: dt.date) -> str:
    """``1er octobre 2026``, ``12 octobre 2026``."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number}{NBSP}{_MONTHS[day.month - 1]}{NBSP}{day.year}"


def french_period(start: dt.date, end: dt.date | None) -> str:
    """``le 12 octobre 2026``, or ``du 3 octobre 2026 au 7 octobre 2026`` when it lasted."""
    if end is None or end <= start:
        return f"le {french_date(start)}"
    return f"du {french_date(start)} au {french_date(end)}"


def shortened(text: str, *, most: int) -> str:
    """At most ``most`` characters, cut between words and ended by an ellipsis."""
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"

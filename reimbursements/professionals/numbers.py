"""Check digits of professionals and establishments (references: Annuaire santé, FINESS)."""

from typing import Final

from stdnum import luhn

RPPS_DIGITS: Final = 11
FINESS_CHARACTERS: Final = 9


def is_rpps(text: str) -> bool:
    """11 digits whose Luhn sum is right."""
    return _is_luhn(text, digits=RPPS_DIGITS)


def is_finess(text: str) -> bool:
    """9 digits whose Luhn sum is right. How Corsican numbers (2A, 2B) are summed is not published: they fail."""
    return _is_luhn(text, digits=FINESS_CHARACTERS)


def _is_luhn(text: str, *, digits: int) -> bool:
    return len(text) == digits and text.isascii() and text.isdigit() and bool(luhn.is_valid(text))

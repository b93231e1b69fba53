"""Taking out of a note what must never be written there: social security, bank account and card numbers, addresses.

Rather too much than too little: any run of thirteen digits or more goes, whatever it is. Telephone numbers and e-mail
addresses belong to the directory, where their person changes them; the numbers that we show ourselves stay.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_GAP: Final = r"(?:[\s.\-/_·•‐-―−]{0,2}|,)"
"""What people write between digits: spaces and line ends, dots, strokes and dashes; a comma alone."""
_CORSICAN: Final = re.compile(
    rf"(?<!\d)[1-8]{_GAP}(?:\d{_GAP}){{4}}2{_GAP}[ABab]{_GAP}(?:\d{_GAP}){{5}}\d(?:{_GAP}\d{{2}})?(?!\d)"
)
_LONG: Final = re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{12,}}(?!\d)")
_IBAN_START: Final = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z]{{2}}{_GAP}\d{_GAP}\d(?:{_GAP}[A-Za-z0-9]){{11,30}}")
# The look-behind keeps a long word without an @ from being tried at each of its letters.
_EMAIL: Final = re.compile(r"(?<![\w.+\-])[\w.+\-]+\s?@\s?[\w\-]+(?:\.[\w\-]+)+")
_PHONE: Final = re.compile(
    rf"(?<!\d)(?:(?:\+|00){_GAP}(?:\d{_GAP}){{2,3}}(?:\(0\){_GAP})?[1-9]|0{_GAP}[1-9])(?:{_GAP}\d){{8}}(?!\d)"
)
_DATE: Final = re.compile(rf"\d\d(?:{_GAP})\d\d(?:{_GAP})(?:19|20)\d\d(?!\d)")
"""A day and an hour after it have as many digits as a telephone number."""
_OWN_NUMBERS: Final = frozenset({"0553356237"})
"""Shown to everybody whom we call; 3646 is too short to be taken for a telephone number."""
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_IBAN_LENGTHS: Final = range(34, 14, -1)
_FR_DIGITS: Final = 10
"""Of a French account number, even a wrong one; the rest of the word is then no word."""
_NIR_DIGITS: Final = (13, 15)
_CARD_DIGITS: Final = range(13, 20)


@dataclass(frozen=True, slots=True)
class Redacted:
    """What is left, and which kinds: ``nir``, ``iban``, ``card``, ``number``, ``phone``, ``email``."""

    text: str
    kinds: tuple[str, ...]


def redact(text: str) -> Redacted:
    """The text without those numbers; digits of any script and hidden characters in between are seen through."""
    kinds: set[str] = set()

    def hide(kind: str) -> str:
        kinds.add(kind)
        return f"[{_WORDS[kind]}]"

    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    plain = _EMAIL.sub(lambda _: hide("email"), plain)
    plain = _IBAN_START.sub(lambda found: _without_iban(found[0], hide("iban")) if _iban(found[0]) else found[0], plain)
    plain = _CORSICAN.sub(lambda _: hide("nir"), plain)
    plain = _LONG.sub(lambda found: hide(_kind_of(found[0])), plain)
    plain = _PHONE.sub(lambda found: found[0] if _may_stay(found[0]) else hide("phone"), plain)
    return Redacted(plain, tuple(sorted(kinds)))


_WORDS: Final = {
    "nir": "NIR masqué", "iban": "IBAN masqué", "card": "carte masquée", "number": "numéro masqué",
    "phone": "téléphone masqué", "email": "adresse e-mail masquée",
}  # fmt: skip


def _may_stay(found: str) -> bool:
    """Whether what looks like a telephone number is ours, or a day with its hour."""
    return _DATE.match(found) is not None or re.sub(r"\D", "", found) in _OWN_NUMBERS


def _kind_of(found: str) -> str:
    digits = re.sub(r"\D", "", found)
    is_card = len(digits) in _CARD_DIGITS and _luhn(digits)
    if len(digits) in _NIR_DIGITS and digits[0] in "12345678" and (_has_key(digits) or not is_card):
        return "nir"
    return "card" if is_card else "number"


def _has_key(digits: str) -> bool:
    """Whether the last two of fifteen digits are the key of the rest."""
    return len(digits) == max(_NIR_DIGITS) and int(digits[13:]) == 97 - int(digits[:13]) % 97


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0


def _iban(found: str) -> int:
    """How many letters and digits at the beginning are an account number; 0 when none are."""
    compact = re.sub(r"[^A-Za-z0-9]", "", found).upper()
    for length in _IBAN_LENGTHS:
        if length <= len(compact) and _mod_97(compact[:length]):
            return length
    is_french = compact.startswith("FR") and sum(map(str.isdigit, compact[2:29])) >= _FR_DIGITS
    return min(27, len(compact)) if is_french else 0


def _mod_97(account: str) -> bool:
    moved = account[4:] + account[:4]
    return int("".join(str(int(each, 36)) for each in moved)) % 97 == 1


def _without_iban(found: str, word: str) -> str:
    """The rest of what was found after the account number, with the word in its place."""
    left = _iban(found)
    for place, each in enumerate(found):
        left -= each.isalnum()
        if left == 0:
            return word + found[place + 1 :]
    return word

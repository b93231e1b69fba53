"""The NIR (numéro de sécurité sociale): 13 characters and a key of 2.

python-stdnum checks the key, and is guarded by a pattern of our own: alone it accepts a sex digit 9, month 00
and a trailing newline, and raises ValueError on a newline inside (references: SNDS documentation, Insee c1409).
"""

import re
from typing import Final

from stdnum.fr import nir as stdnum_nir

# Months 20 to 42 and 50 to 99 stand for births whose civil status is incomplete.
_FORM: Final = re.compile(r"[1-8][0-9]{2}(?:0[1-9]|1[0-2]|[2-9][0-9])(?:[0-9]{2}|2[AB])[0-9]{6}[0-9]{2}", re.ASCII)


class NirError(ValueError):
    """Not a NIR. The message never repeats the value."""


def parse_nir(text: str) -> str:
    """Return the 15 characters of a NIR written with or without separators. Raises NirError."""
    compact = re.sub(r"[ .\-\u00a0\u202f]", "", text).upper()
    if not is_nir(compact):
        raise NirError("this is not a NIR of 15 characters with a correct key")
    return compact


def is_nir(compact: str) -> bool:
    """True for exactly 15 characters of the right form with the right key."""
    return _FORM.fullmatch(compact) is not None and stdnum_nir.is_valid(compact)


def nir_key(first_13: str) -> str:
    """The key of a NIR: 97 - (number mod 97), with 2A read as 19 and 2B as 18; two digits."""
    number = int(first_13.replace("2A", "19").replace("2B", "18"))
    return f"{97 - number % 97:02d}"

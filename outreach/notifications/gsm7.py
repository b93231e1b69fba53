"""How an SMS is encoded and how many segments it costs (3GPP TS 23.038 and 23.040).

One character outside the GSM 7-bit alphabet turns the whole message into UCS-2 and divides its room by more than
two; in French that is ç, ê, ô, œ, the guillemets and the typographic apostrophe.
"""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Literal

# TS 23.038 §6.2.1, in code order; position 0x1B is the escape to the extension table and is no character.
_DEFAULT_ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION_TABLE = "\f^{}\\[~]|€"
SEPTETS: dict[str, int] = dict.fromkeys(_DEFAULT_ALPHABET, 1) | dict.fromkeys(_EXTENSION_TABLE, 2)

GSM7_SINGLE, GSM7_PART = 160, 153
UCS2_SINGLE, UCS2_PART = 70, 67

# What French typing brings in most often; every other accented letter falls back on its bare letter.
_REPLACEMENTS = {
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "–": "-",
    "—": "-",
    "…": "...",
    "œ": "oe",
    "Œ": "OE",
    "ç": "c",
    "•": "-",
    "·": ".",
    "°": "o",
    "\u00a0": " ",
    "\u202f": " ",
    "\u2009": " ",
    "\u200b": "",
    "\u00ad": "",
    "\ufeff": "",
}
_NAMES_FR = {
    "\u00a0": "espace insécable",
    "\u202f": "espace fine insécable",
    "\u2009": "espace étroite",
    "\u200b": "caractère invisible",
    "\u00ad": "césure invisible",
    "\ufeff": "marque invisible",
    "\t": "tabulation",
}


@dataclass(frozen=True, slots=True)
class SmsSize:
    """Size of one SMS.

    `septets` is None when the message cannot be sent as GSM-7; `units` then counts UTF-16 code units, else septets.
    `offending` holds (character, number of times) in order of first appearance.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    septets: int | None
    segments: int
    offending: tuple[tuple[str, int], ...]


def analyse_sms(text: str) -> SmsSize:
    """Encoding, units and segments of `text` exactly as typed (an empty text has no segment)."""
    offending = tuple(Counter(char for char in text if char not in SEPTETS).items())
    if offending:
        widths = [2 if ord(char) > 0xFFFF else 1 for char in text]
        segments = _segments(widths, single=UCS2_SINGLE, part=UCS2_PART)
        return SmsSize("UCS-2", sum(widths), None, segments, offending)
    widths = [SEPTETS[char] for char in text]
    total = sum(widths)
    return SmsSize("GSM-7", total, total, _segments(widths, single=GSM7_SINGLE, part=GSM7_PART), ())


def _segments(widths: list[int], *, single: int, part: int) -> int:
    """Segments needed; an escape pair or a surrogate pair is never cut, so a part may stay one unit short."""
    total = sum(widths)
    if total <= single:
        return 1 if total else 0
    segments, room = 1, part
    for width in widths:
        if width > room:
            segments, room = segments + 1, part
        room -= width
    return segments


def suggestion(char: str) -> str | None:
    """GSM-7 text that may stand for `char`; None when nothing reasonable exists (emoji, other scripts)."""
    if char in SEPTETS:
        return char
    if char in _REPLACEMENTS:
        return _REPLACEMENTS[char]
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    if bare == "" or any(c not in SEPTETS for c in bare):
        return "" if unicodedata.combining(char) else None
    return bare


def to_gsm7(text: str) -> str:
    """`text` with every replaceable character replaced; what has no replacement stays and still shows as offending.

    For the editor to accept or refuse: never applied silently.
    """
    composed = unicodedata.normalize("NFC", text)
    return "".join(replacement if (replacement := suggestion(char)) is not None else char for char in composed)


def offending_fr(size: SmsSize) -> str:
    """French list for a form's error, for instance « ’ (2 fois) → ' ; œ → oe »; empty when nothing offends."""
    return " ; ".join(_offender_fr(char, times) for char, times in size.offending)


def _offender_fr(char: str, times: int) -> str:
    shown = _NAMES_FR.get(char) or (char if char.isprintable() else f"U+{ord(char):04X}")
    if unicodedata.combining(char):
        shown = f"accent séparé U+{ord(char):04X}"
    replacement = suggestion(char)
    advice = {None: "à retirer", "": "à retirer", " ": "espace simple"}.get(replacement, replacement)
    count = f" ({times} fois)" if times > 1 else ""
    return f"{shown}{count} → {advice}"

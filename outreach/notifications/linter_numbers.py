"""Numbers in messages: none, but for the two telephone numbers of the health insurer.

The safe rule comes first: a digit that is not part of an allowed number is a finding. What kind of number it looks
like only chooses the code and the sentence.
"""

import re
from collections.abc import Iterator

from outreach.notifications.linter_findings import Finding, LintCode, finding
from outreach.notifications.linter_skeleton import Skeleton

ALLOWED_NUMBERS = frozenset({"3646", "0553356237", "+33553356237", "+330553356237", "0033553356237", "00330553356237"})

# What people put between the digits of one number. Short and disjoint from digits: matching stays linear.
_JOINER = r"[ \n\-/_().,:'*|]{0,4}"
_NIR = re.compile(
    rf"(?<![0-9])[1-478](?:{_JOINER}[0-9]){{4}}{_JOINER}(?:[0-9]{_JOINER}[0-9]|2{_JOINER}[ab])(?:{_JOINER}[0-9]){{6}}"
    rf"(?:{_JOINER}[0-9]{_JOINER}[0-9])?(?!{_JOINER}[0-9])"
)
_IBAN_START = re.compile(rf"(?=([a-z]{_JOINER}[a-z]{_JOINER}[0-9]{_JOINER}[0-9](?:{_JOINER}[a-z0-9]){{11,30}}))")
# One number as typed: single signs between digits; a full stop, comma or new line followed by a space
# ends it.
_CLUSTER = re.compile(r"(?:\+ ?)?\(?[0-9](?:(?:[ \-/_()]{0,3}|[ ]?[.,:'*|]|[ ][.,:'*|][ ])[0-9])*")

# IBAN lengths by country (SWIFT registry), neighbours and the countries whose banks French residents use.
_IBAN_LENGTHS = {
    "ad": 24, "at": 20, "be": 16, "bg": 22, "ch": 21, "cy": 28, "cz": 24, "de": 22, "dk": 18, "ee": 20, "es": 24,
    "fi": 18, "fr": 27, "gb": 22, "gi": 23, "gr": 27, "hr": 21, "hu": 28, "ie": 22, "is": 26, "it": 27, "li": 21,
    "lt": 20, "lu": 20, "lv": 21, "ma": 28, "mc": 27, "mt": 31, "nl": 18, "no": 15, "pl": 28, "pt": 25, "ro": 24,
    "se": 24, "si": 19, "sk": 24, "sm": 27, "tn": 24, "tr": 26, "mu": 30, "mr": 27, "dz": 26, "sn": 28, "ci": 28,
}  # fmt: skip


def number_findings(skeleton: Skeleton) -> Iterator[Finding]:
    text = skeleton.text
    nir_spans = [match.span() for match in _NIR.finditer(text)]
    iban_spans = list(_iban_spans(text))
    for code, spans in ((LintCode.NIR, nir_spans), (LintCode.IBAN, iban_spans)):
        for start, end in spans:
            yield finding(code, _masked(skeleton.excerpt(start, end)))
    known = nir_spans + iban_spans
    for match in _CLUSTER.finditer(text):
        start, end = match.span()
        if any(start < known_end and known_start < end for known_start, known_end in known):
            continue
        if not _is_allowed(text, start, end):
            code = _kind(match.group(), text[end : end + 3])
            yield finding(code, _masked(skeleton.excerpt(start, end)))


def _is_allowed(text: str, start: int, end: int) -> bool:
    """An allowed number standing alone: no letter, no sign that would make it part of something longer."""
    number = _compact(text[start:end])
    before, after = text[start - 1 : start], text[end : end + 1]
    return number in ALLOWED_NUMBERS and not before.isalnum() and not after.isalnum() and before not in set("+@/.€")


def _compact(cluster: str) -> str:
    return ("+" if cluster.startswith("+") else "") + "".join(char for char in cluster if char.isdigit())


def _kind(cluster: str, after: str) -> LintCode:
    number = _compact(cluster)
    digits = number.lstrip("+")
    if after.lstrip()[:1] in {"€", "£", "$"} or re.fullmatch(r"\d{1,3}(?:[ .']?\d{3})*[.,]\d{1,2}|\d+,\d+", cluster):
        return LintCode.AMOUNT
    if 13 <= len(digits) <= 19 and has_luhn_key(digits):
        return LintCode.CARD
    if number.startswith("+") or digits.startswith("00") or len(digits) in {9, 10}:
        return LintCode.PHONE
    if re.fullmatch(r"\d{4,6}", cluster):
        return LintCode.SHORT_CODE
    return LintCode.DIGIT


def _iban_spans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN_START.finditer(text):
        start = match.start(1)
        places = [start + offset for offset, char in enumerate(match.group(1)) if char.isalnum()]
        compact = "".join(text[place] for place in places)
        length = _IBAN_LENGTHS.get(compact[:2], 0)
        candidate = compact[:length]
        # twelve digits at least: « de 3646 pour en savoir plus » is no German account
        if not 0 < length <= len(compact) or sum(char.isdigit() for char in candidate) < 12:
            continue
        if has_iban_key(candidate) or re.fullmatch(r"fr\d{12}[a-z0-9]{13}", candidate):
            yield start, places[length - 1] + 1


def has_iban_key(iban: str) -> bool:
    """ISO 13616: the first four characters moved to the end, letters as 10–35, modulo 97 gives 1."""
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def has_luhn_key(digits: str) -> bool:
    """ISO/IEC 7812 check digit, as on payment cards."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0


def _masked(excerpt: str) -> str:
    """First two signs kept: enough to find the place, too little to be somebody's number."""
    return excerpt if len(excerpt) <= 6 else excerpt[:2] + "".join("•" if c.isalnum() else c for c in excerpt[2:])

"""One row of assures-v1 read and judged: a ``PersonRow``, or the findings that say why not."""

import datetime as dt
import re
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from stdnum import luhn

from accounts.people.contacts import contact_lookup
from accounts.people.enums import ContactKind, PreferredChannel
from accounts.people.nir import is_nir
from ameli_notify.core.crypto import lookup_id
from ameli_notify.core.delivered_files import RawLine, split_row
from ameli_notify.core.findings import E001_PARSE, E101_NIR_KEY, WHOLE_LINE, Finding

COLUMNS: Final = (
    "format_version", "fund_code", "nir", "policyholder_nir", "birth_date", "birth_rank", "sex", "birth_name",
    "usage_name", "first_names", "postcode", "territory", "email", "mobile", "landline", "preferred_channel",
    "ald_codes", "treating_rpps", "death_date", "contact_protected", "amc_code", "amc_member_no", "amc_from", "amc_to",
)  # fmt: skip
W120_CONTACT: Final = "W120_CONTACT"
W121_TREATING_RPPS: Final = "W121_TREATING_RPPS"

_AT: Final = {name: position for position, name in enumerate(COLUMNS)}
_MONTH_AND_DAY: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_OPTIONAL_DATE: Final = rf"(?:(?:19|20)\d{{2}}{_MONTH_AND_DAY})?"
_DATES: Final = tuple((name, _AT[name]) for name in ("death_date", "amc_from", "amc_to"))
_NIR: Final = _AT["nir"]
_HOLDER: Final = _AT["policyholder_nir"]
_BIRTH_DATE: Final = _AT["birth_date"]
_TREATING_RPPS: Final = _AT["treating_rpps"]
_AMC_CODE: Final = _AT["amc_code"]
_AMC_FROM: Final = _AT["amc_from"]
_AMC_TO: Final = _AT["amc_to"]

# What cannot be otherwise. A birth date may be lunar (month above 12): only its 8 digits are sure.
_GRAMMAR: Final = {
    "format_version": "1",
    "fund_code": r"\d{2}C\d{6}",
    "birth_date": r"\d{8}",
    "birth_rank": r"[1-9]?",
    "sex": "[12]",
    "birth_name": r".{1,80}",
    "usage_name": r".{0,80}",
    "first_names": r".{1,120}",
    "postcode": r"[0-9A-Z]{0,5}",
    "territory": r"(?:97[12346]|57|67|68)?",
    "preferred_channel": f"(?:{'|'.join(PreferredChannel.values)})?",
    "ald_codes": r"(?:[1-9]\d?(?: [1-9]\d?)*)?",
    "death_date": _OPTIONAL_DATE,
    "contact_protected": "[01]?",
    "amc_code": r"[0-9A-Z]{0,10}",
    "amc_member_no": r".{0,20}",
    "amc_from": _OPTIONAL_DATE,
    "amc_to": _OPTIONAL_DATE,
}
_READERS: Final = tuple((name, _AT[name], re.compile(form, re.ASCII)) for name, form in _GRAMMAR.items())
# The same in one pattern, for a line without quotes: one match instead of one a cell.
_PLAIN_LINE: Final = re.compile(
    ";".join(f"(?:{_GRAMMAR.get(name, '.*')})".replace(".", '[^;"]') for name in COLUMNS), re.ASCII
)

# Deliberately narrower than RFC 5321: what a header or a command line could misread is no address of ours.
_EMAIL: Final = re.compile(
    r"(?=.{3,254}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]",
    re.ASCII,
)
_E164: Final = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_CONTACTS: Final = (
    (ContactKind.EMAIL.value, _AT["email"], _EMAIL),
    (ContactKind.MOBILE.value, _AT["mobile"], _E164),
    (ContactKind.LANDLINE.value, _AT["landline"], _E164),
)


class Contact(NamedTuple):
    """A good address and its blind index."""

    address: str
    lookup: uuid.UUID


@dataclass(slots=True)
class PersonRow:
    """One accepted row. ``cells`` are as delivered, in the order of COLUMNS; ``contacts`` are the good addresses."""

    line: RawLine
    nir_lookup: uuid.UUID
    policyholder_lookup: uuid.UUID | None
    cells: list[str]
    born_on: dt.date | None
    treating_rpps: int | None
    contacts: dict[str, Contact] = field(default_factory=dict)
    warnings: list[Finding] = field(default_factory=list)

    @property
    def nir(self) -> str:
        return self.cells[_NIR]


def read_person(line: RawLine, *, key: bytes) -> PersonRow | list[Finding]:
    """Judge one row; ``key`` is the key of the blind index."""
    if not line.text.isprintable():
        return [Finding(line.number, E001_PARSE, WHOLE_LINE, "")]
    if _PLAIN_LINE.fullmatch(line.text):
        return _judged(line, line.text.split(";"), key=key)
    cells = split_row(line.text)
    if cells is None or len(cells) != len(COLUMNS):
        return [Finding(line.number, E001_PARSE, WHOLE_LINE, "" if cells is None else str(len(cells)))]
    findings = [
        Finding(line.number, E001_PARSE, name, cells[position])
        for name, position, form in _READERS
        if form.fullmatch(cells[position]) is None
    ]
    return findings or _judged(line, cells, key=key)


def _judged(line: RawLine, cells: list[str], *, key: bytes) -> PersonRow | list[Finding]:
    return _wrong_dates(line, cells) or _wrong_nirs(line, cells) or _person(line, cells, key=key)


def _person(line: RawLine, cells: list[str], *, key: bytes) -> PersonRow:
    nir, holder = cells[_NIR], cells[_HOLDER]
    person = PersonRow(
        line,
        nir_lookup=lookup_id("nir", nir, key=key),
        policyholder_lookup=lookup_id("nir", holder, key=key) if holder and holder != nir else None,
        cells=cells,
        born_on=_date(cells[_BIRTH_DATE]),
        treating_rpps=None,
    )
    for kind, position, form in _CONTACTS:
        address = cells[position]
        if address and form.fullmatch(address):
            person.contacts[kind] = Contact(address, contact_lookup(kind, address))
        elif address:
            person.warnings.append(Finding(line.number, W120_CONTACT, kind, _without_address(address)))
    rpps = cells[_TREATING_RPPS]
    if rpps and _is_rpps(rpps):
        person.treating_rpps = int(rpps)
    elif rpps:
        person.warnings.append(Finding(line.number, W121_TREATING_RPPS, "treating_rpps", rpps))
    return person


def _wrong_dates(line: RawLine, cells: list[str]) -> list[Finding]:
    """Dates that no calendar has, a membership without a start or with its end before it."""
    wrong = [name for name, position in _DATES if cells[position] and _date(cells[position]) is None]
    amc_from, amc_to = cells[_AMC_FROM], cells[_AMC_TO]
    if not wrong and cells[_AMC_CODE] and not amc_from:
        wrong = ["amc_from"]
    elif not wrong and amc_to and amc_to < amc_from:
        wrong = ["amc_to"]
    return [Finding(line.number, E001_PARSE, name, cells[_AT[name]]) for name in wrong]


def _wrong_nirs(line: RawLine, cells: list[str]) -> list[Finding]:
    nir, holder = cells[_NIR], cells[_HOLDER]
    findings = [] if is_nir(nir) else [Finding(line.number, E101_NIR_KEY, "nir", nir)]
    if holder and holder != nir and not is_nir(holder):
        findings.append(Finding(line.number, E101_NIR_KEY, "policyholder_nir", holder))
    return findings


def _date(text: str) -> dt.date | None:
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:])) if text else None
    except ValueError:
        return None


@lru_cache(maxsize=1 << 17)
def _is_rpps(text: str) -> bool:
    return len(text) == 11 and text.isascii() and text.isdigit() and bool(luhn.is_valid(text))


def _without_address(address: str) -> str:
    """A wrong address may still be nearly somebody's: only its length is told."""
    return f"({len(address)} caractères)"

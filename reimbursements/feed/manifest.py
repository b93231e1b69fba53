"""The manifest that comes with a file of lines: who sent it, in which place of the sequence, with which totals."""

import datetime as dt
import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from ameli_notify.core.delivered_files import FileRefusal, RefusalCode
from reimbursements.feed.layout import FORMAT, FORMAT_VERSION

_MAX_BYTES: Final = 64 * 1024
_COMPRESSIONS: Final = {"gzip": True, "none": False}
_NAME: Final = re.compile(r"DEC_([0-9A-Z]{9})_(\d{8})_(\d{4,9})\.csv(?:\.gz)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Totals are euros, summed over every row of the file; ``sha256`` is of the file as delivered.

    ``file`` is its name, without a folder.
    """

    emitter_code: str
    flow_date: dt.date
    sequence: int
    previous_sequence: int
    file: str
    is_gzipped: bool
    row_count: int
    control_total_paid: Decimal
    control_total_charged: Decimal
    sha256: bytes


@dataclass(frozen=True, slots=True)
class NamedParts:
    """What a file name says by itself; empty where it does not follow the rule."""

    emitter_code: str = ""
    flow_date: dt.date | None = None
    sequence: int | None = None


def named_parts(path: Path) -> NamedParts:
    """Emitter, date and sequence from ``DEC_{emitter}_{AAAAMMJJ}_{seq4}.csv[.gz]``."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        return NamedParts()
    try:
        day = dt.datetime.strptime(match[2], "%Y%m%d").date()  # noqa: DTZ007 (a day has no time zone)
    except ValueError:
        day = None
    return NamedParts(match[1], day, int(match[3]))


def manifest_path(path: Path) -> Path:
    """``X.csv`` and ``X.csv.gz`` both come with ``X.manifest.json``."""
    return path.with_name(re.sub(r"\.csv(?:\.gz)?$", "", path.name) + ".manifest.json")


def read_manifest(path: Path) -> Manifest:
    """The manifest of a data file. Raises FileRefusal: F07 when it is missing or unreadable, F04 on another version."""
    where = manifest_path(path)
    try:
        with where.open("rb") as file:
            content = json.loads(file.read(_MAX_BYTES))
    except FileNotFoundError as error:
        raise FileRefusal(RefusalCode.UNREADABLE, f"le manifeste {where.name} manque.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise FileRefusal(RefusalCode.UNREADABLE, f"le manifeste {where.name} n’est pas lisible.") from error
    if not isinstance(content, dict):
        raise FileRefusal(RefusalCode.UNREADABLE, f"le manifeste {where.name} n’est pas lisible.")
    if content.get("format") != FORMAT or content.get("format_version") != FORMAT_VERSION:
        raise FileRefusal(RefusalCode.COLUMNS, f"le manifeste {where.name} n’est pas celui du format {FORMAT} 1.")
    try:
        return _parsed(content)
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise FileRefusal(
            RefusalCode.UNREADABLE, f"le manifeste {where.name} est incomplet ou une valeur y est illisible."
        ) from error


def _parsed(content: dict[str, Any]) -> Manifest:
    manifest = Manifest(
        emitter_code=_matching(content["emitter_code"], r"[0-9A-Z]{9}"),
        flow_date=dt.date.fromisoformat(content["flow_date"]),
        sequence=_count(content["sequence"]),
        previous_sequence=_count(content["previous_sequence"]),
        file=_matching(content["file"], r"[^/\x00-\x1f]{1,255}"),
        is_gzipped=_COMPRESSIONS[content["compression"]],
        row_count=_count(content["row_count"]),
        control_total_paid=_total(content["control_total_paid"]),
        control_total_charged=_total(content["control_total_charged"]),
        sha256=bytes.fromhex(_matching(content["sha256"], r"[0-9a-fA-F]{64}")),
    )
    if manifest.sequence <= manifest.previous_sequence:
        raise ValueError("a sequence follows its previous one")
    return manifest


def _matching(value: object, pattern: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        raise ValueError("not of the expected form")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise ValueError("not a count")
    return value


def _total(value: object) -> Decimal:
    return Decimal(_matching(str(value), r"-?\d{1,13}(?:\.\d{1,6})?"))

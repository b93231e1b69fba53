"""A document as accessible PDF (PDF/UA-1), from a typst template of ours and data.

The data goes beside the template, as JSON: a text in it is a text and never an instruction, whatever characters it
holds. Templates are ours; still, each document is made in a process that can open nothing (``core.typesetter``).
"""

import datetime as dt
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Final

PROGRAM: Final = Path(__file__).with_name("typesetter.py")
MOST_SECONDS: Final = 30
"""Of processor time, and of waiting."""
MOST_MEMORY: Final = 2 << 30
"""Bytes of address space, most of it never touched."""
AT_ONCE: Final = 2
"""Documents that one web process makes at the same time."""
TURN_SECONDS: Final = 10.0
MISSING: Final = "□"
"""What stands for a character that the fonts do not have: PDF/UA refuses a document with such a hole."""

# Latin script with its marks and signs; a test sets every one of them.
_UNSETTABLE: Final = re.compile(
    "[^ -~\u00a0-\u00ac\u00ae-\u017f\u2010-\u2015\u2018-\u201e\u2020-\u2022\u2026\u202f\u2039\u203a\u20ac\u2122\u2212□]"
)
_PLAIN: Final = str.maketrans({"\n": " ", "\t": " ", "\r": " "})

_turns: Final = BoundedSemaphore(AT_ONCE)


class TypesettingError(RuntimeError):
    """The document could not be made; the message says nothing of what is in it."""


class TypesettingBusyError(TypesettingError):
    """Too many documents are being made at this moment."""


def typeset(template: Path, data: Mapping[str, Any], *, made_at: dt.datetime) -> bytes:
    """The PDF that the template makes of ``data``, which it reads as ``json(bytes(sys.inputs.data))``.

    ``data`` holds only what JSON holds. Raises TypesettingError; TypesettingBusyError when no turn comes in time.
    """
    order = {
        "template": template.read_text(encoding="utf-8"),
        "data": json.dumps(settable(data)),
        "made_at": int(made_at.timestamp()),
        "cpu_seconds": MOST_SECONDS,
        "memory_bytes": MOST_MEMORY,
    }
    if not _turns.acquire(timeout=TURN_SECONDS):
        raise TypesettingBusyError("too many documents are being made")
    try:
        return _run(json.dumps(order).encode())
    finally:
        _turns.release()


def settable(value: Any) -> Any:  # noqa: ANN401 (whatever JSON holds)
    """The same data with every text made of characters that the fonts have."""
    if isinstance(value, str):
        return _UNSETTABLE.sub(MISSING, unicodedata.normalize("NFC", value).translate(_PLAIN))
    if isinstance(value, Mapping):
        return {name: settable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [settable(each) for each in value]
    return value


def _run(order: bytes) -> bytes:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(PROGRAM)], input=order, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, cwd="/", env={"RAYON_NUM_THREADS": "1"}, timeout=MOST_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise TypesettingError(f"typesetting took more than {MOST_SECONDS} s") from None
    if done.returncode:
        raise TypesettingError(f"typesetting ended with status {done.returncode}")
    return done.stdout

"""The QR code of an authenticator app's key, as one path of a drawing that templates write out themselves."""

from dataclasses import dataclass
from itertools import groupby
from typing import Final

import segno

QUIET_ZONE: Final = 4
"""Modules left blank around the code (ISO/IEC 18004)."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """Drawn in a square of ``size`` units, a unit for each module; ``path`` covers the dark ones."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The QR code of ``text``, which bears 15 % of damage."""
    rows = segno.make(text, error="m", micro=False).matrix
    strokes = []
    for y, row in enumerate(rows, start=QUIET_ZONE):
        x = QUIET_ZONE
        for is_dark, run in groupby(row, key=bool):
            length = len(list(run))
            if is_dark:
                strokes.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return QrCode(size=len(rows) + 2 * QUIET_ZONE, path="".join(strokes))

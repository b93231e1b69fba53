"""Where a professional lies among peers, as SVG: one row a figure, each on a scale of its own.

Geometry is in attributes, in percent of the width, colours are in the style sheet; the table beside it says the same.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reimbursements.activity.peers import Spread
from reimbursements.explanations.svg import Svg

_ROW: Final = 76
_LABEL_BASELINE: Final = 18
_AXIS: Final = 46
_BOX: Final = 22
_DOT: Final = 7
_MARGIN: Final = 4.0
"""Percent of the width left free on either side, so that a dot at the end of a scale is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRow:
    """``label`` and ``text`` are words; ``value`` is the professional's own."""

    label: str
    text: str
    value: float
    peers: Spread


def peer_chart(rows: Sequence[PeerRow], *, title: str, description: str) -> Svg:
    """A line from the fifth to the ninety-fifth percentile, a box of the quartiles, the median, and a dot."""
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "peers",
            "role": "img",
            "width": "100%",
            "height": str(max(len(rows), 1) * _ROW),
            "aria-labelledby": "peers-title peers-desc",
        },
    )
    ET.SubElement(root, "title", {"id": "peers-title"}).text = title
    ET.SubElement(root, "desc", {"id": "peers-desc"}).text = description
    for index, row in enumerate(rows):
        _draw(root, row, top=index * _ROW)
    return Svg(ET.tostring(root, encoding="unicode"))


def _draw(root: ET.Element, row: PeerRow, *, top: int) -> None:
    group = ET.SubElement(root, "g", {"class": "peers__row"})
    label = ET.SubElement(group, "text", {"class": "peers__label", "x": "0", "y": str(top + _LABEL_BASELINE)})
    label.text = f"{row.label} : {row.text}"
    axis = str(top + _AXIS)
    span = (min(row.value, row.peers.low), max(row.value, row.peers.high))

    def at(value: float) -> str:
        return f"{place(value, low=span[0], high=span[1]):.2f}%"

    _line(group, "peers__reach", at(row.peers.low), at(row.peers.high), axis, axis)
    first, third = (
        place(one, low=span[0], high=span[1]) for one in (row.peers.first_quartile, row.peers.third_quartile)
    )
    box = {"x": f"{first:.2f}%", "y": str(top + _AXIS - _BOX // 2), "height": str(_BOX)}
    ET.SubElement(group, "rect", {"class": "peers__box", "width": f"{max(third - first, 0.5):.2f}%", **box})
    median = at(row.peers.median)
    _line(group, "peers__median", median, median, str(top + _AXIS - _BOX // 2), str(top + _AXIS + _BOX // 2))
    ET.SubElement(group, "circle", {"class": "peers__own", "cx": at(row.value), "cy": axis, "r": str(_DOT)})


def _line(group: ET.Element, name: str, x1: str, x2: str, y1: str, y2: str) -> None:
    ET.SubElement(group, "line", {"class": name, "x1": x1, "x2": x2, "y1": y1, "y2": y2})


def place(value: float, *, low: float, high: float) -> float:
    """Percent of the width at which a value lies between the ends of its scale; the middle when there is no span."""
    if high <= low:
        return 50.0
    return _MARGIN + (100 - 2 * _MARGIN) * (value - low) / (high - low)

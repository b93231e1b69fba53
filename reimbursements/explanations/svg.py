"""A bar chart as SVG: geometry in attributes, colours in the style sheet, words in ``<title>`` and ``<desc>``.

Built as a tree and serialised, so that no text can break out of it; there is no ``style`` in it.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reimbursements.explanations.lines import ZERO

WIDTH: Final = 640
_ROW: Final = 56
_BAR: Final = 24
_TEXT_BASELINE: Final = 16
_BAR_TOP: Final = 24
# A share above nothing is always seen.
_THINNEST: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """``key`` names the class of the bar (``chart__bar--you``), ``text`` is its value in words."""

    key: str
    label: str
    text: str
    amount: Decimal


class Svg(str):
    """A finished drawing: serialised from a tree, so already escaped. Templates print it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def bar_chart(bars: Sequence[Bar], *, title: str, description: str, element_id: str) -> Svg:
    """Horizontal bars, the longest as wide as the chart. ``element_id`` is unique in the page.

    A negative amount has no bar; its value is still written.
    """
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "chart",
            "role": "img",
            "viewBox": f"0 0 {WIDTH} {max(len(bars), 1) * _ROW}",
            "aria-labelledby": f"{element_id}-title {element_id}-desc",
        },
    )
    ET.SubElement(root, "title", {"id": f"{element_id}-title"}).text = title
    ET.SubElement(root, "desc", {"id": f"{element_id}-desc"}).text = description
    longest = max((bar.amount for bar in bars), default=ZERO)
    for index, bar in enumerate(bars):
        _draw(root, bar, top=index * _ROW, longest=longest)
    return Svg(ET.tostring(root, encoding="unicode"))


def _draw(root: ET.Element, bar: Bar, *, top: int, longest: Decimal) -> None:
    group = ET.SubElement(root, "g", {"class": "chart__row"})
    baseline = str(top + _TEXT_BASELINE)
    ET.SubElement(group, "text", {"class": "chart__label", "x": "0", "y": baseline}).text = bar.label
    value = {"class": "chart__value", "x": str(WIDTH), "y": baseline, "text-anchor": "end"}
    ET.SubElement(group, "text", value).text = bar.text
    place = {"x": "0", "y": str(top + _BAR_TOP), "height": str(_BAR)}
    ET.SubElement(group, "rect", {"class": "chart__track", "width": str(WIDTH), **place})
    if bar.amount > ZERO:
        width = max(int(bar.amount * WIDTH / longest), _THINNEST)
        ET.SubElement(group, "rect", {"class": f"chart__bar chart__bar--{bar.key}", "width": str(width), **place})

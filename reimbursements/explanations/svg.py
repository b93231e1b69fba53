"""A bar chart as SVG: geometry in attributes, colours in the style sheet, words in ``<title>`` and ``<desc>``.

It is as wide as its place: bars are shares of the width, and words keep the size of the page's text, also on a
narrow screen. Built as a tree and serialised, so that no text can break out of it; there is no ``style`` in it.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reimbursements.explanations.lines import ZERO

_ROW: Final = 88
_BAR: Final = 20
_LABEL_BASELINE: Final = 18
_VALUE_BASELINE: Final = 42
_BAR_TOP: Final = 52
_CENT: Final = Decimal("0.01")
# In percent of the width. A share above nothing is always seen.
_THINNEST: Final = Decimal("0.50")


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
    """Horizontal bars, each on a track that stands for the sum of all. ``element_id`` is unique in the page.

    A negative amount has no bar; its value is still written.
    """
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "chart",
            "role": "img",
            "width": "100%",
            "height": str(max(len(bars), 1) * _ROW),
            "aria-labelledby": f"{element_id}-title {element_id}-desc",
        },
    )
    ET.SubElement(root, "title", {"id": f"{element_id}-title"}).text = title
    ET.SubElement(root, "desc", {"id": f"{element_id}-desc"}).text = description
    whole = sum((bar.amount for bar in bars if bar.amount > ZERO), ZERO)
    for index, bar in enumerate(bars):
        _draw(root, bar, top=index * _ROW, whole=whole)
    return Svg(ET.tostring(root, encoding="unicode"))


def _draw(root: ET.Element, bar: Bar, *, top: int, whole: Decimal) -> None:
    group = ET.SubElement(root, "g", {"class": "chart__row"})
    label = {"class": "chart__label", "x": "0", "y": str(top + _LABEL_BASELINE)}
    ET.SubElement(group, "text", label).text = bar.label
    value = {"class": "chart__value", "x": "0", "y": str(top + _VALUE_BASELINE)}
    ET.SubElement(group, "text", value).text = bar.text
    place = {"x": "0", "y": str(top + _BAR_TOP), "height": str(_BAR)}
    ET.SubElement(group, "rect", {"class": "chart__track", "width": "100%", **place})
    if bar.amount > ZERO:
        share = max((bar.amount * 100 / whole).quantize(_CENT), _THINNEST)
        ET.SubElement(group, "rect", {"class": f"chart__bar chart__bar--{bar.key}", "width": f"{share}%", **place})

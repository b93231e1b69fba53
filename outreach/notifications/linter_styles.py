"""Inline styles of the HTML part: nothing loaded, nothing hidden, nothing red."""

import colorsys
import re
from collections.abc import Iterator

from outreach.notifications.linter_findings import Finding, LintCode, finding

_PROPERTY = re.compile(
    r"(?:background-)?color|font-(?:family|size|weight|style)|line-height|text-align|vertical-align"
    r"|(?:margin|padding)(?:-(?:top|right|bottom|left))?|(?:max-)?width"
    r"|border(?:-(?:top|right|bottom|left))?|border-(?:radius|collapse|spacing)"
)
_VALUE = re.compile(r"[a-z0-9#.,%' \-]+")
_RED_NAMES = frozenset(
    ("red", "darkred", "crimson", "firebrick", "maroon", "indianred", "tomato", "orangered", "lightcoral", "salmon")
    + ("brown", "deeppink", "hotpink")
)
_SMALLEST_FONT_PX = 12


def style_findings(style: str) -> Iterator[Finding]:
    """Findings of one `style` attribute."""
    for declaration in filter(None, (part.strip() for part in style.lower().split(";"))):
        name, _, value = (piece.strip() for piece in declaration.partition(":"))
        if re.search(r"url|@|import|expression|image", declaration):
            yield finding(LintCode.EXTERNAL, declaration)
        elif any(_is_red(colour) for colour in _colours(value)):
            yield finding(LintCode.RED, declaration)
        elif not _PROPERTY.fullmatch(name) or not _VALUE.fullmatch(value) or _hides(name, value):
            yield finding(LintCode.MARKUP, declaration)
        elif name.endswith("color") and not re.fullmatch(r"#(?:[0-9a-f]{3}){1,2}", value):
            yield finding(LintCode.MARKUP, declaration, detail_fr="écrivez la couleur sous la forme #rrggbb")


def _hides(name: str, value: str) -> bool:
    """A negative measure or a font too small to read would take text out of sight."""
    if re.search(r"(?<![a-z0-9])-\.?\d", value):
        return True
    if name != "font-size":
        return False
    size = re.fullmatch(r"(\d{1,2})px", value)
    return size is None or int(size.group(1)) < _SMALLEST_FONT_PX


def _colours(value: str) -> Iterator[tuple[float, float, float]]:
    """Colours named anywhere in a value, as red, green, blue from 0 to 1."""
    for digits in re.findall(r"#([0-9a-f]{3,8})", value):
        wide = "".join(2 * digit for digit in digits[:3]) if len(digits) < 6 else digits[:6]
        yield int(wide[:2], 16) / 255, int(wide[2:4], 16) / 255, int(wide[4:], 16) / 255
    for numbers in re.findall(r"rgba?\(([^)]*)", value):
        red, green, blue = (min(float(n) / 255, 1.0) for n in (re.findall(r"\d+(?:\.\d+)?", numbers) + ["0"] * 3)[:3])
        yield red, green, blue
    for numbers in re.findall(r"hsla?\(([^)]*)", value):
        hue = float((re.findall(r"\d+(?:\.\d+)?", numbers) or ["0"])[0]) % 360 / 360
        yield colorsys.hls_to_rgb(hue, 0.5, 1.0)
    if _RED_NAMES & set(re.findall("[a-z]+", value)):
        yield 1.0, 0.0, 0.0


def _is_red(colour: tuple[float, float, float]) -> bool:
    """Hue within 20 degrees of red (30 towards pink), saturated and bright enough to read as red."""
    hue, saturation, brightness = colorsys.rgb_to_hsv(*colour)
    return (hue <= 20 / 360 or hue >= 330 / 360) and saturation > 0.35 and brightness > 0.35

"""The e-mail around the words: small, readable in any client, in order without styles.

Inline styles only; text and background colours are set together, so that a client in dark mode keeps or inverts both.
"""

# ruff: noqa: E501 (markup)

from collections.abc import Sequence
from typing import Final

FONT: Final = "font-family:Arial,'Liberation Sans',Helvetica,sans-serif"
# Set once on each cell, which its paragraphs inherit from: the same words, a third less to carry 26 million times.
TEXT: Final = f"{FONT};font-size:17px;line-height:26px;color:#222324"
P: Final = "margin:0 0 16px 0"
H2: Final = "margin:8px 0;font-size:18px;line-height:24px;color:#0c419a"

CELL: Final = f'<td align="left" bgcolor="#ffffff" style="padding:24px 24px 8px 24px;background-color:#ffffff;{TEXT}">'
SET_APART: Final = f'<td align="left" bgcolor="#e7ecf5" style="padding:16px 24px 8px 20px;background-color:#e7ecf5;{TEXT};border-left:4px solid #0c419a">'


def framed(title: str, cells: Sequence[str]) -> str:
    """A whole HTML document; each cell is a ``td`` with its content, the title is text without markup."""
    rows = "".join(f"<tr>\n{cell}\n</td>\n</tr>\n" for cell in cells)
    return f"{_HEAD.replace('TITLE', title)}{rows}{_TAIL}"


_HEAD: Final = f"""\
<!doctype html>
<html lang="fr" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>TITLE</title>
</head>
<body style="margin:0;padding:0;background-color:#e7ecf5;color:#222324">
<table role="presentation" lang="fr" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#e7ecf5" style="background-color:#e7ecf5;color:#222324">
<tr>
<td align="center" style="padding:16px 8px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff" style="width:100%;max-width:580px;background-color:#ffffff;color:#222324">
<tr>
<td align="left" bgcolor="#0c419a" style="padding:20px 24px;background-color:#0c419a;color:#ffffff">
<h1 style="margin:0;{FONT};font-size:20px;line-height:26px;font-weight:bold;color:#ffffff">l’Assurance Maladie</h1>
</td>
</tr>
"""

_TAIL: Final = """\
</table>
</td>
</tr>
</table>
</body>
</html>
"""

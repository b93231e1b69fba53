"""The skeleton of a text: what a reader sees, without accents, disguises and invisible characters.

Patterns are matched against the skeleton, so that full-width letters, mathematical alphabets, look-alike Cyrillic or
Greek letters, circled digits and zero-width characters hide nothing. Each skeleton character remembers where it
came from, so that the editor is shown the text as typed.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from outreach.notifications.linter_findings import Finding, LintCode, finding

# What French prose needs; everything else is refused, which makes every disguise a finding of its own.
_FRENCH_LETTERS = "àâäæçéèêëîïôöœùûüÿ"
ALLOWED_CHARACTERS = frozenset(
    "\n !\"'(),-./:;?&+’‘“”«»–—…•·\u00a0\u202f"
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" + _FRENCH_LETTERS + _FRENCH_LETTERS.upper()
)
_SPECIAL_SIGNS = frozenset("{}<>$%|[]#_^~\\`*=@€£¥°º")  # refused by a rule of their own

# Keys are what the reader takes them for; Cyrillic and Greek in lower case, after case folding.
_DISGUISES = {
    "a": "аαɑ",
    "b": "вβь",
    "c": "сϲ",
    "d": "ԁɗ",
    "e": "еёεє",
    "g": "ɡ",
    "h": "һнη",
    "i": "іıιɩ",
    "j": "јϳ",
    "k": "кκ",
    "l": "ӏł",
    "m": "мμ",
    "n": "пν",
    "o": "оοσø",
    "p": "рρ",
    "q": "ԛ",
    "s": "ѕ",
    "t": "тτ",
    "u": "υц",
    "w": "ԝω",
    "x": "хχ",
    "y": "уγ",
    "z": "ʐ",
    "-": "‐‑‒–—−",
    "'": "’‘ʼ′",
    '"': "“”«»",
    ".": "。․‧∙•⋅·",
    "oe": "œ",
    "ae": "æ",
}
_LOOK_ALIKES = {ord(disguise): plain for plain, disguises in _DISGUISES.items() for disguise in disguises}
_BLANKS_THAT_ARE_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


@lru_cache(maxsize=4096)
def _bones(char: str) -> str:
    """Skeleton of one character: compatibility form, no marks, no format characters, lower case, Latin look."""
    if char in _BLANKS_THAT_ARE_LETTERS:
        return ""
    out = []
    for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold()):
        category = unicodedata.category(part)
        if category in {"Mn", "Me", "Mc", "Cf"}:
            continue
        if category == "Nd":
            out.append(str(unicodedata.digit(part)))
        elif category in {"Zl", "Zp"} or part == "\n":
            out.append("\n")
        elif category == "Zs" or part in "\t\r\v\f\x1c\x1d\x1e\x1f\x85":
            out.append(" ")
        else:
            out.append(part.translate(_LOOK_ALIKES))
    return "".join(out)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """`text` is matched; `origins[i]` is the place in `source` that `text[i]` came from."""

    source: str
    text: str
    origins: tuple[int, ...]

    def excerpt(self, start: int, end: int) -> str:
        """The part of the source behind `text[start:end]`, as typed."""
        return self.source[self.origins[start] : self.origins[end - 1] + 1] if end > start else ""


def skeleton_of(source: str) -> Skeleton:
    bones = [(bone, index) for index, char in enumerate(source) for bone in _bones(char)]
    return Skeleton(source, "".join(bone for bone, _ in bones), tuple(index for _, index in bones))


# « m é d i c a m e n t », « f-r »: single letters set apart by one sign each
_SPACED_LETTERS = re.compile(r"(?<![a-z0-9])[a-z0-9](?:[ \-_*.][a-z0-9])+(?![a-z0-9])")


def views(source: str) -> Iterator[Skeleton]:
    """The skeleton, then (when they differ) the skeleton with letters set apart drawn together."""
    plain = skeleton_of(source)
    yield plain
    dropped = {
        index for match in _SPACED_LETTERS.finditer(plain.text) for index in range(match.start() + 1, match.end(), 2)
    }
    if dropped:
        kept = [index for index in range(len(plain.text)) if index not in dropped]
        yield Skeleton(
            source,
            "".join(plain.text[index] for index in kept),
            tuple(plain.origins[index] for index in kept),
        )


def character_findings(source: str) -> Iterator[Finding]:
    """Control and invisible characters (security: they break mail headers), then anything French prose never needs."""
    for char in dict.fromkeys(unicodedata.normalize("NFC", source)):
        if char in ALLOWED_CHARACTERS or char in _SPECIAL_SIGNS:
            continue
        code_point = f"U+{ord(char):04X}"
        if unicodedata.category(char)[0] == "C" or char in "\u2028\u2029":
            yield finding(LintCode.CONTROL, code_point, detail_fr=code_point)
        else:
            shown = code_point if unicodedata.combining(char) else f"{char} ({code_point})"
            yield finding(LintCode.CHARACTER, code_point, detail_fr=shown)

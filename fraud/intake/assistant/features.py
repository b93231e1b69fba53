"""From a phrase to what the classifier counts: pieces of words, words, pairs of words. The same to train and to ask."""

import re
import unicodedata
from collections import Counter
from typing import Final

LONGEST_PHRASE: Final = 1_000
"""Characters; what follows is not read."""
PIECES: Final = (3, 4, 5)
_WORD: Final = re.compile(r"[a-z0-9]+")
_SIGNS: Final = {"€": " euros ", "%": " pour cent ", "œ": "oe", "æ": "ae"}


def normalised(phrase: str) -> str:
    """Small letters without accents, words apart by one space; « l’argent » is two words."""
    text = phrase[:LONGEST_PHRASE].lower()
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(_WORD.findall(bare))


def features(phrase: str) -> Counter[str]:
    """How often each feature stands in the phrase. Pieces do not cross words."""
    words = normalised(phrase).split()
    found: Counter[str] = Counter()
    for word in words:
        found[f"={word}"] += 1
        padded = f"_{word}_"
        for size in PIECES:
            found.update(padded[place : place + size] for place in range(len(padded) - size + 1))
    found.update(f"={one} {other}" for one, other in zip(words, words[1:], strict=False))
    return found

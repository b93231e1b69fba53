"""Making the weights from the phrases, and measuring them with phrases that were never seen. Needs scikit-learn."""

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from fraud.intake.assistant.classifier import UNSURE, Guess
from fraud.intake.assistant.features import features, normalised

PHRASES: Final = Path(__file__).with_name("phrases.yaml")
HELD_OUT: Final = Path(__file__).with_name("held_out.yaml")
LEAST_PHRASES: Final = 25
LEAST_DOCUMENTS: Final = 2
"""A feature of one phrase alone teaches nothing about others."""
STRENGTH: Final = 12.0
DIGITS: Final = 3

Phrases = Mapping[str, Sequence[str]]


class PhrasesError(ValueError):
    """Phrases that nothing good can be learnt from. The message says which."""


def read_phrases(path: Path) -> Phrases:
    content: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def check_phrases(phrases: Phrases, held_out: Phrases) -> None:
    """Raises PhrasesError for too few phrases, for one under two intents, and for a control phrase that was learnt."""
    seen: dict[str, str] = {}
    for intent, texts in phrases.items():
        if len(texts) < LEAST_PHRASES:
            raise PhrasesError(f"{intent} has {len(texts)} phrases, {LEAST_PHRASES} are needed")
        for text in texts:
            if seen.setdefault(normalised(text), intent) != intent:
                raise PhrasesError(f"« {text} » stands under {intent} and {seen[normalised(text)]}")
    if set(held_out) != set(phrases):
        raise PhrasesError("the control phrases have other intents")
    learnt = [text for texts in held_out.values() for text in texts if normalised(text) in seen]
    if learnt:
        raise PhrasesError(f"control phrases that were learnt: {learnt}")


def train(phrases: Phrases) -> dict[str, Any]:
    """The content of the weights file. The same phrases give the same numbers."""
    intents = sorted(phrases)
    documents = [(features(text), intents.index(intent)) for intent in intents for text in phrases[intent]]
    counts = Counter(name for found, _ in documents for name in found)
    names = sorted(name for name, count in counts.items() if count >= LEAST_DOCUMENTS)
    place = {name: index for index, name in enumerate(names)}
    rarity = {name: math.log((1 + len(documents)) / (1 + counts[name])) + 1 for name in names}
    rows, columns, values = [], [], []
    for row, (found, _) in enumerate(documents):
        weighted = {name: (1 + math.log(count)) * rarity[name] for name, count in found.items() if name in place}
        length = math.sqrt(sum(value**2 for value in weighted.values()))
        rows += [row] * len(weighted)
        columns += [place[name] for name in weighted]
        values += [value / length for value in weighted.values()]
    matrix = csr_matrix((values, (rows, columns)), shape=(len(documents), len(names)))
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2_000, tol=1e-6)
    model.fit(matrix, np.array([intent for _, intent in documents]))
    return {
        "intents": intents,
        "phrases_checksum": checksum(phrases),
        "bias": [round(float(value), DIGITS) for value in model.intercept_],
        "terms": {
            name: [round(rarity[name], DIGITS), *(round(float(value), DIGITS) for value in model.coef_[:, place[name]])]
            for name in names
        },
    }


def checksum(phrases: Phrases) -> str:
    """Of the phrases, so that weights made of others are found out."""
    text = "\n".join(f"{intent}\t{phrase}" for intent in sorted(phrases) for phrase in phrases[intent])
    return hashlib.sha256(text.encode()).hexdigest()


def confusion(held_out: Phrases, guess: Any) -> dict[str, Counter[str]]:  # noqa: ANN401 (a function to Guess)
    """For each intent, how often its control phrases were taken for which."""
    table: dict[str, Counter[str]] = {}
    for intent, texts in held_out.items():
        guesses: list[Guess] = [guess(text) for text in texts]
        table[intent] = Counter(one.intent for one in guesses)
    return table


def tally(table: Mapping[str, Counter[str]]) -> tuple[int, int, int]:
    """Understood rightly, not understood and said so, understood wrongly."""
    right = sum(row[intent] for intent, row in table.items())
    unsure = sum(row[UNSURE] for row in table.values())
    total = sum(sum(row.values()) for row in table.values())
    return right, unsure, total - right - unsure

"""Which question is asked: a linear classifier whose weights are a reviewed file of numbers, never a program.

The weights are made by ``train_intents`` (scikit-learn) from ``phrases.yaml``; asking needs plain Python only.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from fraud.intake.assistant.features import features

WEIGHTS: Final = Path(__file__).with_name("weights.json")
UNSURE: Final = "unsure"
LEAST_SHARE: Final = 0.30
"""Below this share of certainty, or this close to the next intent, the assistant says that it did not understand."""
LEAST_LEAD: Final = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """``intent`` is UNSURE when nothing stands out; ``share`` is the certainty of the best one, 0 to 1."""

    intent: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """``terms``: for each feature its rarity, then one weight for each intent."""

    intents: tuple[str, ...]
    bias: tuple[float, ...]
    terms: Mapping[str, tuple[float, ...]]
    phrases_checksum: str


def understand(phrase: str) -> Guess:
    """What a phrase asks for."""
    weights = load_weights()
    shares = shares_of(phrase, weights)
    if not shares:
        return Guess(intent=UNSURE, share=0.0)
    ranked = sorted(zip(shares, weights.intents, strict=True), reverse=True)
    (best, intent), (second, _) = ranked[0], ranked[1]
    is_sure = best >= LEAST_SHARE and best - second >= LEAST_LEAD
    return Guess(intent=intent if is_sure else UNSURE, share=best)


def shares_of(phrase: str, weights: Weights) -> list[float]:
    """Certainty of each intent, adding up to 1; empty when no part of the phrase was ever seen."""
    known = [
        (weights.terms[name], 1.0 + math.log(count))
        for name, count in features(phrase).items()
        if name in weights.terms
    ]
    length = math.sqrt(sum((count * term[0]) ** 2 for term, count in known))
    if not length:
        return []
    scores = list(weights.bias)
    for term, count in known:
        value = count * term[0] / length
        for place, weight in enumerate(term[1:]):
            scores[place] += value * weight
    top = max(scores)
    raised = [math.exp(score - top) for score in scores]
    total = sum(raised)
    return [one / total for one in raised]


@cache
def load_weights() -> Weights:
    return parse_weights(json.loads(WEIGHTS.read_text(encoding="utf-8")))


def parse_weights(content: Mapping[str, Any]) -> Weights:
    return Weights(
        intents=tuple(content["intents"]),
        bias=tuple(content["bias"]),
        terms={name: tuple(term) for name, term in content["terms"].items()},
        phrases_checksum=content["phrases_checksum"],
    )

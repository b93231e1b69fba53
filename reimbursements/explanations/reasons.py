"""Why a rate is what it is: exemption, care path, nature of the insurance. Clauses that end a sentence.

No illness is ever named, and what is sensitive (fertility, addiction) gets the neutral reason of its kind.
"""

from decimal import Decimal
from typing import Final

from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.facts import LineFacts
from reimbursements.explanations.lines import LineView
from reimbursements.explanations.wording import plain

FULL_RATE: Final = Decimal("100")
OUTSIDE_CARE_PATH: Final = frozenset({21, 22, 23, 24, 26, 28})

_ALD: Final = "[[affection de longue durée|affection-de-longue-duree]]"
_FULL: Final = "[[à 100 %|prise-en-charge-a-100]]"
# Exemption codes that say that the care is *not* covered at 100 %.
_WITHOUT_RELATION: Final = {
    41: f"car ce soin est sans rapport avec une {_ALD}",
    43: f"car ce soin est sans rapport avec une {_ALD}",
    45: f"car ce soin est sans rapport avec une {_ALD}",
    47: "au taux habituel de ce soin",
    56: "au taux habituel de ce soin",
}
_EXEMPTIONS: Final = {
    10: f"car votre situation donne droit à une prise en charge {_FULL}",
    20: f"car votre régime donne droit à une prise en charge {_FULL}",
    21: f"car une pension militaire donne droit à une prise en charge {_FULL}",
    30: f"car ce soin fait partie de ceux qui sont pris en charge {_FULL}",
    42: f"car ce soin est en rapport avec une {_ALD}",
    44: f"car ce soin est en rapport avec une {_ALD}",
    46: f"car ce soin est en rapport avec une {_ALD}",
    51: f"car cet acte important est pris en charge {_FULL}",
    54: f"car ce soin fait partie de ceux qui sont pris en charge {_FULL}",
    55: f"car les soins sont pris en charge {_FULL} à partir du sixième mois de grossesse",
    57: f"car ce soin est lié à une éducation spécialisée, prise en charge {_FULL}",
    62: f"car votre situation donne droit à une prise en charge {_FULL}",
    63: f"car une longue hospitalisation est prise en charge {_FULL}",
    81: f"car cette action de prévention est prise en charge {_FULL}",
    82: f"car ces soins dentaires de prévention sont pris en charge {_FULL}",
    91: f"car cet acte important est pris en charge {_FULL}",
    92: f"car ce soin est lié à un acte important, pris en charge {_FULL}",
}
_INSURANCES: Final = {
    30: "au titre de la maternité",
    40: "car ce soin est lié à un accident du travail ou à une maladie professionnelle",
    80: "au titre de l’invalidité",
    90: "au titre de la prévention",
}
_ILLNESS: Final = 10


def is_outside_care_path(line: LineView) -> bool:
    return line.care_path in OUTSIDE_CARE_PATH


def promises_full_rate(line: LineView) -> bool:
    """True when the exemption is one that promises 100 %, which some products do not follow."""
    return line.exemption_reason in _EXEMPTIONS


def reason_for(facts: LineFacts, book: ReferenceBook) -> str:
    """A clause such as « car ce soin est en rapport avec une affection de longue durée »; empty when none is due."""
    line = facts.line
    if facts.is_secret:
        return ""
    code = line.exemption_reason
    if code in _WITHOUT_RELATION:
        return _WITHOUT_RELATION[code]
    if code and line.rate_pct >= FULL_RATE:
        return _exemption(code, book, line)
    return insurance_reason(line, book)


def insurance_reason(line: LineView, book: ReferenceBook) -> str:
    """A clause for maternity, work accident and the like; empty for illness and for an unknown code."""
    code = line.insurance_nature
    if code is None or code == _ILLNESS:
        return ""
    if code in _INSURANCES:
        return _INSURANCES[code]
    known = book.insurance_nature(code, on=line.care_start)
    return f"au titre suivant : {_lowered(known.plain_label)}" if known else ""


def _exemption(code: int, book: ReferenceBook, line: LineView) -> str:
    if code in _EXEMPTIONS:
        return _EXEMPTIONS[code]
    known = book.exemption(code, on=line.care_start)
    if known is None:
        return f"car une règle enregistrée sous le code {code} prévoit une prise en charge {_FULL}"
    return f"pour le motif suivant : {_lowered(known.plain_label)}"


def _lowered(label: str) -> str:
    text = plain(label)
    return text[:1].lower() + text[1:]

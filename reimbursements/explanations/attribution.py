"""Which act a participation or deductible is about: said only when the statement leaves no doubt.

The feed gives the participation as a line of its own on the statement of its act, without naming the act.
"""

from collections.abc import Sequence
from typing import Final

from reimbursements.explanations.copays import FAMILIES, Copay, CopayKind, Counter, Settlement
from reimbursements.explanations.facts import LineFacts, Movement

_PRODUCT_SYSTEM: Final = "CIP13"


def attributed_copays(lines: Sequence[LineFacts]) -> dict[int, Copay]:
    """By number of the act's line: the one participation that it bears.

    Nothing when several acts could bear it, when several participations could be meant, in a correction, or when
    it is recovered here for earlier care.
    """
    attributed: dict[int, Copay] = {}
    for own in lines:
        if own.copay is None or own.movement is not Movement.PAYMENT or own.copay.settlement is Settlement.RECOVERED:
            continue
        bearers = _bearers(own, lines)
        rivals = [other for other in lines if other.copay is not None and _bearers(other, lines) == bearers]
        if len(bearers) == 1 and len(rivals) == 1:
            attributed[bearers[0]] = own.copay
    return attributed


def fewest_bearers(own: LineFacts, lines: Sequence[LineFacts]) -> int:
    """How many acts, boxes or trips this participation surely stands for; one when the statement does not tell.

    A participation forfaitaire may be one for several acts of a day, and what is recovered is about other statements.
    """
    if own.copay is None or own.copay.settlement is Settlement.RECOVERED:
        return 1
    if own.copay.kind is CopayKind.FLAT_CONTRIBUTION:
        return 1
    bearers = _bearers(own, lines)
    rivals = [other for other in lines if other.copay is not None and _bearers(other, lines) == bearers]
    return max(len(bearers), 1) if len(rivals) == 1 else 1


def _bearers(own: LineFacts, lines: Sequence[LineFacts]) -> list[int]:
    """Numbers of the lines that could bear this participation."""
    if own.copay is None:
        return []
    found = [
        other
        for other in lines
        if other.is_payment_of_act
        and other.line.beneficiary_id == own.line.beneficiary_id
        and other.line.care_start == own.line.care_start
        and _may_bear(other, own.copay.kind)
    ]
    products = [other for other in found if other.line.act_system == _PRODUCT_SYSTEM]
    if own.copay.kind is CopayKind.DEDUCTIBLE_MEDICINE and products:
        found = products
    return [other.line.line_no for other in found]


def _may_bear(facts: LineFacts, kind: CopayKind) -> bool:
    """An act whose nature is not known may bear anything; a statement of one act then leaves no doubt."""
    if not facts.family:
        return True
    own = FAMILIES.get(facts.family)
    if kind is CopayKind.DEDUCTIBLE:
        return own is not None and own.counter is Counter.DEDUCTIBLE
    # Hospital consultations and maternity acts bear the participation too, without being of its families.
    if kind is CopayKind.FLAT_CONTRIBUTION and facts.family in {"hospital", "maternity", "prevention", "dental"}:
        return True
    return own is kind

"""The arithmetic of an act and of a statement: exact, signed, in euros.

Two identities hold always:

    charged + overpaid = statutory + other_parts + complementary + remainder
    out_of_pocket      = remainder + copay

The expense is counted once, on the statutory line: the parts of other payers repeat it. It is the one cost that is
told everywhere; what the payers gave above it stands beside it and is never added to it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from reimbursements.explanations.lines import REGULARISE, STATUTORY, ZERO, LineView
from reimbursements.explanations.payees import INTEGRAL_THIRD_PARTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """``excess``: what is charged above the base. ``copay``: participation and deductibles, positive when borne.

    ``complementary``: what the feed says that the complementary insurer paid; it may still pay from the
    ``remainder`` when ``is_complementary_awaited``. ``overpaid``: what the payers gave above the expense.
    """

    charged: Decimal = ZERO
    base: Decimal = ZERO
    excess: Decimal = ZERO
    statutory: Decimal = ZERO
    other_parts: Decimal = ZERO
    complementary: Decimal = ZERO
    remainder: Decimal = ZERO
    overpaid: Decimal = ZERO
    copay: Decimal = ZERO
    is_complementary_awaited: bool = False

    @property
    def out_of_pocket(self) -> Decimal:
        return self.remainder + self.copay

    @property
    def statutory_net(self) -> Decimal:
        """What the statutory insurer really bears, once the participation and the deductibles are taken."""
        return self.statutory - self.copay

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(
            charged=self.charged + other.charged,
            base=self.base + other.base,
            excess=self.excess + other.excess,
            statutory=self.statutory + other.statutory,
            other_parts=self.other_parts + other.other_parts,
            complementary=self.complementary + other.complementary,
            remainder=self.remainder + other.remainder,
            overpaid=self.overpaid + other.overpaid,
            copay=self.copay + other.copay,
            is_complementary_awaited=self.is_complementary_awaited or other.is_complementary_awaited,
        )


def act_amounts(parts: Sequence[LineView], *, copay: Decimal = ZERO) -> Amounts:
    """The amounts of one act from its lines: the statutory one, and the parts of other payers.

    ``copay``: what is taken from the person for this very act. Raises ValueError when there is no line.
    """
    if not parts:
        raise ValueError("an act has at least one line")
    reference = next((line for line in parts if line.rem_type == STATUTORY), parts[0])
    statutory = sum((line.amount_paid for line in parts if line.rem_type == STATUTORY), ZERO)
    others = sum((line.amount_paid for line in parts if line.rem_type != STATUTORY), ZERO)
    complementary = reference.amc_amount or ZERO
    given = statutory + others + complementary
    remainder, overpaid = remainder_and_overpaid(reference.amount_charged, given, operation=reference.operation)
    sign = -1 if reference.amount_charged < ZERO else 1
    return Amounts(
        charged=reference.amount_charged,
        base=reference.base_amount,
        excess=_above_base(reference, sign),
        statutory=statutory,
        other_parts=others,
        complementary=complementary,
        remainder=remainder,
        overpaid=overpaid,
        copay=copay,
        is_complementary_awaited=remainder * sign > 0 and is_complementary_awaited(reference),
    )


def remainder_and_overpaid(charged: Decimal, given: Decimal, *, operation: str) -> tuple[Decimal, Decimal]:
    """What is left of the expense of one act, and what all payers together gave above it: one of them is zero.

    A regularisation without expense is about an earlier act: what it gives lowers what was left there.
    """
    gap = charged - given
    sign = -1 if charged < ZERO else 1
    is_of_earlier_act = operation == REGULARISE and charged == ZERO
    return (gap, ZERO) if is_of_earlier_act or gap * sign >= ZERO else (ZERO, -gap)


def total(amounts: Iterable[Amounts]) -> Amounts:
    return reduce(Amounts.__add__, amounts, Amounts())


def is_complementary_awaited(line: LineView) -> bool:
    """True when a complementary insurer pays, or may pay, an amount that the feed does not know."""
    if line.amc_amount:
        return False
    return line.payee == INTEGRAL_THIRD_PARTY or (line.is_amc_transmitted and bool(line.amc_code))


def _above_base(line: LineView, sign: int) -> Decimal:
    above = line.amount_charged - line.base_amount
    return above if above * sign > 0 else ZERO

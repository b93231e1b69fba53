"""The statement as a whole: where the money went, who paid what, in figures and in words."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reimbursements.explanations.amounts import Amounts
from reimbursements.explanations.facts import LineFacts, Subject, payer_name
from reimbursements.explanations.lines import STATUTORY, ZERO
from reimbursements.explanations.payees import Payee, PayeeKind
from reimbursements.explanations.typography import euros, french_date
from reimbursements.explanations.wording import Sentence, sentence

OVERPAID_LABEL: Final = "Versé au-delà du coût"
_COMPLEMENTARY: Final = "[[complémentaire|part-complementaire]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What one payee got from this statement; negative when it is taken back."""

    payee: Payee
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one payer bears of the cost of the acts of the statement."""

    key: str
    label: str
    amount: Decimal


def payments_of(lines: Sequence[LineFacts]) -> tuple[Payment, ...]:
    """By payee, largest first. What is due later is not taken from anybody yet."""
    amounts: dict[Payee, Decimal] = defaultdict(lambda: ZERO)
    for facts in lines:
        if not facts.is_due_later:
            amounts[facts.payee] += facts.line.amount_paid
    ordered = sorted(amounts.items(), key=lambda item: (-abs(item[1]), item[0].name))
    return tuple(Payment(payee=payee, amount=amount) for payee, amount in ordered)


def shares_of(lines: Sequence[LineFacts], totals: Amounts) -> tuple[Share, ...]:
    """They add up to ``totals.charged``: what was paid above it is taken off. Parts of nothing are left out; a
    statement that only takes back, or that only corrects, has no cost to share."""
    if totals.charged <= ZERO:
        return ()
    parts: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for facts in lines:
        if facts.is_care and facts.subject is Subject.OTHER_PART:
            parts[facts.line.rem_type] += facts.line.amount_paid
    left = "Vous, avant votre complémentaire" if totals.is_complementary_awaited else "Vous"
    shares = [
        Share(key="statutory", label=payer_name(STATUTORY), amount=totals.statutory_net),
        *(Share(key=f"part_{part}", label=payer_name(part), amount=parts[part]) for part in sorted(parts)),
        Share(key="complementary", label="Complémentaire santé", amount=totals.complementary),
        Share(key="you", label=left, amount=totals.out_of_pocket),
        Share(key="overpaid", label=OVERPAID_LABEL, amount=-totals.overpaid),
    ]
    return tuple(share for share in shares if share.amount)


def summary_of(lines: Sequence[LineFacts], payments: Sequence[Payment]) -> tuple[Sentence, ...]:
    """Where the money went, payee by payee, then how many acts the statement groups."""
    day = french_date(lines[0].line.payment_date)
    moved = [payment for payment in payments if payment.amount]
    if not moved:
        told = [sentence("Aucune somme n’a été versée par ce décompte du {day}.", day=day)]
    else:
        told = [_told(payment, day) for payment in moved]
    acts = sum(1 for facts in lines if facts.is_payment_of_act)
    if acts > 1:
        told.append(sentence("Ce paiement [[regroupe {acts} actes ou produits|actes-regroupes]].", acts=str(acts)))
    return tuple(told)


def who_paid_of(lines: Sequence[LineFacts], totals: Amounts) -> tuple[Sentence, ...]:
    """Who bore the cost of the acts, and where the share of the statutory insurer comes from."""
    if totals.charged <= ZERO:
        return ()
    if totals.statutory_net <= ZERO:
        charged = euros(totals.charged)
        told = [
            sentence("Sur {charged} de soins, il ne reste rien à la charge de l’Assurance Maladie.", charged=charged)
        ]
    else:
        told = [
            sentence(
                "Sur {charged} de soins, la part de l’Assurance Maladie est de {paid} : elle est financée par les"
                " [[cotisations et contributions de tous|solidarite-et-cotisations]].",
                charged=euros(totals.charged),
                paid=euros(totals.statutory_net),
            )
        ]
    if any(facts.is_payment_of_act for facts in lines):
        told.append(_what_stays(totals))
    return tuple(told)


def _what_stays(totals: Amounts) -> Sentence:
    left = euros(totals.out_of_pocket)
    if totals.out_of_pocket <= ZERO:
        return sentence("Il ne vous reste rien à payer.")
    if totals.is_complementary_awaited:
        return sentence(
            "Il reste {left} à votre charge, avant ce que votre {complementary} rembourse selon votre contrat.",
            complementary=_COMPLEMENTARY,
            left=left,
        )
    return sentence("Il reste {left} à votre charge.", left=left)


def _told(payment: Payment, day: str) -> Sentence:
    payee = payment.payee
    values = {"day": day, "amount": euros(abs(payment.amount)), "to": payee.to}
    if payment.amount < ZERO:
        if payee.kind is PayeeKind.YOU:
            return sentence("Le {day}, vos paiements ont été réduits de {amount}.", **values)
        return sentence("Le {day}, l’Assurance Maladie a repris {amount} {to}.", **values)
    if payee.kind is PayeeKind.YOU:
        return sentence("Le {day}, l’Assurance Maladie vous a versé {amount}.", **values)
    if payee.kind is PayeeKind.PROFESSIONAL:
        return sentence(
            "Le {day}, l’Assurance Maladie a versé {amount} {to}, en [[tiers payant|tiers-payant]].", **values
        )
    if payee.kind is PayeeKind.INSURED:
        return sentence("Le {day}, l’Assurance Maladie a versé {amount} {to}.", **values)
    return sentence("Le {day}, l’Assurance Maladie a [[versé {amount} {to}|paye-a-quelqu-un-d-autre]].", **values)

"""Sentences on cancellations and corrections of an earlier payment."""

from typing import Final

from reimbursements.explanations.facts import LineFacts, Movement, Subject
from reimbursements.explanations.lines import ZERO
from reimbursements.explanations.payees import Payee, PayeeKind
from reimbursements.explanations.typography import euros
from reimbursements.explanations.wording import Sentence, sentence

_ARTICLE: Final = "annulation-et-regularisation"


def change_sentences(facts: LineFacts) -> tuple[Sentence, ...]:
    is_cancelled = facts.movement is Movement.CANCELLATION
    return (
        _what_is_changed(facts, is_cancelled=is_cancelled),
        _what_it_does(facts),
        sentence("Vous n’avez rien à faire : c’est une [[{word}|{article}]] faite par votre caisse.",
                 word="annulation" if is_cancelled else "régularisation", article=_ARTICLE),
    )  # fmt: skip


def _what_is_changed(facts: LineFacts, *, is_cancelled: bool) -> Sentence:
    verb = "annule" if is_cancelled else "corrige"
    if facts.subject is Subject.ALLOWANCE:
        return sentence("Cette ligne {verb} un paiement de « {label} » {when}.",
                        verb=verb, label=facts.label, when=facts.of_when)  # fmt: skip
    what = "le complément de remboursement" if facts.subject is Subject.OTHER_PART else "le remboursement"
    if facts.subject is Subject.REDUCTION:
        what = "une réduction du remboursement"
        return sentence("Cette ligne {verb} {what}, pour les soins {when}.", verb=verb, what=what, when=facts.of_when)
    return sentence(
        "Cette ligne {verb} {what} de « {label} »{whom} {when}.",
        verb=verb,
        what=what,
        label=facts.label,
        whom=facts.for_whom,
        when=facts.of_when,
    )


def _what_it_does(facts: LineFacts) -> Sentence:
    paid = facts.line.amount_paid
    values = {"payer": facts.payer, "amount": euros(abs(paid)), "to": facts.payee.to}
    if paid == ZERO:
        return sentence("Le montant déjà versé ne change pas.")
    if paid > ZERO:
        return sentence(_gives(facts.payee), **values)
    return sentence(_takes(facts.payee), **values)


def _gives(payee: Payee) -> str:
    if payee.kind is PayeeKind.YOU:
        return "{payer} vous verse {amount} de plus."
    return "{payer} verse {amount} de plus {to}."


def _takes(payee: Payee) -> str:
    if payee.kind is PayeeKind.YOU:
        return "{payer} reprend {amount} : vos paiements sont réduits d’autant."
    return "{payer} reprend {amount} {to} : vos propres paiements ne changent pas."

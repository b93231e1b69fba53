"""Sentences on other payers' parts, daily allowances and reductions outside the care path."""

from reimbursements.explanations.act_sentences import BASE, gives_amount, money_goes
from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.facts import LineFacts, days_of
from reimbursements.explanations.lines import ZERO
from reimbursements.explanations.payees import PayeeKind
from reimbursements.explanations.reasons import insurance_reason
from reimbursements.explanations.typography import euros, percent
from reimbursements.explanations.wording import Sentence, sentence


def part_sentences(facts: LineFacts) -> tuple[Sentence, ...]:
    """The part of another payer on an act; its line repeats the expense, which is counted once."""
    line = facts.line
    first = sentence(
        "{payer} complète le remboursement de « {label} »{whom} {when}.",
        payer=facts.payer,
        label=facts.label,
        whom=facts.for_whom,
        when=facts.of_when,
    )
    once = "le montant du soin n’est compté qu’une fois"
    if line.amount_paid == ZERO:
        return (first, sentence("Aucune somme n’est ajoutée ici ; {once}.", once=once))
    if gives_amount(line):
        second = sentence(
            "Ce complément est de {rate} de la {term} de {base}, soit {paid}.",
            rate=percent(line.rate_pct),
            term=BASE,
            base=euros(line.base_amount),
            paid=euros(line.amount_paid),
        )
    else:
        second = sentence("Ce complément est de {paid}.", paid=euros(line.amount_paid))
    goes = money_goes(facts.payee, euros(line.amount_paid))
    return (first, second, sentence("{goes} ; {once}.", goes=goes, once=once))


def allowance_sentences(facts: LineFacts, book: ReferenceBook) -> tuple[Sentence, ...]:
    """Daily allowances: income, not care, so neither base nor rate is told."""
    line = facts.line
    reason = "" if facts.is_secret else insurance_reason(line, book)
    slug = "secret-des-soins" if facts.is_secret else "indemnites-journalieres"
    first = sentence(
        "[[{label}|{slug}]], {when} : {paid}{days}{reason}.",
        label=facts.label,
        slug=slug,
        when=facts.when,
        paid=euros(line.amount_paid),
        days=days_of(line.quantity),
        reason=f", {reason}" if reason else "",
    )
    return (first, _allowance_payment(facts), sentence("Cette somme remplace une partie des revenus du travail."))


def _allowance_payment(facts: LineFacts) -> Sentence:
    if facts.line.amount_paid == ZERO:
        return sentence("{payer} ne verse rien sur cette ligne.", payer=facts.payer)
    if facts.payee.kind is PayeeKind.EMPLOYER:
        return sentence(
            "Cette somme est [[versée {to}|paye-a-quelqu-un-d-autre]],"
            " ce qui est l’usage quand le salaire est maintenu.",
            to=facts.payee.to,
        )
    return sentence("{goes}.", goes=money_goes(facts.payee, euros(facts.line.amount_paid)))


def reduction_sentences(facts: LineFacts) -> tuple[Sentence, ...]:
    """What is taken off outside the care path, when the feed gives it a line of its own."""
    paid = facts.line.amount_paid
    values = {"amount": euros(abs(paid)), "when": facts.of_when}
    path = "[[parcours de soins|parcours-de-soins]]"
    if paid > ZERO:
        first = sentence("Cette ligne vous rend {amount} sur le remboursement des soins {when}.", **values)
    elif paid == ZERO:
        first = sentence("Aucune réduction n’est appliquée aux soins {when}.", **values)
    else:
        first = sentence(
            "Le remboursement des soins {when} est réduit de {amount}, car ils ont été faits hors du {path}.",
            path=path,
            **values,
        )
    return (
        first,
        sentence(
            "En passant d’abord par le médecin traitant, on respecte le {path} et on évite cette réduction.", path=path
        ),
    )

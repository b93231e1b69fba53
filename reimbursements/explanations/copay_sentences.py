"""Sentences on a participation forfaitaire or a franchise: how much, why that much, when it is taken."""

from decimal import Decimal
from typing import Final

from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.copays import Copay, CopayKind, Counter, Settlement, yearly_ceiling
from reimbursements.explanations.facts import LineFacts, Movement
from reimbursements.explanations.lines import ZERO, CopayStanding
from reimbursements.explanations.typography import euros
from reimbursements.explanations.wording import Sentence, sentence
from reimbursements.reference.rows import CopayRuleRow

_ARTICLE: Final = "participation-forfaitaire-et-franchise"
_CHANGE: Final = "[[{word}|annulation-et-regularisation]]"
_THIRD_PARTY: Final = "[[tiers payant|tiers-payant]]"
_EACH: Final = {
    CopayKind.FLAT_CONTRIBUTION: "par consultation, examen ou analyse",
    CopayKind.DEDUCTIBLE_MEDICINE: "par boîte de médicaments",
    CopayKind.DEDUCTIBLE_PARAMEDICAL: "par soin infirmier, de kinésithérapie ou d’un autre auxiliaire médical",
    CopayKind.DEDUCTIBLE_TRANSPORT: "par trajet",
}
_SHARED: Final = {
    Counter.FLAT_CONTRIBUTION: "",
    Counter.DEDUCTIBLE: " pour l’ensemble des [[franchises|participation-forfaitaire-et-franchise]]",
}


def copay_sentences(
    facts: LineFacts,
    copay: Copay,
    book: ReferenceBook,
    *,
    standing: CopayStanding | None,
    received: Decimal | None,
    acts: int,
) -> tuple[Sentence, ...]:
    """``received``: what is left of the reimbursement that bears it, when the statement leaves no doubt.
    ``acts``: how many acts, boxes or trips it stands for at least."""
    if facts.movement is not Movement.PAYMENT:
        return _changed(facts, copay)
    return (
        _what_is_taken(facts, copay),
        _rule(facts, copay, book, standing=standing, acts=acts),
        _what_follows(facts, copay, book, standing=standing, received=received),
    )


def _what_is_taken(facts: LineFacts, copay: Copay) -> Sentence:
    values = {
        "name": copay.name,
        "amount": euros(copay.borne),
        "when": facts.of_when,
        "whom": facts.for_whom,
        "third": _THIRD_PARTY,
    }
    if copay.borne == ZERO:
        return sentence("Aucune {name} n’est prise sur les soins {when}{whom}.", **values)
    if copay.settlement is Settlement.DUE:
        return sentence("Une {name} de {amount} est due pour les soins {when}{whom}, réglés en {third}.", **values)
    if copay.settlement is Settlement.RECOVERED:
        return sentence(
            "Une {name} de {amount} est retenue sur ce paiement, pour les soins {when}{whom}, réglés en {third}.",
            **values,
        )
    return sentence("Une {name} de {amount} est retenue sur le remboursement des soins {when}{whom}.", **values)


def _rule(
    facts: LineFacts, copay: Copay, book: ReferenceBook, *, standing: CopayStanding | None, acts: int
) -> Sentence:
    rule = book.copay_rule(copay.kind, on=facts.line.care_start)
    if rule is not None and ZERO < copay.borne < rule.amount * acts:
        return sentence(
            "Elle est de {amount} {each} : seuls {taken} ont été pris ici{why}.",
            amount=euros(rule.amount),
            each=_EACH[copay.kind],
            taken=euros(copay.borne),
            why=_why_less(facts, copay, rule, standing=standing),
        )
    if rule is not None:
        return sentence(
            "Elle est de {amount} {each}, dans la limite {limits}.",
            amount=euros(rule.amount),
            each=_EACH[copay.kind],
            limits=_limits(rule, copay.kind.counter),
        )
    ceiling = yearly_ceiling(copay.kind.counter, book, on=facts.line.care_start)
    if ceiling is None:
        return sentence("Son montant et ses limites sont fixés par la réglementation en vigueur le jour des soins.")
    return sentence(
        "Elle est prise dans la limite de {cap} par an{shared}.",
        cap=euros(ceiling),
        shared=_SHARED[copay.kind.counter],
    )


def _why_less(facts: LineFacts, copay: Copay, rule: CopayRuleRow, *, standing: CopayStanding | None) -> str:
    """A ceiling is named only when the figures show that it is reached; otherwise no reason is made up."""
    if rule.daily_cap is not None and copay.borne == rule.daily_cap:
        return f", car le maximum de {euros(rule.daily_cap)} par jour est atteint"
    if standing is None or standing.year != facts.line.care_start.year:
        return ""
    if borne_of(standing, copay.kind.counter) < rule.yearly_cap:
        return ""
    return f", car le maximum de {euros(rule.yearly_cap)} par an est atteint"


def _limits(rule: CopayRuleRow, counter: Counter) -> str:
    yearly = f"de {euros(rule.yearly_cap)} par an{_SHARED[counter]}"
    if rule.daily_cap is None:
        return yearly
    same = " chez un même professionnel" if counter is Counter.FLAT_CONTRIBUTION else ""
    return f"de {euros(rule.daily_cap)} par jour{same} et {yearly}"


def _what_follows(
    facts: LineFacts, copay: Copay, book: ReferenceBook, *, standing: CopayStanding | None, received: Decimal | None
) -> Sentence:
    if copay.borne == ZERO:
        return sentence("Elle ne réduit donc pas ce que vous recevez.")
    if copay.settlement is Settlement.DUE:
        return sentence("Vous n’avez rien à payer maintenant : elle sera retenue sur un prochain remboursement.")
    if received is not None and received <= ZERO:
        return sentence("Elle absorbe ici tout le remboursement : rien n’est versé pour ce soin.")
    reached = _reached(facts, copay, book, standing)
    if reached is not None:
        return reached
    if received is not None:
        return sentence("Une fois cette somme retirée, il est versé {received}.", received=euros(received))
    return sentence(
        "C’est [[pourquoi le versement est moins élevé|pourquoi-un-montant-en-moins]] que le remboursement."
    )


def _reached(facts: LineFacts, copay: Copay, book: ReferenceBook, standing: CopayStanding | None) -> Sentence | None:
    """Said once the yearly ceiling is reached: new care adds nothing, even if what is due is still to be taken."""
    ceiling = yearly_ceiling(copay.kind.counter, book, on=facts.line.care_start)
    if standing is None or ceiling is None or standing.year != facts.line.care_start.year:
        return None
    if borne_of(standing, copay.kind.counter) < ceiling:
        return None
    return sentence(
        "Le maximum de {cap} est atteint pour l’année {year} : les prochains soins de l’année n’y ajouteront rien.",
        cap=euros(ceiling),
        year=str(standing.year),
    )


def borne_of(standing: CopayStanding, counter: Counter) -> Decimal:
    return standing.flat_contribution if counter is Counter.FLAT_CONTRIBUTION else standing.deductible


def _changed(facts: LineFacts, copay: Copay) -> tuple[Sentence, ...]:
    is_cancelled = facts.movement is Movement.CANCELLATION
    word = "annulation" if is_cancelled else "régularisation"
    first = sentence(
        "Cette ligne {verb} une {name}, pour les soins {when}{whom}.",
        verb="annule" if is_cancelled else "corrige",
        name=copay.name,
        when=facts.of_when,
        whom=facts.for_whom,
    )
    last = sentence("Vous n’avez rien à faire : c’est une {change} faite par votre caisse.",
                    change=_CHANGE.format(word=word))  # fmt: skip
    return (first, _effect(copay), last)


def _effect(copay: Copay) -> Sentence:
    amount = euros(abs(copay.borne))
    if copay.borne == ZERO:
        return sentence("Le montant déjà pris ne change pas.")
    if copay.borne < ZERO:
        if copay.settlement is Settlement.DUE:
            return sentence("Vous devez {amount} de moins.", amount=amount)
        return sentence("Cette correction vous rend {amount}.", amount=amount)
    if copay.settlement is Settlement.DUE:
        return sentence("Elle ajoute {amount}, à retenir sur un prochain remboursement.", amount=amount)
    return sentence("Elle retire {amount} de plus de votre remboursement.", amount=amount)

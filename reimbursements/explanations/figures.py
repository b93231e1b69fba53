"""The labelled figures of the detail page, in its order."""

from dataclasses import dataclass
from decimal import Decimal

from reimbursements.explanations.amounts import Amounts
from reimbursements.explanations.copays import Copay, Counter, Settlement
from reimbursements.explanations.facts import LineFacts, Movement, Subject
from reimbursements.explanations.payees import INTEGRAL_THIRD_PARTY, Payee
from reimbursements.explanations.typography import euros, french_period, percent, typeset

_BASE = "base-et-taux-de-remboursement"
_COMPLEMENTARY = "part-complementaire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``amount``: the exact value when it is one of money; ``slug``: the article that explains the label."""

    key: str
    label: str
    value: str
    amount: Decimal | None = None
    slug: str = ""


def money(key: str, label: str, amount: Decimal, *, slug: str = "") -> Figure:
    return Figure(key=key, label=label, value=euros(amount), amount=amount, slug=slug)


def act_figures(facts: LineFacts, amounts: Amounts, copay: Copay | None) -> tuple[Figure, ...]:
    """From the expense to what stays with the person. They add up (see ``amounts``)."""
    line = facts.line
    figures = [
        _when(facts),
        money("charged", "Montant de l’acte", amounts.charged),
        money("base", "Base de remboursement", amounts.base, slug=_BASE),
        Figure(key="rate", label="Taux", value=percent(line.rate_pct), slug=_BASE),
        money("statutory", "Remboursé par l’Assurance Maladie", amounts.statutory),
    ]
    if copay is not None:
        figures.append(_copay_figure(copay))
    if amounts.other_parts:
        figures.append(money("other_parts", "Complément d’un autre payeur", amounts.other_parts, slug=_COMPLEMENTARY))
    if amounts.excess:
        figures.append(_excess_figure(facts, amounts))
    figures += _remainder_figures(facts, amounts)
    figures.append(payee_figure(facts.payee))
    return tuple(figures)


def line_figures(facts: LineFacts) -> tuple[Figure, ...]:
    """The figures of a line that is no payment of an act: what it is about and what it moves."""
    line = facts.line
    figures = [_when(facts)]
    if facts.subject is Subject.OTHER_PART and facts.movement is Movement.PAYMENT:
        figures.append(money("base", "Base de remboursement", line.base_amount, slug=_BASE))
        figures.append(Figure(key="rate", label="Taux", value=percent(line.rate_pct), slug=_BASE))
    figures.append(money("paid", _moved_label(facts), line.amount_paid))
    if facts.copay is None:
        figures.append(payee_figure(facts.payee))
    return tuple(figures)


def _remainder_figures(facts: LineFacts, amounts: Amounts) -> list[Figure]:
    """Part of the complementary insurer and what is left, before it when its part is not known yet."""
    figures: list[Figure] = []
    if amounts.complementary:
        figures.append(money("complementary", "Part complémentaire", amounts.complementary, slug=_COMPLEMENTARY))
    elif amounts.is_complementary_awaited:
        is_settled = facts.line.payee == INTEGRAL_THIRD_PARTY
        value = "Montant non communiqué" if is_settled else "Pas encore connue"
        figures.append(Figure(key="complementary", label="Part complémentaire", value=value, slug=_COMPLEMENTARY))
    if amounts.overpaid:
        figures.append(money("overpaid", "Versé au-delà du montant de l’acte", amounts.overpaid))
    before = " avant votre complémentaire" if amounts.is_complementary_awaited else ""
    figures.append(money("out_of_pocket", f"Reste à votre charge{before}", amounts.out_of_pocket))
    return figures


def payee_figure(payee: Payee) -> Figure:
    if payee.is_third_party_payment:
        return Figure(key="payee", label="Payé à", value=f"{payee.name} (tiers payant)", slug="tiers-payant")
    return Figure(key="payee", label="Payé à", value=payee.name)


def copay_label(copay: Copay) -> str:
    name = "Participation forfaitaire" if copay.kind.counter is Counter.FLAT_CONTRIBUTION else "Franchise médicale"
    return f"{name} due plus tard" if copay.settlement is Settlement.DUE else name


def _copay_figure(copay: Copay) -> Figure:
    return money("copay", copay_label(copay), -copay.borne, slug="participation-forfaitaire-et-franchise")


def _excess_figure(facts: LineFacts, amounts: Amounts) -> Figure:
    if facts.line.excess_amount == amounts.excess:
        return money("excess", "Dépassement d’honoraires", amounts.excess, slug="depassement-d-honoraires")
    return money("excess", "Au-dessus de la base de remboursement", amounts.excess, slug=_BASE)


def _moved_label(facts: LineFacts) -> str:
    if facts.movement is Movement.CANCELLATION:
        return "Montant annulé"
    if facts.movement is Movement.CORRECTION:
        return "Montant corrigé"
    if facts.copay is not None:
        return copay_label(facts.copay)
    labels = {
        Subject.OTHER_PART: facts.payer_name,
        Subject.ALLOWANCE: "Montant des indemnités",
        Subject.REDUCTION: "Réduction du remboursement",
    }
    return typeset(labels.get(facts.subject, "Montant versé"))


def _when(facts: LineFacts) -> Figure:
    start, end = facts.line.care_start, facts.line.care_end
    when = french_period(start, end)
    return Figure(key="care_date", label="Date des soins", value=when.removeprefix("le "))

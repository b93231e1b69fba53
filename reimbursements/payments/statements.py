"""A statement as one row of the list: when, what, for whom, to whom and how much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.facts import LineFacts, Movement, facts_of
from reimbursements.explanations.figures import copay_label
from reimbursements.explanations.lines import ZERO, LineView, Viewer
from reimbursements.explanations.summary import payments_of
from reimbursements.explanations.typography import euros, french_date
from reimbursements.payments.access import Reader
from reimbursements.payments.tokens import StatementKey, statement_token

MOST_TITLES: Final = 2
_MOVEMENTS: Final = {Movement.CANCELLATION: "Annulation", Movement.CORRECTION: "Régularisation"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidTo:
    name: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """All texts are ready to print. ``others``: how many titles are not named."""

    token: str
    paid_on: str
    titles: tuple[str, ...]
    others: int
    beneficiaries: tuple[str, ...]
    payments: tuple[PaidTo, ...]
    total: str


def statement_row(
    key: StatementKey,
    lines: Sequence[LineView],
    book: ReferenceBook,
    *,
    who: Reader,
    names: Mapping[int, str],
) -> StatementRow:
    """``names``: how the reader calls each beneficiary. The total is that of the lines given."""
    viewer = Viewer(person_id=who.person_id)
    facts = [facts_of(line, book, viewer=viewer) for line in lines]
    titles = _titles(facts)
    payments = payments_of(facts)
    return StatementRow(
        token=statement_token(key, reader_id=who.person_id),
        paid_on=french_date(key.payment_date),
        titles=titles[:MOST_TITLES],
        others=len(titles[MOST_TITLES:]),
        beneficiaries=tuple(dict.fromkeys(names[line.beneficiary_id] for line in lines)),
        payments=tuple(PaidTo(name=one.payee.name, amount=euros(one.amount)) for one in payments if one.amount),
        total=euros(sum((one.amount for one in payments), ZERO)),
    )


def title_of(facts: LineFacts) -> str:
    """What a line is, with the word that says it takes back or corrects."""
    return with_movement(copay_label(facts.copay) if facts.copay else facts.label, facts.movement)


def with_movement(title: str, movement: Movement) -> str:
    """« Annulation – … », « Régularisation – … », or the title alone for a payment."""
    moved = _MOVEMENTS.get(movement)
    return f"{moved} – {title}" if moved else title


def _titles(facts: Sequence[LineFacts]) -> tuple[str, ...]:
    """The acts paid; without any, whatever the statement moves."""
    acts = [own for own in facts if own.is_payment_of_act]
    return tuple(dict.fromkeys(title_of(own) for own in acts or facts))

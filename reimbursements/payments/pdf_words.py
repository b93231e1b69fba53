"""What the PDF statement says, as the data that its template sets: every text ready to print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.engine import explain
from reimbursements.explanations.facts import LineFacts, facts_of
from reimbursements.explanations.lines import ZERO, Viewer
from reimbursements.explanations.summary import payments_of, summary_of
from reimbursements.explanations.typography import euros, french_date, french_period, percent
from reimbursements.explanations.wording import Sentence
from reimbursements.payments.access import Reader
from reimbursements.payments.forms import PaymentFilterForm
from reimbursements.payments.outline import YearTotal
from reimbursements.payments.periods import Period
from reimbursements.payments.statements import title_of, with_movement
from reimbursements.payments.whole_statements import WholeStatement

ISSUER: Final = "l’Assurance Maladie"
TITLE: Final = "Relevé de vos paiements"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was read for one PDF. ``holder``: the reader's own name; ``names``: how they call each beneficiary."""

    holder: str
    period: Period
    choices: tuple[str, ...]
    statements: Sequence[WholeStatement]
    years: Sequence[YearTotal]
    names: Mapping[int, str]


def words_of(found: Found, book: ReferenceBook, *, who: Reader) -> dict[str, Any]:
    """The data of ``releve.typ``: who, which period, totals, every line, and each payment explained."""
    told = [_told(statement, book, who=who, names=found.names) for statement in found.statements]
    return {
        "issuer": ISSUER,
        "title": TITLE,
        "holder": found.holder,
        "period": french_period(found.period.first, found.period.last),
        "made_on": french_date(who.today),
        "choices": found.choices,
        "years": [_year(total) for total in found.years],
        "rows": [row for payment in told for row in payment.rows],
        "total": euros(sum((payment.paid for payment in told), ZERO)),
        "has_due": any(payment.has_due for payment in told),
        "payments": [payment.explained for payment in told],
    }


def choices_of(form: PaymentFilterForm) -> tuple[str, ...]:
    """« Payé à : Moi », for each choice but the period. Of a valid form."""
    told = []
    for name in ("beneficiary", "payee"):
        value = form.cleaned_data[name]
        if value:
            labels: dict[str, str] = dict(form[name].field.choices)  # type: ignore[attr-defined] # a ChoiceField
            told.append(f"{form[name].label} : {labels[value]}")
    return tuple(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One statement: its rows of the table, its paragraphs, and what its chosen lines paid."""

    rows: list[dict[str, str]]
    explained: dict[str, Any]
    paid: Decimal
    has_due: bool


def _told(statement: WholeStatement, book: ReferenceBook, *, who: Reader, names: Mapping[int, str]) -> _Told:
    viewer = Viewer(person_id=who.person_id)
    explanation = explain(statement.lines, book, viewer=viewer)
    chosen = [
        (facts_of(own.line, book, viewer=viewer), own)
        for own, is_chosen in zip(explanation.lines, statement.is_chosen, strict=True)
        if is_chosen
    ]
    facts = [each for each, _ in chosen]
    payments = payments_of(facts)
    # Of a statement that the choice cuts through, neither totals nor who paid: they would speak of the other lines.
    after = explanation.who_paid if statement.is_whole else ()
    return _Told(
        rows=[_row(statement, each, name=names[each.line.beneficiary_id]) for each in facts],
        explained={
            "heading": f"Paiement du {french_date(statement.key.payment_date)}",
            "number": str(statement.key.statement_no),
            "summary": _text(summary_of(facts, payments)),
            "lines": [
                {
                    "title": with_movement(own.title, own.movement),
                    "whom": _whom(names[own.line.beneficiary_id]),
                    "sentences": _text(own.sentences),
                }
                for _, own in chosen
            ],
            "who_paid": _text(after),
        },
        paid=sum((one.amount for one in payments), ZERO),
        has_due=any(each.is_due_later for each in facts),
    )


def _row(statement: WholeStatement, facts: LineFacts, *, name: str) -> dict[str, str]:
    line = facts.line
    payer = "" if facts.is_statutory else f" ({facts.payer_name})"
    later = f" : {euros(-line.amount_paid)}" if facts.is_due_later else ""
    return {
        "paid_on": line.payment_date.strftime("%d/%m/%Y"),
        "number": str(statement.key.statement_no),
        "title": f"{title_of(facts)}{payer}{later}",
        "detail": f"{name}, {french_period(line.care_start, line.care_end)}",
        "charged": euros(line.amount_charged) if facts.is_payment_of_act else "",
        "base": euros(line.base_amount) if facts.is_care else "",
        "rate": percent(line.rate_pct) if facts.is_care else "",
        "paid": "" if facts.is_due_later else euros(line.amount_paid),
        "to": "" if facts.is_due_later else facts.payee.name,
    }


def _whom(name: str) -> str:
    return "" if name == "Vous" else f" ({name})"


def _year(total: YearTotal) -> dict[str, str]:
    return {
        "year": str(total.year),
        "to_you": euros(total.to_you),
        "to_care_givers": euros(total.to_care_givers),
        "to_others": euros(total.to_others),
        "total": euros(total.total),
    }


def _text(sentences: Sequence[Sentence]) -> str:
    return " ".join(str(each) for each in sentences)

"""The CSV statement of a period, line by line, written while it is read.

UTF-8 with a byte order mark, semicolons and decimal commas: that is what a French spreadsheet opens without asking.
Every cell is quoted. A text that a spreadsheet could take for a formula gets an apostrophe in front; amounts are
written here from numbers, so a minus sign in front of one is a minus sign.

« Montant versé » adds up to the totals of the page and of the PDF: what is due later stands in a column of its own,
and is paid to nobody yet. An empty cell is an amount that is not known or that the line does not have, never zero.
"""

import csv
import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from django.http import HttpRequest

from reimbursements.explanations.amounts import is_complementary_awaited
from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.facts import LineFacts, facts_of
from reimbursements.explanations.lines import LineView, Viewer
from reimbursements.explanations.loading import book_for_acts, secret_natures
from reimbursements.payments.access import Reader, reader, reader_of
from reimbursements.payments.forms import PaymentFilterForm, beneficiary_label
from reimbursements.payments.periods import whole_period
from reimbursements.payments.querysets import Lines, all_lines, beneficiaries_of, visible_lines
from reimbursements.payments.statements import title_of

BYTE_ORDER_MARK: Final = "\ufeff"
COLUMNS: Final = (
    "Date du paiement",
    "Numéro de décompte",
    "Bénéficiaire",
    "Début des soins",
    "Fin des soins",
    "Soins",
    "Payeur",
    "Montant de l’acte",
    "Base de remboursement",
    "Taux (%)",
    "Montant versé",
    "Dû plus tard",
    "Part complémentaire",
    "Payé à",
)
# Also the full-width signs, which some spreadsheets read as the plain ones.
_FORMULA_STARTS: Final = tuple("=+-@\t\r\n\0＝＋－＠")


class InvalidFilterError(ValueError):
    """The address names a filter that does not exist for this reader."""


def csv_statement(request: HttpRequest) -> Iterator[str]:
    """The file in pieces; what is wrong with the request is told before the first one. Raises InvalidFilterError."""
    who = reader_of(request)
    secret = secret_natures(today=who.today)
    with reader(request):
        everything = visible_lines(who, period=whole_period(who.today), secret_natures=secret)
        people = beneficiaries_of(everything)
        form = PaymentFilterForm(request.GET, who=who, beneficiaries=people)
        if not form.is_valid():
            raise InvalidFilterError
        lines = visible_lines(who, period=form.days, secret_natures=secret).filter(form.condition)
        acts = list(lines.order_by().values_list("act_system", "act_code").distinct())
    book = book_for_acts(acts, today=who.today)
    names = {one.person_id: beneficiary_label(one, who=who) for one in people}
    return _pieces(request, lines, book, who=who, names=names)


def plain_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _pieces(
    request: HttpRequest, lines: Lines, book: ReferenceBook, *, who: Reader, names: Mapping[int, str]
) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    viewer = Viewer(person_id=who.person_id)
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    with reader(request):
        for number, line in all_lines(lines):
            facts = facts_of(line, book, viewer=viewer)
            yield writer.writerow(_cells(number, facts, name=names.get(line.beneficiary_id, "")))


def _cells(statement_no: int, facts: LineFacts, *, name: str) -> tuple[str, ...]:
    line: LineView = facts.line
    return (
        _day(line.payment_date),
        str(statement_no),
        plain_text(name),
        _day(line.care_start),
        _day(line.care_end or line.care_start),
        plain_text(title_of(facts)),
        plain_text(facts.payer_name),
        _number(line.amount_charged if facts.is_payment_of_act else None),
        _number(line.base_amount if facts.is_care else None),
        _number(line.rate_pct if facts.is_care else None),
        _number(None if facts.is_due_later else line.amount_paid),
        _number(-line.amount_paid if facts.is_due_later else None),
        _number(_complementary(facts)),
        "" if facts.is_due_later else plain_text(facts.payee.name),
    )


def _complementary(facts: LineFacts) -> Decimal | None:
    """None where the complementary insurer may have paid an amount that we do not know."""
    if not (facts.is_care and facts.is_statutory) or is_complementary_awaited(facts.line):
        return None
    return facts.line.amc_amount


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _day(day: dt.date) -> str:
    return day.strftime("%d/%m/%Y")


def _number(amount: Decimal | None) -> str:
    """Empty when there is no number to give."""
    return "" if amount is None else str(amount).replace(".", ",")

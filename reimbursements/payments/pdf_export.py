"""The PDF statement of a period: read behind the wall, put into words, typeset in a process that can open nothing.

How many a person may ask for is counted before anything is read. Each one that is made is noted in the program's own
log, by account: the access log is about what others read of a person.
"""

import logging
from pathlib import Path
from typing import Final

from django.http import HttpRequest
from django.utils import timezone

from accounts.people.models import InsuredPerson
from ameli_notify.core.limits import Allowed, RetryAfter, hit
from ameli_notify.core.typesetting import typeset
from reimbursements.explanations.loading import book_for, secret_natures
from reimbursements.payments.access import Reader, reader, reader_of
from reimbursements.payments.exports import InvalidFilterError
from reimbursements.payments.forms import PaymentFilterForm, beneficiary_label
from reimbursements.payments.outline import read_outline, totals_by_year
from reimbursements.payments.pdf_words import Found, choices_of, words_of
from reimbursements.payments.periods import whole_period
from reimbursements.payments.querysets import beneficiaries_of, visible_lines
from reimbursements.payments.whole_statements import whole_statements

logger = logging.getLogger(__name__)

TEMPLATE: Final = Path(__file__).with_name("releve.typ")
MOST_LINES: Final = 3_000
"""In one document; 27 months of somebody who is ill every day are about 2,000."""
PER_PERSON: Final = 10
PER_PERSON_SECONDS: Final = 15 * 60
OVER_ALL: Final = 240
OVER_ALL_SECONDS: Final = 60


def take_turn(request: HttpRequest) -> RetryAfter | None:
    """Count one document for this reader and over everybody; None when it may be made."""
    who = reader_of(request)
    for bucket, most, seconds in (
        (f"payments-pdf|person|{who.person_id}", PER_PERSON, PER_PERSON_SECONDS),
        ("payments-pdf|all", OVER_ALL, OVER_ALL_SECONDS),
    ):
        verdict = hit(bucket, limit=most, window_seconds=seconds)
        if not isinstance(verdict, Allowed):
            return verdict
    return None


def pdf_statement(request: HttpRequest) -> bytes:
    """The document of the period and the choices in the address.

    Raises InvalidFilterError, TooManyLinesError, TypesettingBusyError, TypesettingError.
    """
    who = reader_of(request)
    found = _read(request, who)
    lines = [line for statement in found.statements for line in statement.lines]
    words = words_of(found, book_for(lines, today=who.today), who=who)
    pdf = typeset(TEMPLATE, words, made_at=timezone.now())
    logger.info("statement exported", extra={"account": request.user.pk, "lines": len(lines), "bytes": len(pdf)})
    return pdf


def _read(request: HttpRequest, who: Reader) -> Found:
    secret = secret_natures(today=who.today)
    with reader(request):
        everything = visible_lines(who, period=whole_period(who.today), secret_natures=secret)
        people = beneficiaries_of(everything)
        form = PaymentFilterForm(request.GET, who=who, beneficiaries=people)
        if not form.is_valid():
            raise InvalidFilterError
        lines = visible_lines(who, period=form.days, secret_natures=secret)
        return Found(
            holder=_name_of(who.person_id),
            period=form.days,
            choices=choices_of(form),
            statements=whole_statements(lines, form.condition, most=MOST_LINES),
            years=totals_by_year(read_outline(lines.filter(form.condition)), who),
            names={one.person_id: beneficiary_label(one, who=who) for one in people},
        )


def _name_of(person_id: int) -> str:
    """First name and name, as the directory has them. It is all that says whose document it is: no NIR, no address."""
    first_names, usage_name, birth_name = InsuredPerson.objects.values_list(
        "first_names", "usage_name", "birth_name"
    ).get(pk=person_id)
    return " ".join([*first_names.split()[:1], usage_name or birth_name])

"""The lines that a reader may see, and what the list needs of them. Every query of the list starts here.

Rules of sight. A policyholder sees their own lines and those of the people under their rights; an adult dependant
also sees their own. A line under secrecy, by its mark or by its nature, shows only to its adult beneficiary.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from django.db.models import F, Q, QuerySet

from accounts.people.models import InsuredPerson
from reimbursements.explanations.lines import LineView
from reimbursements.explanations.payees import DIRECT, DOCTOR, INTEGRAL_THIRD_PARTY, STATUTORY_THIRD_PARTY
from reimbursements.lines.models import ReimbursementLine
from reimbursements.payments.access import Reader
from reimbursements.payments.periods import Period
from reimbursements.payments.tokens import StatementKey

Lines = QuerySet[ReimbursementLine]

CARE_GIVERS: Final = (DOCTOR, STATUTORY_THIRD_PARTY, INTEGRAL_THIRD_PARTY)
PIECE: Final = 500
_KEY: Final = ("payment_date", "emitter_code", "statement_no")
VIEW: Final = tuple(field.name for field in fields(LineView))


@dataclass(frozen=True, slots=True, kw_only=True)
class Beneficiary:
    """Somebody of whom the reader sees lines. ``first_name`` is empty when the directory does not give it."""

    person_id: int
    quality: int
    first_name: str
    born_on: dt.date | None


def visible_lines(who: Reader, *, period: Period, secret_natures: Collection[int]) -> Lines:
    """The lines that the reader may see in a period. ``secret_natures``: codes that reference data marks secret."""
    is_secret = Q(is_confidential=True) | Q(nature_code__in=sorted(secret_natures))
    mine = Q(beneficiary_id=who.person_id)
    may_see = (mine | ~is_secret) if who.is_adult else ~is_secret
    # The second arm is written as the condition of its partial index.
    as_dependant = mine & ~Q(beneficiary_id=F("insured_id"))
    return ReimbursementLine.objects.filter(
        (Q(insured_id=who.person_id) | as_dependant) & may_see, payment_date__range=(period.first, period.last)
    )


def paid_to_reader(who: Reader) -> Q:
    return Q(payee=DIRECT, insured_id=who.person_id)


def paid_to_care_givers() -> Q:
    return Q(payee__in=CARE_GIVERS)


def beneficiaries_of(lines: Lines) -> list[Beneficiary]:
    """Whom the lines are about, by first name. Two queries."""
    qualities: dict[int, int] = dict(
        lines.order_by("beneficiary_id", "beneficiary_quality").values_list("beneficiary_id", "beneficiary_quality")
        .distinct()
    )  # fmt: skip
    return named_beneficiaries(qualities)


def named_beneficiaries(qualities: Mapping[int, int]) -> list[Beneficiary]:
    """People by first name, from their quality by id. One query."""
    people = InsuredPerson.objects.filter(pk__in=qualities).values_list("pk", "first_names", "born_on")
    known = {person_id: (names, born_on) for person_id, names, born_on in people}
    found = [
        _beneficiary(person_id, quality, *known.get(person_id, ("", None))) for person_id, quality in qualities.items()
    ]
    return sorted(found, key=lambda one: (one.first_name, one.person_id))


def lines_by_statement(lines: Lines, keys: Sequence[StatementKey]) -> dict[StatementKey, list[LineView]]:
    """The lines of some statements, as the engine takes them, in their order. One query, none without keys."""
    found: dict[StatementKey, list[LineView]] = defaultdict(list)
    if not keys:
        return found
    # The days one by one: no other month is even planned for.
    days = sorted({key.payment_date for key in keys})
    wanted, numbers = set(keys), sorted({key.statement_no for key in keys})
    rows = lines.filter(payment_date__in=days, statement_no__in=numbers)
    for row in rows.order_by("line_no", "rem_type", "id").values(*VIEW, "emitter_code", "statement_no"):
        emitter, number = row.pop("emitter_code"), row.pop("statement_no")
        key = StatementKey(payment_date=row["payment_date"], emitter_code=emitter, statement_no=number)
        if key in wanted:
            found[key].append(LineView(**row))
    return found


def count_statements(lines: Lines) -> int:
    """How many statements these lines are from. One query."""
    count: int = lines.order_by().values(*_KEY).distinct().count()
    return count


def all_lines(lines: Lines) -> Iterator[tuple[int, LineView]]:
    """Every line with the number of its statement, the latest payment first, read in pieces from the server."""
    ordered = lines.order_by("-payment_date", "emitter_code", "statement_no", "line_no", "rem_type", "id")
    for row in ordered.values(*VIEW, "statement_no").iterator(chunk_size=PIECE):
        yield row.pop("statement_no"), LineView(**row)


def born_on_of(person_ids: Iterable[int]) -> dict[int, dt.date | None]:
    """Birth dates of the people whom the directory knows."""
    return dict(InsuredPerson.objects.filter(pk__in=set(person_ids)).values_list("pk", "born_on"))


def _beneficiary(person_id: int, quality: int, first_names: str, born_on: dt.date | None) -> Beneficiary:
    first = first_names.split()
    return Beneficiary(person_id=person_id, quality=quality, first_name=first[0] if first else "", born_on=born_on)

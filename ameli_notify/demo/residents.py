"""Invented people with whom the demo is looked at from the insured side: some have an account, one may open theirs."""

import datetime as dt
import json
import secrets
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from accounts.identity.enums import CodeChannel
from accounts.identity.factors import masked
from accounts.identity.proving import open_account
from accounts.identity.reach import code_contacts
from accounts.people.models import InsuredPerson, nir_context
from accounts.people.querysets import InsuredPersonQuerySet
from ameli_notify.core.crypto import key_ring
from reimbursements.explanations.loading import secret_natures
from reimbursements.explanations.payees import INTEGRAL_THIRD_PARTY, STATUTORY_THIRD_PARTY
from reimbursements.lines.models import ReimbursementLine

FILE: Final = "residents.json"
"""In the demo's folder, for its owner alone, like everything there."""

ADULT_YEARS: Final = 18
_THIRD_PARTY: Final = (STATUTORY_THIRD_PARTY, INTEGRAL_THIRD_PARTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """Somebody invented; ``who`` is French. ``password`` is empty for whoever has no account yet."""

    who: str
    name: str
    nir: str
    birth_date: str
    postcode: str
    codes_to: str
    password: str = ""


def settle_in() -> list[Resident]:
    """Choose people worth looking at and open their accounts; whom the simulation did not bring is left out.

    The last one has no account, so that creating one can be tried.
    """
    today = timezone.localdate()
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    taken: set[int] = set()
    found: list[Resident] = []
    for who, person_ids in _profiles(today):
        person = _first_of(person_ids, taken=taken, today=today)
        if person is None:
            continue
        taken.add(person.pk)
        if who == NEWCOMER:
            found.append(_resident(person, who=who))
        else:
            open_account(person, password=password)
            found.append(_resident(person, who=who, password=password))
    return found


def write_residents(residents: Collection[Resident], *, folder: Path) -> None:
    """Leave them for whoever tells how to sign in."""
    text = json.dumps([asdict(resident) for resident in residents], ensure_ascii=False, indent=1)
    (folder / FILE).write_text(f"{text}\n", encoding="utf-8")


def read_residents(folder: Path) -> list[Resident]:
    """What ``write_residents`` left."""
    return [Resident(**row) for row in json.loads((folder / FILE).read_text(encoding="utf-8"))]


NEWCOMER: Final = "n’a pas encore de compte"


def _profiles(today: dt.date) -> Iterator[tuple[str, QuerySet[ReimbursementLine, int]]]:
    """Each with the people who fit, the ones with most to look at first."""
    lines = ReimbursementLine.objects.filter(insured_id__in=_adults(today).values("pk"))
    own = lines.filter(beneficiary_id=F("insured_id"))
    open_to_all = Q(is_confidential=False) & ~Q(nature_code__in=sorted(secret_natures(today=today)))
    children = InsuredPerson.objects.filter(policyholder__isnull=False, born_on__gt=_years_before(today))
    yield (
        "voit aussi les soins de ses enfants",
        _ranked(lines.filter(open_to_all, beneficiary_id__in=children.values("pk")), first="beneficiary_id"),
    )
    with_condition = InsuredPerson.objects.filter(long_term_conditions__isnull=False)
    yield (
        "a une affection de longue durée",
        _ranked(own.filter(insured_id__in=with_condition.values("pk")), first="statement_no"),
    )
    secret = own.exclude(open_to_all).values("insured_id")
    yield (
        "a un soin confidentiel, et des tiers payants",
        _ranked(own.filter(insured_id__in=secret, payee__in=_THIRD_PARTY), first="statement_no"),
    )
    yield NEWCOMER, _ranked(own, first="statement_no")


def _ranked(lines: QuerySet[ReimbursementLine], *, first: str) -> QuerySet[ReimbursementLine, int]:
    """People by how many different values of a column their lines have, then by their number of lines."""
    return (
        lines.order_by()
        .values("insured_id")
        .annotate(variety=Count(first, distinct=True), number=Count("id"))
        .order_by("-variety", "-number", "insured_id")
        .values_list("insured_id", flat=True)
    )


def _adults(today: dt.date) -> InsuredPersonQuerySet:
    """Grown-ups in their own right whom a code by SMS reaches."""
    people = InsuredPerson.objects.reachable()
    return people.filter(policyholder=None, has_mobile=True, born_on__lte=_years_before(today), account=None)


def _years_before(today: dt.date) -> dt.date:
    """The first of the month is day enough, and no 29 February."""
    return today.replace(year=today.year - ADULT_YEARS, day=1)


def _first_of(
    person_ids: QuerySet[ReimbursementLine, int], *, taken: Collection[int], today: dt.date
) -> InsuredPerson | None:
    first = person_ids.exclude(insured_id__in=taken).first()
    return None if first is None else _adults(today).get(pk=first)


def _resident(person: InsuredPerson, *, who: str, password: str = "") -> Resident:
    if person.born_on is None:
        raise ValueError("people of the demo have a calendar day of birth")
    return Resident(
        who=who,
        name=f"{person.first_names} {person.usage_name or person.birth_name}",
        nir=key_ring().open(person.nir_sealed, context=nir_context(person.nir_lookup)),
        birth_date=f"{person.born_on:%d %m %Y}",
        postcode=person.postcode,
        codes_to=masked(code_contacts(person.pk)[CodeChannel.SMS]),
        password=password,
    )

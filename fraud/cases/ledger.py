"""The money of a case: entries that are added, never edited.

A correction counts on the day on which it is made: figures of a year that is over, once told, stay what they were.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.decision_models import CaseAmount
from fraud.cases.enums import AmountKind, CaseEventKind
from fraud.cases.events import CaseError, locked, locked_standing, record
from fraud.cases.models import FraudCase


@transaction.atomic
def record_amount(case_id: int, *, kind: AmountKind, amount: Decimal, on_date: dt.date, by: User) -> CaseAmount:
    """One entry, euros above 0, not of a day to come. Raises CaseError."""
    case = locked_standing(case_id)
    if amount <= 0:
        raise CaseError("Un montant est supérieur à 0. Une erreur se corrige par une écriture de correction.")
    return _add(case, CaseAmount(case=case, kind=kind, amount=amount, on_date=on_date, recorded_by=by), by=by)


@transaction.atomic
def correct_amount(entry_id: int, *, right_amount: Decimal, by: User) -> CaseAmount:
    """Bring an entry, with its earlier corrections, to the right amount by an entry of the difference.

    An entry of a case that was merged since is corrected where it stands, and told in the case that holds it.
    Raises CaseError.
    """
    wrong = CaseAmount.objects.select_related("case").get(pk=entry_id)
    holder = _locked_holder(wrong.case)
    if wrong.corrects_id is not None:
        raise CaseError("Corrigez l’écriture d’origine, pas sa correction.")
    if right_amount < 0:
        raise CaseError("Un montant n’est pas négatif.")
    corrected = wrong.corrections.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    difference = right_amount - (wrong.amount + corrected)
    if difference == 0:
        raise CaseError("Cette écriture a déjà ce montant.")
    entry = CaseAmount(
        case=wrong.case,
        kind=wrong.kind,
        amount=difference,
        on_date=timezone.localdate(),
        corrects=wrong,
        recorded_by=by,
    )
    return _add(holder, entry, by=by)


def totals_of(case: FraudCase) -> dict[AmountKind, Decimal]:
    """Net total of each kind, with the cases merged into this one; kinds without an entry are 0."""
    found = CaseAmount.objects.of_case(case).totals_by_kind()
    return {kind: found.get(kind, Decimal(0)) for kind in AmountKind}


def net_totals(entries: Iterable[CaseAmount]) -> list[tuple[AmountKind, Decimal]]:
    """Net total of each kind among the entries, in the order of the kinds."""
    totals = dict.fromkeys(AmountKind, Decimal(0))
    for entry in entries:
        totals[AmountKind(entry.kind)] += entry.amount
    return list(totals.items())


def _locked_holder(case: FraudCase) -> FraudCase:
    """The case in which another one's money is worked on: itself, or the one that holds it. Both locked, by their ids.

    Raises CaseError when it was merged or taken out in this very moment.
    """
    found = {pk: locked(pk) for pk in sorted({case.pk, case.merged_into_id or case.pk})}
    own = found[case.pk]
    if own.merged_into_id != case.merged_into_id:
        raise CaseError("Ce dossier vient d’être fusionné ou séparé : recommencez.")
    return found[case.merged_into_id or case.pk]


def _add(case: FraudCase, entry: CaseAmount, *, by: User) -> CaseAmount:
    if entry.on_date > timezone.localdate():
        raise CaseError("Un montant ne s’inscrit pas à une date à venir.")
    entry.save()
    after = {"entry": entry.pk, "kind": str(entry.kind), "amount": str(entry.amount), "on": entry.on_date.isoformat()}
    before = {"corrects": entry.corrects_id} if entry.corrects_id else {}
    record(case, CaseEventKind.AMOUNT, by=by, before=before, after=after)
    return entry

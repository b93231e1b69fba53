"""Reminders: a deadline that comes, one that passed, an answer's time that is over, facts soon prescribed."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from ameli_notify.core.working_calendar import add_working_days
from fraud.cases.deciding import months_later
from fraud.cases.decision_models import CaseStep, LegalBasis
from fraud.cases.enums import OPEN, NoticeKind, ParameterCode, StepKind
from fraud.cases.models import CaseAssignment, CaseReport, FraudCase
from fraud.cases.notices import tell_all, who_may
from fraud.cases.parameters import parameter

PRESCRIPTION_MONTHS: Final = 6
"""How long before the facts are prescribed the alarm begins."""


@transaction.atomic
def remind() -> int:
    """Tell each day whoever must act; returns how many cases were spoken of. Twice a day tells once."""
    today = timezone.localdate()
    soon = add_working_days(today, int(parameter(ParameterCode.REMIND_DAYS, day=today)))
    overdue = FraudCase.objects.overdue(today=today)
    told = _tell(overdue, NoticeKind.OVERDUE, beside=who_may("assign_fraudcase"))
    told += _tell(FraudCase.objects.due_by(soon).exclude(pk__in=overdue), NoticeKind.DUE_SOON)
    ended = CaseStep.objects.filter(deadline_on=today - dt.timedelta(days=1), case__status__in=OPEN)
    told += _tell(FraudCase.objects.filter(pk__in=ended.values("case")), NoticeKind.DEADLINE)
    return told + _tell(_soon_prescribed(today), NoticeKind.PRESCRIPTION, beside=who_may("assign_fraudcase"))


def oldest_care_of(case: FraudCase) -> dt.date | None:
    """The first care that the case's reports are about: prescription counts from there, on the safe side."""
    lines = CaseReport.objects.filter(case=case, unlinked_at=None).aggregate(day=Min("report__lines__care_start"))
    day: dt.date | None = lines["day"]
    return day


def prescribed_on(case: FraudCase, *, today: dt.date) -> dt.date | None:
    """When the facts are prescribed for a penalty, by the basis in force today; None when no text says."""
    oldest, years = oldest_care_of(case), _years(today)
    return months_later(oldest, 12 * years) if oldest is not None and years else None


def _years(today: dt.date) -> int | None:
    bases = LegalBasis.objects.on(today).filter(kind=StepKind.PENALTY, facts_years__isnull=False)
    years: int | None = bases.order_by("facts_years").values_list("facts_years", flat=True).first()
    return years


def _soon_prescribed(today: dt.date) -> QuerySet[FraudCase]:
    years = _years(today)
    if not years:
        return FraudCase.objects.none()
    limit = months_later(today, PRESCRIPTION_MONTHS - 12 * years)
    old = CaseReport.objects.filter(unlinked_at=None, report__lines__care_start__lte=limit)
    return FraudCase.objects.standing().open().filter(pk__in=old.values("case"))


def _tell(cases: QuerySet[FraudCase], kind: NoticeKind, *, beside: Iterable[int] = ()) -> int:
    """The holder of each case; ``beside``, for a case that must not wait for them."""
    number = 0
    for case in cases:
        holders = CaseAssignment.objects.filter(case=case, ended_at=None).values_list("investigator_id", flat=True)
        tell_all({*holders, *beside}, case=case, kind=kind)
        number += 1
    return number

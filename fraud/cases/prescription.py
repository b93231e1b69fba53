"""When it is too late: to claim money back (from its payment), and to punish the facts (from the care).

Years and months are dated figures of the house (``CaseParameter``) and of the legal bases. Both deadlines count from
the oldest line, on the safe side. Until fraud is established, the shorter time to claim back holds.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q

from fraud.cases.deciding import months_later
from fraud.cases.decision_models import LegalBasis
from fraud.cases.enums import OPEN, CaseOutcome, NoticeKind, ParameterCode, StepKind
from fraud.cases.models import CaseAssignment, FraudCase
from fraud.cases.notices import tell_all, who_may
from fraud.cases.parameters import Figures
from fraud.cases.prescription_models import CasePrescription
from fraud.cases.querysets import CaseQuerySet
from fraud.cases.staffing_models import CaseNotice

ALARM_DAYS: Final = (90, 30, 7, 0)
"""After the first alarm, it sounds again so many days before the end; 0: it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """What holds on a day: years to claim back, the same when fraud is established, years to punish; the months before
    an end from which on it is said. ``facts`` is 0 where no text in force says."""

    recovery: int
    recovery_of_fraud: int
    facts: int
    alarm_months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """The ends for one case: ``facts_on`` is None where no text says. ``is_soon`` also when an end has passed."""

    recovery_on: dt.date
    facts_on: dt.date | None
    today: dt.date
    is_soon: bool

    @property
    def first_on(self) -> dt.date:
        """The end that comes first."""
        return min(self.recovery_on, self.facts_on or self.recovery_on)

    @property
    def is_recovery_over(self) -> bool:
        return self.recovery_on < self.today

    @property
    def is_facts_over(self) -> bool:
        return self.facts_on is not None and self.facts_on < self.today


def years_on(figures: Figures) -> Years:
    """What holds on the day of the figures. Raises ParameterError."""
    bases = LegalBasis.objects.on(figures.day).filter(kind=StepKind.PENALTY, facts_years__isnull=False)
    return Years(
        recovery=int(figures[ParameterCode.INDU_YEARS]),
        recovery_of_fraud=int(figures[ParameterCode.FRAUD_YEARS]),
        facts=bases.order_by("facts_years").values_list("facts_years", flat=True).first() or 0,
        alarm_months=int(figures[ParameterCode.ALARM_MONTHS]),
    )


def prescription_of(case: FraudCase, *, figures: Figures) -> Prescription | None:
    """The ends for a case, as they are on the day of the figures; None while it has no line."""
    oldest = CasePrescription.objects.filter(case=case).first()
    return _ends(case, oldest, years=years_on(figures), today=figures.day) if oldest is not None else None


def soon_prescribed(cases: CaseQuerySet, *, today: dt.date) -> CaseQuerySet:
    """Of the cases, those not closed of which an end comes within the months of alarm, or has passed."""
    years = years_on(Figures(today))

    def before(number: int) -> dt.date:
        return months_later(today, years.alarm_months - 12 * number)

    is_fraud = Q(outcome=CaseOutcome.FRAUD)
    is_late = ~is_fraud & Q(prescription__oldest_payment_on__lte=before(years.recovery))
    is_late |= is_fraud & Q(prescription__oldest_payment_on__lte=before(years.recovery_of_fraud))
    if years.facts:
        is_late |= Q(prescription__oldest_care_on__lte=before(years.facts))
    return cases.standing().filter(is_late, status__in=OPEN)


@transaction.atomic
def sound_alarms(*, today: dt.date) -> int:
    """Tell whoever holds a case, and whoever leads, at each stage before an end; returns how many cases.

    A stage is told once. One that was missed, because no job ran that day, is told by the next run.
    """
    years, told = years_on(Figures(today)), 0
    leaders = who_may("assign_fraudcase")
    for case in soon_prescribed(FraudCase.objects.all(), today=today).select_related("prescription"):
        since = _stage_began(_ends(case, case.prescription, years=years, today=today), years=years)
        if not CaseNotice.objects.filter(case=case, kind=NoticeKind.PRESCRIPTION, told_on__gte=since).exists():
            holders = CaseAssignment.objects.filter(case=case, ended_at=None).values_list("investigator_id", flat=True)
            tell_all({*holders, *leaders}, case=case, kind=NoticeKind.PRESCRIPTION)
            told += 1
    return told


def _ends(case: FraudCase, oldest: CasePrescription, *, years: Years, today: dt.date) -> Prescription:
    recovery = years.recovery_of_fraud if case.outcome == CaseOutcome.FRAUD else years.recovery
    ends = [recovery_on := months_later(oldest.oldest_payment_on, 12 * recovery)]
    facts_on = months_later(oldest.oldest_care_on, 12 * years.facts) if years.facts else None
    if facts_on is not None:
        ends.append(facts_on)
    is_soon = any(months_later(end, -years.alarm_months) <= today for end in ends)
    return Prescription(recovery_on=recovery_on, facts_on=facts_on, today=today, is_soon=is_soon)


def _stage_began(ends: Prescription, *, years: Years) -> dt.date:
    """The day on which the stage began that an end is in: the latest of those that have come."""
    days = []
    for end in filter(None, (ends.recovery_on, ends.facts_on)):
        days.append(months_later(end, -years.alarm_months))
        days += [end - dt.timedelta(days=number) for number in ALARM_DAYS]
    return max(day for day in days if day <= ends.today)

"""Reminders: a deadline that comes, one that passed, an answer's time that is over, what is soon prescribed."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ameli_notify.core.working_calendar import add_working_days
from fraud.cases.decision_models import CaseStep
from fraud.cases.enums import OPEN, NoticeKind, ParameterCode
from fraud.cases.models import CaseAssignment, FraudCase
from fraud.cases.notices import tell_all, who_may
from fraud.cases.parameters import parameter
from fraud.cases.prescription import sound_alarms


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
    return told + sound_alarms(today=today)


def _tell(cases: QuerySet[FraudCase], kind: NoticeKind, *, beside: Iterable[int] = ()) -> int:
    """The holder of each case; ``beside``, for a case that must not wait for them."""
    number = 0
    for case in cases:
        holders = CaseAssignment.objects.filter(case=case, ended_at=None).values_list("investigator_id", flat=True)
        tell_all({*holders, *beside}, case=case, kind=kind)
        number += 1
    return number

"""A cluster old enough to be judged by its schedules: late ones are a complaint, others none."""

import datetime as dt

import pytest
from django.utils import timezone
from django_q.models import Schedule

from ameli_notify.core.models import Heartbeat
from ameli_notify.core.pulse import Patience, Pulse

pytestmark = pytest.mark.django_db

PATIENCE = Patience(silence=180.0)
OLD_ENOUGH = PATIENCE.overdue + 1


@pytest.fixture
def pulse() -> Pulse:
    Heartbeat.objects.create(cluster="c", beat_at=timezone.now())
    return Pulse("c", PATIENCE)


def schedule(*, late_by: float, repeats: int = -1) -> None:
    next_run = timezone.now() - dt.timedelta(seconds=late_by)
    Schedule.objects.create(name="x", func="ameli_notify.core.tasks.beat", next_run=next_run, repeats=repeats)


def test_a_schedule_that_nobody_starts_is_a_complaint(pulse: Pulse) -> None:
    schedule(late_by=PATIENCE.overdue + 5)
    assert pulse.complaint(OLD_ENOUGH) == "its scheduler starts nothing any more"


@pytest.mark.parametrize(("late_by", "repeats"), [(PATIENCE.overdue - 5, -1), (-60, -1), (PATIENCE.overdue + 5, 0)])
def test_schedules_on_time_or_ended_are_none(pulse: Pulse, late_by: float, repeats: int) -> None:
    schedule(late_by=late_by, repeats=repeats)
    assert pulse.complaint(OLD_ENOUGH) == ""


def test_a_young_cluster_is_not_judged_by_schedules_of_before(pulse: Pulse) -> None:
    schedule(late_by=PATIENCE.overdue + 5)
    assert pulse.complaint(PATIENCE.overdue - 1) == ""

"""The roll-ups of what professionals bill: right after any order of batches, and never counted twice."""

import datetime as dt
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ameli_notify.core.sql import fetch_all
from reimbursements.activity.models import (
    AccountTie,
    CountedBatch,
    PatientTie,
    PractitionerDay,
    PractitionerMonth,
    PractitionerYear,
    PrescriberTie,
)
from reimbursements.activity.rollup import count_activity
from reimbursements.lines.models import ReimbursementLine
from reimbursements.reference.services import load_reference_data
from tests.reimbursements.activity.rows import act_line, load, make_batch, make_professional

ME, OTHER = 10000000012, 10000000020
SATURDAY, MONDAY, TUESDAY = dt.date(2026, 10, 10), dt.date(2026, 10, 12), dt.date(2026, 10, 13)
FIRST, LAST = dt.date(2026, 10, 1), dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _today(db: None) -> Iterator[None]:
    load_reference_data()
    with time_machine.travel(NOW, tick=False):
        yield


def loaded(*lines: ReimbursementLine) -> None:
    load(list(lines))


class TestCounting:
    def test_a_professional_is_summed_up_by_day_month_and_year(self) -> None:
        make_professional(ME, specialty="01", department="75")
        batch = make_batch(first=FIRST, last=LAST)
        loaded(
            act_line(batch, rpps=ME, beneficiary_id=1, care=SATURDAY),
            act_line(batch, rpps=ME, beneficiary_id=1, care=MONDAY),
            act_line(batch, rpps=ME, beneficiary_id=2, care=MONDAY, act_code="GS"),
            act_line(batch, rpps=OTHER, beneficiary_id=2, care=MONDAY),
            act_line(batch, rpps=None, beneficiary_id=2, care=MONDAY),
        )
        assert count_activity() == 1
        days = PractitionerDay.objects.filter(rpps=ME).order_by("care_on").values_list("care_on", "acts", "amount_paid")
        assert list(days) == [(SATURDAY, 1, Decimal("21.00")), (MONDAY, 2, Decimal("42.00"))]
        months = PractitionerMonth.objects.filter(rpps=ME).order_by("code").values_list("month_on", "code", "acts")
        assert list(months) == [(FIRST, "G", 2), (FIRST, "GS", 1)]
        year = PractitionerYear.objects.get(rpps=ME)
        assert (year.since_on, year.specialty, year.department) == (dt.date(2025, 11, 1), "01", "75")
        assert (year.acts, year.patients, year.new_patients, year.active_days) == (3, 2, 2, 2)
        assert (year.weekend_acts, year.busiest_day_acts, year.amount_paid) == (1, 2, Decimal("63.00"))
        unknown = PractitionerYear.objects.get(rpps=OTHER)
        assert (unknown.specialty, unknown.department) == ("", "")

    def test_participations_and_other_payers_parts_are_no_acts(self) -> None:
        batch = make_batch(first=FIRST, last=LAST)
        loaded(
            act_line(batch, rpps=ME, beneficiary_id=1, care=MONDAY),
            act_line(batch, rpps=ME, beneficiary_id=1, care=MONDAY, nature_code=1951, amount_paid=-2),
            act_line(batch, rpps=ME, beneficiary_id=1, care=MONDAY, rem_type=1),
        )
        count_activity()
        assert PractitionerDay.objects.get().acts == 1

    def test_a_cancellation_takes_its_act_away_whatever_comes_first(self) -> None:
        batch = make_batch(first=FIRST, last=LAST)
        loaded(
            act_line(batch, rpps=ME, beneficiary_id=1, care=MONDAY, operation="A", amount_paid=-21),
            act_line(batch, rpps=OTHER, beneficiary_id=1, care=MONDAY),
        )
        count_activity()
        later = make_batch(first=FIRST, last=LAST)
        loaded(
            act_line(later, rpps=ME, beneficiary_id=1, care=MONDAY),
            act_line(later, rpps=OTHER, beneficiary_id=1, care=MONDAY, operation="A", amount_paid=-21),
        )
        count_activity()
        assert not PractitionerDay.objects.exists()
        assert not PractitionerYear.objects.exists()
        assert set(PatientTie.objects.values_list("rpps", flat=True)) == {ME, OTHER}

    def test_ties_to_prescribers_and_accounts_and_no_tie_to_a_person_s_own_account(self) -> None:
        batch = make_batch(first=FIRST, last=LAST)
        account = {"payee_account": "aaaaaaaaaaaaaaaa"}
        loaded(
            act_line(batch, rpps=ME, beneficiary_id=1, care=MONDAY, prescriber_rpps=OTHER, **account),
            act_line(batch, rpps=ME, beneficiary_id=1, care=TUESDAY, prescriber_rpps=OTHER, **account),
            act_line(batch, rpps=ME, beneficiary_id=1, care=TUESDAY, payee=10, payee_account="bbbbbbbbbbbbbbbb"),
        )
        count_activity()
        tie = PrescriberTie.objects.get()
        assert (tie.rpps, tie.prescriber_rpps, tie.first_on, tie.last_on) == (ME, OTHER, MONDAY, TUESDAY)
        assert list(AccountTie.objects.values_list("payee_account", flat=True)) == ["aaaaaaaaaaaaaaaa"]

    def test_a_batch_that_was_missed_is_counted_later_and_once(self) -> None:
        late, early = make_batch(first=FIRST, last=LAST), make_batch(first=FIRST, last=LAST)
        loaded(act_line(early, rpps=ME, beneficiary_id=1, care=MONDAY))
        CountedBatch.objects.create(batch_id=late)
        assert count_activity() == 1
        CountedBatch.objects.filter(pk=late).delete()
        loaded(act_line(late, rpps=ME, beneficiary_id=2, care=SATURDAY))
        assert [count_activity(), count_activity()] == [1, 0]
        assert PractitionerYear.objects.get().acts == 2
        CountedBatch.objects.all().delete()
        count_activity()
        assert PractitionerYear.objects.get().acts == 2

    def test_the_year_turns_with_the_month_and_old_ties_go_with_the_lines(self) -> None:
        batch = make_batch(first=FIRST, last=LAST)
        loaded(act_line(batch, rpps=ME, beneficiary_id=1, care=MONDAY))
        count_activity()
        with time_machine.travel(NOW + dt.timedelta(days=365), tick=False):
            count_activity()
            assert not PractitionerYear.objects.exists()
            tie = PatientTie.objects.get()
            assert tie.last_on == MONDAY
        back = make_batch(first=dt.date(2029, 11, 1), last=dt.date(2029, 11, 30))
        with time_machine.travel(NOW + dt.timedelta(days=365 * 3), tick=False):
            loaded(act_line(back, rpps=OTHER, beneficiary_id=1, care=dt.date(2029, 11, 2)))
            count_activity()
            PractitionerYear.objects.update(since_on=dt.date(2020, 1, 1))
            count_activity()
            assert not PatientTie.objects.filter(rpps=ME).exists()
            assert PractitionerYear.objects.get().since_on == dt.date(2028, 11, 1)


# What happened, in any order and cut into batches anywhere, counts the same.
_EVENTS = st.lists(
    st.tuples(
        st.sampled_from([ME, OTHER]), st.integers(1, 3), st.integers(0, 40), st.sampled_from(["C", "C", "C", "A"])
    ),
    min_size=1,
    max_size=12,
)


class TestAnyOrder(TestCase):
    @settings(max_examples=15, deadline=None)
    @given(events=_EVENTS, cut=st.integers(0, 12))
    def test_counting_in_two_runs_is_counting_at_once(self, events: list[tuple[int, int, int, str]], cut: int) -> None:
        ReimbursementLine.objects.all().delete()
        for model in (PatientTie, PractitionerDay, PractitionerMonth, PractitionerYear):
            model.objects.all().delete()
        for part in (events[:cut], events[cut:]):
            batch = make_batch(first=dt.date(2026, 9, 1), last=dt.date(2026, 11, 30))
            load([
                act_line(batch, rpps=rpps, beneficiary_id=person, care=dt.date(2026, 9, 1) + dt.timedelta(days=day),
                         operation=operation, amount_paid=-21 if operation == "A" else 21)
                for rpps, person, day, operation in part
            ])  # fmt: skip
            count_activity()
        found = dict(fetch_all("SELECT rpps, sum(acts) FROM reimbursements_practitionerday GROUP BY rpps"))
        plain = dict(fetch_all(
            """SELECT performer_rpps, sum(CASE operation WHEN 'C' THEN 1 ELSE -1 END) FROM reimbursements_line
               GROUP BY 1"""
        ))  # fmt: skip
        assert {rpps: number for rpps, number in plain.items() if number} == {
            rpps: number for rpps, number in found.items() if number
        }
        assert set(PatientTie.objects.values_list("rpps", "beneficiary_id")) == {
            (rpps, person) for rpps, person, _, operation in events if operation == "C"
        }


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_count_once() -> None:
    load_reference_data()
    batch = make_batch(first=FIRST, last=LAST)
    load([act_line(batch, rpps=ME, beneficiary_id=number, care=MONDAY) for number in range(1, 50)])
    counted: list[int] = []

    def run() -> None:
        try:
            counted.append(count_activity())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counted) == [0, 0, 1]
    assert PractitionerYear.objects.get().patients == 49

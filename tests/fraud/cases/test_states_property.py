"""Whatever is done with cases, by acts or straight in SQL: the database is never in a state that the table has not,
each report is in one case, and a merge that is undone leaves everything as it was."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.staff.models import User
from fraud.cases.approving import answer_approval, ask_approval
from fraud.cases.assigning import claim, release
from fraud.cases.deciding import close, decide, reopen
from fraud.cases.decision_models import CaseApproval
from fraud.cases.enums import ENDED, NEXT, ApprovalSubject, CaseOutcome, CaseStatus
from fraud.cases.events import CaseError
from fraud.cases.merging import merge, unmerge
from fraud.cases.models import CaseReport, FraudCase
from fraud.cases.moving import move_case
from fraud.cases.splitting import split_case
from fraud.intake.models import FraudReport
from tests.fraud.cases.rows import CaseMaker

CASES: Final = 3
which = st.integers(0, 7)
"""An index into what there is, modulo its number."""
TWO_OUTCOMES: Final = st.sampled_from([CaseOutcome.FRAUD, CaseOutcome.ERROR, CaseOutcome.NO_FOLLOW_UP])


class Cases(RuleBasedStateMachine):
    """Three new cases of one report each, two people; every act is tried on any case, and so is raw SQL."""

    new_case: CaseMaker
    people: tuple[User, User]

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        for _ in range(CASES):
            self.new_case(amount="5.00")
        self.seen = self.states()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    def case(self, number: int) -> FraudCase:
        cases = list(FraudCase.objects.order_by("pk"))
        return cases[number % len(cases)]

    def try_to(self, act: Callable[[], object]) -> bool:
        """What the rules or the database refuse changes nothing."""
        try:
            with transaction.atomic():
                act()
        except (CaseError, IntegrityError, DataError):
            return False
        return True

    @rule(case=which, person=st.integers(0, 1))
    def claim(self, case: int, person: int) -> None:
        self.try_to(lambda: claim(self.case(case).pk, by=self.people[person]))

    @rule(case=which, person=st.integers(0, 1))
    def release(self, case: int, person: int) -> None:
        self.try_to(lambda: release(self.case(case).pk, by=self.people[person]))

    @rule(case=which, to=st.sampled_from(CaseStatus))
    def move(self, case: int, to: CaseStatus) -> None:
        self.try_to(lambda: move_case(self.case(case).pk, to=to, by=self.people[0]))

    @rule(case=which, outcome=TWO_OUTCOMES, person=st.integers(0, 1))
    def decide(self, case: int, outcome: CaseOutcome, person: int) -> None:
        self.try_to(lambda: decide(self.case(case).pk, outcome=outcome, by=self.people[person]))

    @rule(case=which)
    def close(self, case: int) -> None:
        self.try_to(lambda: close(self.case(case).pk, by=self.people[0]))

    @rule(case=which, person=st.integers(0, 1))
    def reopen(self, case: int, person: int) -> None:
        self.try_to(lambda: reopen(self.case(case).pk, by=self.people[person]))

    @rule(case=which, person=st.integers(0, 1))
    def ask(self, case: int, person: int) -> None:
        self.try_to(lambda: ask_approval(self.case(case).pk, subject=ApprovalSubject.FRAUD, by=self.people[person]))

    @rule(person=st.integers(0, 1), is_granted=st.booleans(), is_raw=st.booleans())
    def answer(self, person: int, is_granted: bool, is_raw: bool) -> None:
        asked = CaseApproval.objects.order_by("-pk").first()
        if asked is None:
            return
        by = self.people[person]
        if is_raw:
            row = CaseApproval.objects.filter(pk=asked.pk)
            is_done = self.try_to(lambda: row.update(approved_at=timezone.now(), approved_by=by))
        else:
            is_done = self.try_to(lambda: answer_approval(asked.pk, is_granted=is_granted, by=by))
        assert not (is_done and asked.asked_by_id == by.pk)
        assert not (is_done and not asked.is_pending)

    @rule(source=which, into=which)
    def merge(self, source: int, into: int) -> None:
        self.try_to(lambda: merge(self.case(source).pk, into=self.case(into).pk, by=self.people[0]))

    @rule(source=which)
    def unmerge(self, source: int) -> None:
        self.try_to(lambda: unmerge(self.case(source).pk, by=self.people[1]))

    @rule(source=which, into=which)
    def merge_and_unmerge(self, source: int, into: int) -> None:
        before = self.everything()
        one, other = self.case(source), self.case(into)
        if self.try_to(lambda: merge(one.pk, into=other.pk, by=self.people[0])):
            assert self.everything() != before
            unmerge(one.pk, by=self.people[1])
        assert self.everything() == before

    @rule(case=which, report=which)
    def split(self, case: int, report: int) -> None:
        reports = list(FraudReport.objects.order_by("pk").values_list("pk", flat=True))
        chosen = [reports[report % len(reports)]]
        self.try_to(lambda: split_case(self.case(case).pk, report_ids=chosen, by=self.people[0]))

    @rule(case=which, to=st.sampled_from(CaseStatus), outcome=TWO_OUTCOMES)
    def force(self, case: int, to: CaseStatus, outcome: CaseOutcome) -> None:
        """As the runtime role could try it in SQL, with every column as the state demands."""
        now = timezone.now()
        row = FraudCase.objects.filter(pk=self.case(case).pk)
        values: dict[str, Any] = {
            "status": to,
            "outcome": outcome if to in ENDED else "",
            "decided_at": now if to in ENDED else None,
            "closed_at": now if to == CaseStatus.CLOSED else None,
            "clock_stopped_at": now if to == CaseStatus.WAITING_INSURED else None,
        }
        self.try_to(lambda: row.update(**values))

    @rule(case=which, column=st.sampled_from(["status", "outcome"]), value=st.sampled_from([*CaseStatus, *CaseOutcome]))
    def force_one_column(self, case: int, column: str, value: str) -> None:
        row = FraudCase.objects.filter(pk=self.case(case).pk)
        self.try_to(lambda: row.update(**{column: value}))

    @invariant()
    def each_case_moved_one_step_along_the_table(self) -> None:
        before, self.seen = self.seen, self.states()
        for pk, status in self.seen.items():
            was = before.get(pk, CaseStatus.NEW)
            assert status == was or status in NEXT[was], f"{was} -> {status}"

    @invariant()
    def an_outcome_belongs_to_the_end_and_fraud_to_two(self) -> None:
        for case in FraudCase.objects.all():
            assert case.outcome in ("", *CaseOutcome)
            assert (case.status in ENDED) == bool(case.outcome) == (case.decided_at is not None)
            assert (case.status == CaseStatus.CLOSED) == (case.closed_at is not None)
            assert (case.status == CaseStatus.WAITING_INSURED) == (case.clock_stopped_at is not None)
            if case.outcome == CaseOutcome.FRAUD:
                granted = case.approvals.filter(subject="fraud", approved_at__isnull=False)
                assert any(one.approved_by_id not in (None, one.asked_by_id) for one in granted)

    @invariant()
    def each_report_is_in_one_standing_case(self) -> None:
        links = CaseReport.objects.filter(unlinked_at=None)
        reports = FraudReport.objects.values_list("pk", flat=True)
        assert sorted(links.values_list("report", flat=True)) == sorted(reports)
        assert not links.filter(case__merged_into__isnull=False).exists()
        assert not FraudCase.objects.filter(merged_into__merged_into__isnull=False).exists()

    def states(self) -> dict[int, CaseStatus]:
        return {pk: CaseStatus(status) for pk, status in FraudCase.objects.values_list("pk", "status")}

    def everything(self) -> tuple[object, ...]:
        """All that a merge may touch and its undoing must restore; the trail itself only grows."""
        cases = FraudCase.objects.order_by("pk").values()
        links = CaseReport.objects.filter(unlinked_at=None).order_by("report").values_list("case", "report")
        return list(cases), list(links)


@pytest.fixture
def machine(new_case: CaseMaker, investigator: User, supervisor: User, monkeypatch: pytest.MonkeyPatch) -> type[Cases]:
    monkeypatch.setattr(Cases, "new_case", staticmethod(new_case), raising=False)
    monkeypatch.setattr(Cases, "people", (investigator, supervisor), raising=False)
    return Cases


def test_no_sequence_of_acts_leaves_the_table(machine: type[Cases]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            # A sequence that fails is short enough to read; making it shorter would take minutes.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )

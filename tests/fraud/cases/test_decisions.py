"""Money, legal steps and outcomes; the second person, whom the database itself demands."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.approving import answer_approval, ask_approval
from fraud.cases.deciding import accuse_lines, close, close_without_follow_up, decide, months_later, reopen, take_step
from fraud.cases.decision_models import CaseAmount, CaseApproval, CaseStep, LegalBasis
from fraud.cases.enums import AmountKind, ApprovalSubject, AuthorCategory, CaseOutcome, StepKind
from fraud.cases.events import CaseError
from fraud.cases.ledger import correct_amount, record_amount, totals_of
from fraud.cases.models import CaseEvent, CaseLine, FraudCase
from fraud.cases.noting import change_case, finish_task, open_note, write_note
from fraud.cases.staffing_models import CaseNotice
from fraud.intake.enums import Severity
from fraud.intake.models import FraudReport, ReportedLine
from tests.fraud.cases.rows import CaseMaker
from tests.reimbursements.payments.rows import make_person
from tests.staff import make_staff

TODAY = timezone.localdate()


class TestMoney:
    def test_the_ledger_only_grows_and_is_corrected_by_an_entry(self, held_case: FraudCase, investigator: User) -> None:
        entry = record_amount(
            held_case.pk, kind=AmountKind.PRESUMED, amount=Decimal("100.00"), on_date=TODAY, by=investigator
        )
        correct_amount(entry.pk, right_amount=Decimal("80.50"), by=investigator)
        correct_amount(entry.pk, right_amount=Decimal("90.00"), by=investigator)
        assert list(CaseAmount.objects.order_by("pk").values_list("amount", flat=True)) == [
            Decimal("100.00"), Decimal("-19.50"), Decimal("9.50"),
        ]  # fmt: skip
        assert totals_of(held_case)[AmountKind.PRESUMED] == Decimal("90.00")
        assert CaseEvent.objects.filter(case=held_case, kind="amount").count() == 3
        with pytest.raises(ProgrammingError), transaction.atomic():
            CaseAmount.objects.update(amount=1)
        with pytest.raises(ProgrammingError), transaction.atomic():
            CaseAmount.objects.filter(corrects__isnull=False).delete()

    def test_what_is_no_amount_is_refused(self, held_case: FraudCase, investigator: User) -> None:
        for amount, day in ((Decimal(0), TODAY), (Decimal(-5), TODAY), (Decimal(5), TODAY + dt.timedelta(days=1))):
            with pytest.raises(CaseError):
                record_amount(held_case.pk, kind=AmountKind.AVOIDED, amount=amount, on_date=day, by=investigator)
        with pytest.raises(IntegrityError), transaction.atomic():
            CaseAmount.objects.create(
                case=held_case, kind="avoided", amount=Decimal(-5), on_date=TODAY, recorded_by=investigator
            )
        entry = record_amount(held_case.pk, kind=AmountKind.AVOIDED, amount=Decimal(5), on_date=TODAY, by=investigator)
        with pytest.raises(CaseError, match="déjà ce montant"):
            correct_amount(entry.pk, right_amount=Decimal(5), by=investigator)

    def test_a_year_is_told_by_author(self, new_case: CaseMaker, investigator: User) -> None:
        for author, amount in (("professional", "416.00"), ("professional", "4.00"), ("insured", "109.00")):
            case = new_case()
            change_case(case.pk, severity=Severity.HIGH, author_category=AuthorCategory(author), by=investigator)
            record_amount(
                case.pk, kind=AmountKind.AVOIDED, amount=Decimal(amount), on_date=dt.date(2025, 5, 5), by=investigator
            )
        told = CaseAmount.objects.totals_by_author(first=dt.date(2025, 1, 1), last=dt.date(2025, 12, 31))
        assert [(row.author, row.kind, row.cases, row.total) for row in told] == [
            ("insured", "avoided", 1, Decimal("109.00")),
            ("professional", "avoided", 2, Decimal("420.00")),
        ]
        assert CaseAmount.objects.totals_by_author(first=dt.date(2024, 1, 1), last=dt.date(2024, 12, 31)) == []


class TestFourEyes:
    def test_fraud_is_established_by_two(self, held_case: FraudCase, investigator: User, supervisor: User) -> None:
        with pytest.raises(CaseError, match="autre personne"):
            decide(held_case.pk, outcome=CaseOutcome.FRAUD, by=investigator)
        asked = ask_approval(held_case.pk, subject=ApprovalSubject.FRAUD, by=investigator)
        assert CaseNotice.objects.get(kind="approval").recipient == supervisor
        with pytest.raises(CaseError, match="autre personne"):
            decide(held_case.pk, outcome=CaseOutcome.FRAUD, by=investigator)
        with pytest.raises(CaseError, match="déjà demandé"):
            ask_approval(held_case.pk, subject=ApprovalSubject.FRAUD, by=supervisor)
        with pytest.raises(CaseError, match="Vous avez fait cette demande"):
            answer_approval(asked.pk, is_granted=True, by=investigator)
        answer_approval(asked.pk, is_granted=True, by=supervisor)
        with pytest.raises(CaseError, match="déjà reçu"):
            answer_approval(asked.pk, is_granted=False, by=supervisor)
        assert decide(held_case.pk, outcome=CaseOutcome.FRAUD, by=investigator).outcome == CaseOutcome.FRAUD

    def test_the_database_refuses_the_author_s_own_word(self, held_case: FraudCase, investigator: User) -> None:
        asked = ask_approval(held_case.pk, subject=ApprovalSubject.FRAUD, by=investigator)
        row = CaseApproval.objects.filter(pk=asked.pk)
        with pytest.raises(IntegrityError, match="case_approved_by_another"), transaction.atomic():
            row.update(approved_at=timezone.now(), approved_by=investigator)
        with pytest.raises(ProgrammingError), transaction.atomic():
            row.update(asked_by=make_staff("autre-agent", role=Role.SUPERVISOR))
        now = timezone.now()
        case = FraudCase.objects.filter(pk=held_case.pk)
        with pytest.raises(IntegrityError, match="second person"), transaction.atomic():
            case.update(status="decided", outcome="fraud", decided_at=now, decided_by=investigator)
        with pytest.raises(IntegrityError, match="second person"), transaction.atomic():
            CaseStep.objects.create(
                case=held_case, kind="penalty", legal_basis=LegalBasis.objects.get(kind="penalty"), done_on=TODAY,
                recorded_by=investigator,
            )  # fmt: skip

    def test_a_refusal_is_no_agreement(self, held_case: FraudCase, investigator: User, supervisor: User) -> None:
        asked = ask_approval(held_case.pk, subject=ApprovalSubject.FRAUD, by=investigator)
        answer_approval(asked.pk, is_granted=False, by=supervisor)
        with pytest.raises(CaseError, match="autre personne"):
            decide(held_case.pk, outcome=CaseOutcome.FRAUD, by=investigator)
        ask_approval(held_case.pk, subject=ApprovalSubject.FRAUD, by=investigator)

    def test_an_agreement_does_not_outlive_a_reopening(
        self, held_case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        asked = ask_approval(held_case.pk, subject=ApprovalSubject.FRAUD, by=investigator)
        answer_approval(asked.pk, is_granted=True, by=supervisor)
        decide(held_case.pk, outcome=CaseOutcome.FRAUD, by=investigator)
        reopen(held_case.pk, by=investigator)
        with pytest.raises(CaseError, match="autre personne"):
            decide(held_case.pk, outcome=CaseOutcome.FRAUD, by=investigator)

    @pytest.mark.parametrize(("amount", "is_alone"), [("999.99", True), ("1000.00", False)])
    def test_closing_without_follow_up_is_alone_below_the_threshold(
        self, new_case: CaseMaker, investigator: User, supervisor: User, amount: str, is_alone: bool
    ) -> None:
        case = new_case(amount=amount)
        if not is_alone:
            with pytest.raises(CaseError, match="autre personne"):
                close_without_follow_up(case.pk, by=investigator)
            asked = ask_approval(case.pk, subject=ApprovalSubject.NO_FOLLOW_UP, by=investigator)
            answer_approval(asked.pk, is_granted=True, by=supervisor)
        close_without_follow_up(case.pk, by=investigator)
        assert FraudReport.objects.get().closing_reason == "not-established"

    def test_what_the_ledger_presumes_counts_for_the_threshold(self, held_case: FraudCase, investigator: User) -> None:
        record_amount(held_case.pk, kind=AmountKind.PRESUMED, amount=Decimal(1500), on_date=TODAY, by=investigator)
        with pytest.raises(CaseError, match="autre personne"):
            close_without_follow_up(held_case.pk, by=investigator)


class TestSteps:
    def test_a_penalty_needs_two_and_gives_a_month_to_answer(
        self, held_case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        basis = LegalBasis.objects.get(kind="penalty")
        done_on = dt.date(2026, 1, 31)
        with pytest.raises(CaseError, match="accord"):
            take_step(held_case.pk, kind=StepKind.PENALTY, legal_basis=basis, done_on=done_on, by=investigator)
        asked = ask_approval(
            held_case.pk, subject=ApprovalSubject.SANCTION, step_kind=StepKind.PENALTY, by=investigator
        )
        answer_approval(asked.pk, is_granted=True, by=supervisor)
        taken = take_step(held_case.pk, kind=StepKind.PENALTY, legal_basis=basis, done_on=done_on, by=investigator)
        assert taken.deadline_on == dt.date(2026, 2, 28)
        other = LegalBasis.objects.get(kind="complaint")
        with pytest.raises(CaseError, match="accord"):
            take_step(held_case.pk, kind=StepKind.COMPLAINT, legal_basis=other, done_on=done_on, by=investigator)

    def test_a_letter_needs_nobody_and_a_basis_in_force(self, held_case: FraudCase, investigator: User) -> None:
        basis = LegalBasis.objects.get(kind="letter")
        take_step(held_case.pk, kind=StepKind.LETTER, legal_basis=basis, done_on=TODAY, by=investigator)
        for kind, day in (
            (StepKind.LETTER, dt.date(2025, 12, 31)),
            (StepKind.LETTER, TODAY + dt.timedelta(days=1)),
            (StepKind.INDU, TODAY),
        ):
            with pytest.raises(CaseError):
                take_step(held_case.pk, kind=kind, legal_basis=basis, done_on=day, by=investigator)
        with pytest.raises(CaseError, match="quelle sanction"):
            ask_approval(held_case.pk, subject=ApprovalSubject.SANCTION, step_kind=StepKind.LETTER, by=investigator)

    def test_months_end_where_the_month_does(self) -> None:
        assert months_later(dt.date(2024, 1, 31), 1) == dt.date(2024, 2, 29)
        assert months_later(dt.date(2026, 12, 15), 1) == dt.date(2027, 1, 15)
        assert months_later(dt.date(2026, 3, 31), -60) == dt.date(2021, 3, 31)

    def test_a_line_is_held_as_it_was_frozen(
        self, new_case: CaseMaker, held_case: FraudCase, investigator: User
    ) -> None:
        line = ReportedLine.objects.get()
        accuse_lines(held_case.pk, line_ids=[line.pk], by=investigator)
        assert accuse_lines(held_case.pk, line_ids=[line.pk], by=investigator) == []
        assert len(CaseLine.objects.get().snapshot_sha256) == 64
        new_case(person=make_person("Autre"))
        other = ReportedLine.objects.exclude(pk=line.pk).get()
        with pytest.raises(CaseError, match="de ce dossier"):
            accuse_lines(held_case.pk, line_ids=[other.pk], by=investigator)


def test_notes_are_sealed_and_tasks_are_done(held_case: FraudCase, investigator: User) -> None:
    note = write_note(held_case.pk, text="Appeler le cabinet.", due_on=TODAY, by=investigator)
    assert b"cabinet" not in bytes(note.text_sealed)
    assert open_note(note) == "Appeler le cabinet."
    assert finish_task(note.pk, by=investigator).done_by == investigator
    with pytest.raises(CaseError):
        finish_task(note.pk, by=investigator)
    with pytest.raises(CaseError):
        write_note(held_case.pk, text="  ", by=investigator)


def test_a_closed_case_tells_nobody_twice(held_case: FraudCase, investigator: User) -> None:
    decide(held_case.pk, outcome=CaseOutcome.COMPLIANT, by=investigator)
    close(held_case.pk, by=investigator)
    with pytest.raises(CaseError):
        close(held_case.pk, by=investigator)

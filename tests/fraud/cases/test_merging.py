"""Merging and undoing it: reports change place, nothing is rewritten."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.asking import write_to_insured
from fraud.cases.deciding import decide
from fraud.cases.enums import AmountKind, AuthorCategory, CaseOutcome
from fraud.cases.events import CaseError
from fraud.cases.ledger import record_amount, totals_of
from fraud.cases.merging import merge, unmerge
from fraud.cases.models import CaseReport, FraudCase
from fraud.cases.noting import change_case, write_note
from fraud.cases.opening import link_report, open_case, take_in_reports
from fraud.intake.enums import Severity
from fraud.intake.following import write_message
from fraud.intake.models import FraudReport
from tests.fraud.cases.rows import CaseMaker, hold, make_sent_report
from tests.fraud.cases.test_decisions import TODAY
from tests.reimbursements.payments.rows import make_person


def _state() -> tuple[object, ...]:
    """Everything that a merge may touch and an undoing must restore."""
    cases = FraudCase.objects.order_by("pk").values_list(
        "pk", "status", "severity", "amount_at_stake", "due_on", "outcome", "merged_into"
    )
    links = CaseReport.objects.filter(unlinked_at=None).order_by("report").values_list("case", "report")
    return list(cases), list(links), [totals_of(case) for case in FraudCase.objects.order_by("pk")]


def test_a_merge_undone_is_the_state_before(new_case: CaseMaker, supervisor: User) -> None:
    source, target = new_case(amount="30.00", severity=2), new_case(amount="12.00", severity=2)
    record_amount(source.pk, kind=AmountKind.PRESUMED, amount=Decimal(30), on_date=TODAY, by=supervisor)
    before = _state()
    merge(source.pk, into=target.pk, by=supervisor)
    target.refresh_from_db()
    assert (target.amount_at_stake, totals_of(target)[AmountKind.PRESUMED]) == (Decimal("42.00"), Decimal("30.00"))
    assert CaseReport.objects.filter(case=target, unlinked_at=None).count() == 2
    unmerge(source.pk, by=supervisor)
    assert _state() == before
    merge(source.pk, into=target.pk, by=supervisor)
    unmerge(source.pk, by=supervisor)
    assert _state() == before


def test_a_merged_case_is_worked_on_in_the_other(new_case: CaseMaker, supervisor: User) -> None:
    source, target, third = new_case(), new_case(), new_case()
    merge(source.pk, into=target.pk, by=supervisor)
    with pytest.raises(CaseError, match="dossier d’accueil"):
        write_note(source.pk, text="Où ?", by=supervisor)
    for wrong_source, wrong_target in ((source, third), (third, source), (target, third), (third, third)):
        with pytest.raises(CaseError):
            merge(wrong_source.pk, into=wrong_target.pk, by=supervisor)
    assert set(FraudCase.objects.standing()) == {target, third}
    with pytest.raises(CaseError, match="aucun autre"):
        unmerge(third.pk, by=supervisor)


def test_a_decided_case_is_not_merged_nor_taken_apart(new_case: CaseMaker, supervisor: User) -> None:
    source, target = new_case(), new_case()
    merge(source.pk, into=target.pk, by=supervisor)
    decide(target.pk, outcome=CaseOutcome.ERROR, by=supervisor)
    with pytest.raises(CaseError, match="décidé"):
        unmerge(source.pk, by=supervisor)
    with pytest.raises(CaseError, match="pas encore décidés"):
        merge(new_case().pk, into=target.pk, by=supervisor)


def test_severity_comes_back_in_whatever_order_merges_are_undone(new_case: CaseMaker, supervisor: User) -> None:
    target, grave, graver = new_case(severity=1), new_case(severity=2), new_case(severity=3)
    before = _state()
    for source in (grave, graver):
        merge(source.pk, into=target.pk, by=supervisor)
    target.refresh_from_db()
    assert target.severity == 3
    unmerge(graver.pk, by=supervisor)
    target.refresh_from_db()
    assert (target.severity, target.severity_alone) == (2, 1)
    unmerge(grave.pk, by=supervisor)
    assert _state() == before
    target.refresh_from_db()
    assert target.severity_alone is None


def test_severity_set_by_hand_while_merged_stays(new_case: CaseMaker, supervisor: User) -> None:
    target, source = new_case(severity=1), new_case(severity=3)
    merge(source.pk, into=target.pk, by=supervisor)
    change_case(target.pk, severity=Severity.MEDIUM, author_category=AuthorCategory.INSURED, by=supervisor)
    unmerge(source.pk, by=supervisor)
    target.refresh_from_db()
    assert target.severity == 2


def test_a_report_linked_meanwhile_counts_for_itself(new_case: CaseMaker, supervisor: User) -> None:
    target, source = new_case(severity=1), new_case(severity=2)
    merge(source.pk, into=target.pk, by=supervisor)
    link_report(target.pk, report=make_sent_report(make_person("Autre"), severity=3), by=supervisor)
    unmerge(source.pk, by=supervisor)
    target.refresh_from_db()
    assert target.severity == 3


def test_an_asked_person_answers_before_a_merge_is_undone(
    new_case: CaseMaker, investigator: User, supervisor: User
) -> None:
    target, source = new_case(), new_case()
    report = source.links.get().report
    merge(source.pk, into=target.pk, by=supervisor)
    hold(target, by=investigator)
    write_to_insured(target.pk, report_id=report.pk, text="Quel jour ?", is_question=True, by=investigator)
    with pytest.raises(CaseError, match="pas encore répondu"):
        unmerge(source.pk, by=supervisor)
    write_message(report.pk, text="Le 3 mars.", by=None)
    unmerge(source.pk, by=supervisor)
    assert source.links.filter(unlinked_at=None).get().report == report


def test_the_database_keeps_a_merged_case_still(new_case: CaseMaker, supervisor: User) -> None:
    source, target = new_case(), new_case()
    merge(source.pk, into=target.pk, by=supervisor)
    row = FraudCase.objects.filter(pk=source.pk)
    with pytest.raises(IntegrityError, match="stands still"), transaction.atomic():
        row.update(status="assigned")
    with pytest.raises(IntegrityError, match="stands still"), transaction.atomic():
        row.update(status="decided", outcome="error", decided_at=timezone.now())


def test_a_report_that_joins_goes_to_the_same_case(new_case: CaseMaker) -> None:
    case = new_case()
    joining = make_sent_report(make_person("Autre"), joins=FraudReport.objects.get())
    assert take_in_reports() == 1
    assert CaseReport.objects.get(report=joining).case == case
    assert take_in_reports() == 0


def test_cases_of_one_professional_are_proposed(new_case: CaseMaker) -> None:
    first, second, other = new_case(), new_case(), new_case(performer_rpps=10000000020)
    assert list(FraudCase.objects.of_same_performer(first)) == [second]
    assert list(FraudCase.objects.of_same_performer(other)) == []
    nobody = new_case(performer_rpps=None)
    assert list(FraudCase.objects.of_same_performer(nobody)) == []


def test_a_case_without_a_report_is_no_case(case_rules: None) -> None:
    with pytest.raises(CaseError):
        open_case([], by=None)

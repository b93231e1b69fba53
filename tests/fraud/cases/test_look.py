"""What the page of a case asks of the database: each fact once, however much the case holds, and anew each time."""

import re
from collections.abc import Callable
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.staff.models import User
from fraud.cases.act_forms import ActGroup
from fraud.cases.acts import ACTS, offered
from fraud.cases.approving import ask_approval
from fraud.cases.deciding import accuse_lines, take_step
from fraud.cases.decision_models import LegalBasis
from fraud.cases.enums import AmountKind, ApprovalSubject, CaseEventKind, NoticeKind, OpeningReason, StepKind
from fraud.cases.extent import Extent, extent_of
from fraud.cases.ledger import record_amount
from fraud.cases.look import CaseLook
from fraud.cases.merging import merge
from fraud.cases.models import CaseEvent, CaseLine, CaseReport, FraudCase
from fraud.cases.notices import tell
from fraud.cases.noting import finish_task, write_note
from fraud.cases.opening import link
from fraud.cases.unveiling import answer_break_glass, ask_break_glass, unveil
from fraud.intake.following import write_message
from tests.fraud.cases.disclosed import disclose, open_sharing
from tests.fraud.cases.rows import CaseMaker, make_sent_report
from tests.reimbursements.payments.rows import make_person
from tests.staff import client_of, make_staff

MOST = 30
"""Queries of the page of a case in which nothing was decided yet."""
MOST_OF_A_FULL_ONE = 40
"""And of one that has all that a case can have."""


def page(case: FraudCase) -> str:
    return reverse("admin:fraud_fraudcase_change", args=[case.pk])


def notify_indu(case: FraudCase, *, by: User) -> None:
    basis = LegalBasis.objects.get(kind=StepKind.INDU)
    take_step(case.pk, kind=StepKind.INDU, legal_basis=basis, done_on=timezone.localdate(), by=by)


def names(case: FraudCase, user: User) -> set[str]:
    """Of the acts that are offered."""
    return {name for name, _ in offered(CaseLook(case=case, user=user))}


class TestCost:
    def test_thirty_reports_cost_the_queries_of_three(
        self,
        held_case: FraudCase,
        new_case: CaseMaker,
        investigator: User,
        django_assert_max_num_queries: DjangoAssertNumQueries,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        new_case()  # another one about the same professional
        record_amount(
            held_case.pk, kind=AmountKind.PRESUMED, amount=Decimal(21), on_date=timezone.localdate(), by=investigator
        )
        for _ in range(2):
            link(held_case, make_sent_report(make_person("Zélie")), by=investigator)
        client = client_of(investigator)
        client.get(page(held_case))
        with django_assert_max_num_queries(MOST) as three:
            client.get(page(held_case))
        for _ in range(27):
            link(held_case, make_sent_report(make_person("Zélie")), by=investigator)
        with django_assert_num_queries(len(three.captured_queries)):
            shown = client.get(page(held_case)).content.decode()
        assert "Signalements (30)" in shown
        assert "1 à 25 sur 30" in shown

    def test_a_case_with_everything_is_bounded_too(
        self,
        new_case: CaseMaker,
        investigator: User,
        supervisor: User,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        open_sharing()
        lifted, _ = disclose(make_person("Zélie"), by=investigator, second=supervisor)
        case = lifted.case
        notify_indu(case, by=investigator)
        for word in ("un", "deux"):
            write_note(case.pk, text=word, due_on=timezone.localdate(), by=supervisor)
        asked = ask_break_glass(case.pk, reason=OpeningReason.URGENCY, by=investigator)
        answer_break_glass(asked.pk, is_granted=True, by=supervisor)
        CaseEvent.objects.create(case=case, kind=CaseEventKind.NOTED, actor_id=make_staff("agent-parti").pk)
        source = new_case()
        FraudCase.objects.filter(pk=source.pk).update(merged_into=case)
        client = client_of(investigator)
        client.get(page(case))
        with django_assert_max_num_queries(MOST_OF_A_FULL_ONE):
            shown = client.get(page(case)).content.decode()
        for text in ("Ce qui est sorti de la maison", "fusionné dans celui-ci", "Voir les personnes", "agent-parti"):
            assert text in shown


def test_of_what_there_is_not_nothing_is_read(
    held_case: FraudCase, investigator: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    look = CaseLook(case=held_case, user=investigator)
    with django_assert_num_queries(1):
        assert not any(look.extent._replace(unheld=False))
        assert not [*look.merged, *look.held_lines, *look.open_tasks, *look.steps, *look.approvals]
        assert not [*look.signals, *look.standing_signals, *look.lifts, *look.pending_openings]
        assert look.opening is None
    with django_assert_num_queries(1):
        assert look.is_holder
        assert not look.has_something_unread


def test_what_there_is_is_found_by_its_kind(
    held_case: FraudCase, new_case: CaseMaker, investigator: User, supervisor: User
) -> None:
    """One act after the other: each makes its own fact true, and no other. Lines that are not held are there first."""
    report = CaseReport.objects.get(case=held_case).report
    link(held_case, make_sent_report(make_person("Zélie")), by=investigator)
    colleague = make_staff("collegue")
    acts: dict[str, Callable[[], object]] = {
        "approvals": lambda: ask_approval(held_case.pk, subject=ApprovalSubject.FRAUD, by=investigator),
        "steps": lambda: notify_indu(held_case, by=investigator),
        "lines": lambda: accuse_lines(held_case.pk, line_ids=[report.lines.get().pk], by=investigator),
        "openings": lambda: ask_break_glass(held_case.pk, reason=OpeningReason.URGENCY, by=colleague),
        "answers": lambda: write_message(report.pk, text="Voici la facture.", by=None),
        "notices": lambda: tell(investigator.pk, case=held_case, kind=NoticeKind.DUE_SOON),
        "notes": lambda: write_note(held_case.pk, text="un mot", by=investigator),
        "tasks": lambda: write_note(held_case.pk, text="à faire", due_on=timezone.localdate(), by=investigator),
        "merged": lambda: merge(new_case().pk, into=held_case.pk, by=supervisor),
    }
    assert set(acts) == {*Extent._fields} - {"unheld"}
    there = {"unheld"}
    for name, act in acts.items():
        act()
        there.add(name)
        found = extent_of(held_case.pk, reader_id=investigator.pk)._asdict()
        assert {one for one, is_there in found.items() if is_there} == there, name
    for_another = extent_of(held_case.pk, reader_id=colleague.pk)
    assert not for_another.notices, "each reads their own"


def test_the_leave_of_a_colleague_is_not_ones_own(held_case: FraudCase, investigator: User) -> None:
    unveil(held_case.pk, reason=OpeningReason.INVESTIGATION, by=investigator)
    assert extent_of(held_case.pk, reader_id=investigator.pk).openings
    assert not extent_of(held_case.pk, reader_id=make_staff("collegue").pk).openings


def test_each_look_is_a_new_one(held_case: FraudCase, investigator: User) -> None:
    assert "tache-faite" not in names(held_case, investigator)
    task = write_note(held_case.pk, text="à faire", due_on=timezone.localdate(), by=investigator)
    assert "tache-faite" in names(held_case, investigator)
    finish_task(task.pk, by=investigator)
    assert "tache-faite" not in names(held_case, investigator)


def test_lines_are_held_while_there_are_any_left(held_case: FraudCase, investigator: User) -> None:
    first, client = CaseReport.objects.get(case=held_case).report, client_of(investigator)
    hold_lines, said = reverse("admin:fraud_fraudcase_act", args=[held_case.pk, "retenir"]), "Retenir des lignes"
    assert said in client.get(page(held_case)).content.decode()
    client.post(hold_lines, {"are_all": "on"})
    assert CaseLine.objects.get(case=held_case).reported_line.report_id == first.pk
    assert said not in client.get(page(held_case)).content.decode()
    answer = client.get(hold_lines, follow=True)
    assert answer.redirect_chain == [(page(held_case), 302)]
    link(held_case, make_sent_report(make_person("Zélie")), by=investigator)
    assert said in client.get(page(held_case)).content.decode()


def test_acts_stand_under_their_headings(held_case: FraudCase, investigator: User) -> None:
    """In the order of the page, which is that of the keyboard; a heading without acts is not there."""
    shown = client_of(investigator).get(page(held_case)).content.decode()
    nav = shown.partition('aria-label="Agir sur ce dossier"')[2].partition("</nav>")[0]
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", nav)
    assert headings == ["Instruire", "Décider", "Organiser"]
    asked = [group for group in ActGroup for form in ACTS.values() if form.group is group]
    assert [form.group for form in ACTS.values()] == asked, "the acts stand in the order of their groups"
    assert re.findall(r"/faire/([\w-]+)/", nav) == [name for name in ACTS if name in names(held_case, investigator)]

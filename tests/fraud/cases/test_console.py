"""The inbox and the page of a case, as the staff opens them in the console."""

import datetime as dt

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.access.models import AccessLog
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.decision_models import CaseAmount, CaseApproval, CaseStep, LegalBasis
from fraud.cases.models import CaseReport, FraudCase
from fraud.cases.staffing_models import AssignmentRule, CaseOpening, Workload
from fraud.intake.attachments import attach
from fraud.intake.models import FraudReport, ReportMessage
from fraud.intake.receipts import shown
from fraud.intake.sealed import Answer, open_text, seal_answers
from tests.fraud.cases.rows import CaseMaker, hold
from tests.fraud.intake.files import a_png
from tests.reimbursements.payments.rows import make_person
from tests.staff import client_of, make_staff

LIST = reverse("admin:fraud_fraudcase_changelist")
STORY = "Je ne suis jamais allée dans ce cabinet."


def page(case: FraudCase) -> str:
    return reverse("admin:fraud_fraudcase_change", args=[case.pk])


def act(case: FraudCase, name: str) -> str:
    return reverse("admin:fraud_fraudcase_act", args=[case.pk, name])


def people(case: FraudCase) -> str:
    return reverse("admin:fraud_fraudcase_people", args=[case.pk])


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def do(client: Client, case: FraudCase, name: str, **data: object) -> str:
    """Perform an act; the text of the page that follows."""
    answer = client.post(act(case, name), data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def told_case(new_case: CaseMaker) -> FraudCase:
    """A case of a person who told a story and joined a document."""
    case = new_case(person=make_person("Zélie-Reconnaissable"))
    report = FraudReport.objects.get()
    report.answers_sealed = seal_answers(report, [Answer(step="motif", choice="acte-non-realise", story=STORY)])
    report.save()
    attach(report.pk, SimpleUploadedFile("photo.png", a_png()), insured_id=report.insured_id)
    return case


class TestInbox:
    def test_the_most_urgent_comes_first_with_what_triage_needs(self, new_case: CaseMaker, investigator: User) -> None:
        small, grave, dear = new_case(severity=1), new_case(severity=3), new_case(severity=3, amount="1234.50")
        client = client_of(investigator)
        answer = client.get(LIST)
        assert [case.pk for case in answer.context["cl"].result_list] == [dear.pk, grave.pk, small.pk]
        shown = answer.content.decode()
        for text in (dear.number, "grave", "1\u202f234,50", "01C751000", f"{dear.due_on:%d/%m/%Y}"):
            assert text in shown

    def test_saved_views(self, new_case: CaseMaker, held_case: FraudCase, investigator: User) -> None:
        waiting_for_triage = new_case()
        client = client_of(investigator)

        def seen(view: str) -> set[int]:
            return {case.pk for case in client.get(LIST, {"vue": view}).context["cl"].result_list}

        assert seen("a-attribuer") == {waiting_for_triage.pk}
        assert seen("mes-dossiers") == {held_case.pk}
        assert seen("en-retard") == seen("clos") == seen("accords") == set()
        assert seen("tous") == {waiting_for_triage.pk, held_case.pk}
        client.post(act(held_case, "demander-accord"), {"wanted": "fraud"})
        assert seen("accords") == {held_case.pk}
        with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
            FraudCase.objects.update(due_on=timezone.localdate() - dt.timedelta(days=1))
        FraudCase.objects.filter(pk=waiting_for_triage.pk).update(due_on=dt.date(2020, 1, 1))
        assert waiting_for_triage.pk in seen("en-retard")
        assert seen("inconnue") == {waiting_for_triage.pk, held_case.pk}

    def test_a_case_is_found_by_number_receipt_and_professional(self, new_case: CaseMaker, investigator: User) -> None:
        case, _ = new_case(), new_case(performer_rpps=10000000020)
        receipt = str(CaseReport.objects.get(case=case).report.receipt_no)
        client = client_of(investigator)
        for term in (case.number, receipt, f" {shown(receipt).lower()} ", "10000000012"):
            assert [one.pk for one in client.get(LIST, {"q": term}).context["cl"].result_list] == [case.pk], term
        assert AccessLog.objects.filter(action="search").count() == 4
        assert client.get(LIST, {"q": "ESSAI Zélie"}).status_code == 302

    def test_cases_are_taken_and_closed_together_after_confirming(
        self, new_case: CaseMaker, investigator: User
    ) -> None:
        small, dear = new_case(), new_case(amount="5000.00")
        client = client_of(investigator)
        chosen = {"action": "close_for_good", "_selected_action": [small.pk, dear.pk]}
        asked = client.post(LIST, chosen).content.decode()
        assert small.number in asked
        assert set(FraudCase.objects.values_list("status", flat=True)) == {"new"}  # asking changes nothing
        told = client.post(LIST, {**chosen, "confirmed": "oui"}, follow=True).content.decode()
        assert "Dossiers classés : 1." in told
        assert f"Dossier {dear.number} : Cette issue demande d’abord l’accord d’une autre personne." in told
        assert dict(FraudCase.objects.values_list("pk", "status")) == {small.pk: "closed", dear.pk: "new"}
        client.post(LIST, {"action": "take", "_selected_action": [dear.pk], "confirmed": "oui"})
        dear.refresh_from_db()
        assert dear.status == "assigned"

    def test_who_only_reads_has_no_action(self, new_case: CaseMaker) -> None:
        case = new_case()
        client = client_of(make_staff("droit", role=Role.LEGAL))
        assert "Classer sans suite" not in text_of(client, LIST)
        client.post(LIST, {"action": "close_for_good", "_selected_action": [case.pk], "confirmed": "oui"})
        case.refresh_from_db()
        assert case.status == "new"

    def test_ten_cases_cost_the_queries_of_one(
        self, new_case: CaseMaker, investigator: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        new_case()
        client = client_of(investigator)
        client.get(LIST)
        with django_assert_max_num_queries(15) as one:
            client.get(LIST)
        for _ in range(9):
            new_case()
        with django_assert_max_num_queries(len(one.captured_queries)) as ten:
            client.get(LIST)
        assert not [query for query in ten.captured_queries if query["sql"].startswith("SELECT COUNT(")]


class TestCasePage:
    def test_shows_everything_but_the_people(self, told_case: FraudCase, investigator: User) -> None:
        hold(told_case, by=investigator)
        shown = text_of(client_of(investigator), page(told_case))
        for text in (told_case.number, "Consultation de votre médecin", "10000000012", "masqué", "en instruction"):
            assert text in shown
        for secret in ("Reconnaissable", "ESSAI", STORY, "photo"):
            assert secret not in shown
        log = AccessLog.objects.get(action="view")
        assert (log.object_kind, log.object_id, log.insured_id) == ("fraud.fraudcase", str(told_case.pk), None)

    def test_the_holder_sees_people_with_a_reason_and_every_look_is_logged(
        self, told_case: FraudCase, investigator: User
    ) -> None:
        hold(told_case, by=investigator)
        client, report = client_of(investigator), FraudReport.objects.get()
        assert client.get(people(told_case)).status_code == 302
        shown = do(client, told_case, "voir-les-personnes", reason="investigation")
        for text in ("Zélie-Reconnaissable ESSAI", STORY, "photo.png"):
            assert text in shown
        document = reverse("admin:fraud_fraudcase_attachment", args=[told_case.pk, report.attachments.get().public_id])
        answer = client.get(document)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        logs = AccessLog.objects.filter(object_kind="fraud.fraudreport")
        assert set(logs.values_list("insured_id", "reason")) == {
            (report.insured_id, f"dossier {told_case.number} : instruction du dossier")
        }
        assert logs.count() == 2
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=31)):
            CaseOpening.objects.update(ends_at=timezone.now() - dt.timedelta(minutes=1))
        assert client.get(people(told_case)).status_code in (200, 302)

    def test_a_colleague_breaks_the_glass_with_a_second_person(
        self, told_case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        hold(told_case, by=investigator)
        colleague = client_of(make_staff("collegue"))
        assert "Ce dossier a changé" in do(colleague, told_case, "voir-les-personnes", reason="control")
        assert not CaseOpening.objects.exists()
        assert "L’accès est demandé" in do(colleague, told_case, "acces-exceptionnel", reason="urgency")
        assert colleague.get(people(told_case)).status_code == 302
        assert colleague.get(act(told_case, "repondre-acces")).status_code == 403
        lead = client_of(supervisor)
        assert "un accès exceptionnel est demandé" in text_of(lead, LIST)
        watcher = client_of(make_staff("donnees", role=Role.DATA_PROTECTION))
        opening = CaseOpening.objects.get()
        assert "accordé pour 30 minutes" in do(lead, told_case, "repondre-acces", opening=opening.pk, answer="oui")
        assert "Zélie-Reconnaissable" in text_of(colleague, people(told_case))
        assert "un accès exceptionnel a été ouvert" in text_of(client_of(investigator), LIST)
        assert "un accès exceptionnel a été ouvert" in text_of(watcher, reverse("admin:index"))
        openings = reverse("admin:fraud_caseopening_changelist")
        assert "collegue" in text_of(watcher, openings)
        watcher.post(openings, {"action": "notices_read", "_selected_action": [opening.pk]})
        assert "un accès exceptionnel a été ouvert" not in text_of(watcher, reverse("admin:index"))

    def test_a_case_from_claim_to_penalty(self, told_case: FraudCase, investigator: User, supervisor: User) -> None:
        client, lead = client_of(investigator), client_of(supervisor)
        do(client, told_case, "prendre")
        do(client, told_case, "instruire")
        do(client, told_case, "retenir", lines=[FraudReport.objects.get().lines.get().pk])
        assert "Le montant est inscrit" in do(
            client, told_case, "montant", kind="presumed", amount="21,50", on_date="2026-01-15"
        )
        penalty = LegalBasis.objects.get(kind="penalty").pk
        refused = do(client, told_case, "suite", basis=penalty, done_on="2026-02-01")
        assert "Cette sanction demande d’abord l’accord d’une autre personne." in refused
        do(client, told_case, "demander-accord", wanted="sanction/penalty")
        approval = CaseApproval.objects.get()
        assert client.get(act(told_case, "repondre-accord")).status_code == 403
        do(lead, told_case, "repondre-accord", approval=approval.pk, answer="oui")
        assert "La suite est inscrite" in do(client, told_case, "suite", basis=penalty, done_on="2026-02-01")
        assert CaseStep.objects.get().deadline_on == dt.date(2026, 3, 1)
        do(client, told_case, "note", text="Relire la convention.", due_on="2026-12-01")
        do(client, told_case, "decider", outcome="fault")
        shown = do(client, told_case, "clore")
        for text in ("21,50", "pénalité financière", "Relire la convention.", "faute", "accordé par agent-supervision"):
            assert text in shown
        told_case.refresh_from_db()
        assert told_case.status == "closed"

    def test_a_question_goes_to_the_person_and_stops_the_clock(self, told_case: FraudCase, investigator: User) -> None:
        hold(told_case, by=investigator)
        client, report = client_of(investigator), FraudReport.objects.get()
        shown = do(client, told_case, "ecrire", report=report.pk, text="Quel jour ?", is_question="on")
        assert "Le message est envoyé" in shown
        assert "(suspendue)" in shown
        assert open_text(ReportMessage.objects.get()) == "Quel jour ?"
        assert "Quel jour" not in shown

    def test_a_mistake_is_told_and_what_was_typed_stays(self, held_case: FraudCase, investigator: User) -> None:
        client = client_of(investigator)
        answer = client.post(act(held_case, "montant"), {"kind": "presumed", "amount": "-3", "on_date": "2026-01-01"})
        shown = answer.content.decode()
        assert "Rien n’a été enregistré" in shown
        assert 'value="-3"' in shown
        assert not CaseAmount.objects.exists()

    def test_what_is_not_possible_now_is_not_offered_nor_done(self, held_case: FraudCase, investigator: User) -> None:
        client = client_of(investigator)
        assert "Prendre ce dossier" not in text_of(client, page(held_case))
        assert "Ce n’est pas possible" in client.get(act(held_case, "prendre"), follow=True).content.decode()
        assert "Ce dossier a changé depuis que vous avez ouvert" in do(client, held_case, "prendre")
        assert client.get(act(held_case, "inconnu")).status_code == 404
        assert client.get(act(held_case, "fusionner")).status_code == 403

    def test_cases_of_a_professional_are_linked_and_merged(self, new_case: CaseMaker, supervisor: User) -> None:
        source, target = new_case(), new_case()
        lead = client_of(supervisor)
        assert f"Dossier {target.number}" in text_of(lead, page(source))
        assert "Aucun dossier ne porte ce numéro" in do(lead, source, "fusionner", target="1999-000001")
        shown = do(lead, source, "fusionner", target=target.number)
        assert "Ce dossier est fusionné dans le" in shown
        assert "Prendre ce dossier" not in shown
        assert "fusionné dans celui-ci" in text_of(lead, page(target))
        assert "La fusion est annulée" in do(lead, source, "annuler-fusion")

    def test_notices_are_read_by_a_button(self, told_case: FraudCase, investigator: User, supervisor: User) -> None:
        lead = client_of(supervisor)
        do(lead, told_case, "attribuer", investigator=investigator.pk)
        client = client_of(investigator)
        assert "un dossier vous est attribué" in text_of(client, LIST)
        assert "un dossier vous est attribué" in text_of(client, LIST)  # looking changes nothing
        do(client, told_case, "avis-lus")
        assert "un dossier vous est attribué" not in text_of(client, LIST)


def test_the_simulator_shows_what_the_rules_would_do(new_case: CaseMaker, investigator: User, supervisor: User) -> None:
    case = new_case()
    Workload.objects.create(investigator=investigator, most_cases=1)
    AssignmentRule.objects.create(position=7, investigator=investigator, is_active=True)
    shown = text_of(client_of(supervisor), reverse("admin:fraud_fraudcase_simulate"))
    assert case.number in shown
    assert "règle 7" in shown
    assert "agent-enquete" in shown
    case.refresh_from_db()
    assert case.status == "new"


def test_the_supervisor_adds_a_rule_for_an_investigator(investigator: User, supervisor: User) -> None:
    client = client_of(supervisor)
    address = reverse("admin:fraud_assignmentrule_add")
    assert "agent-enquete" in text_of(client, address)
    answer = client.post(
        address,
        {"position": 1, "investigator": investigator.pk, "least_severity": 1, "least_amount": "0", "is_active": "on"},
    )
    assert answer.status_code == 302
    assert AssignmentRule.objects.get().investigator == investigator

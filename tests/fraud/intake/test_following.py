"""A sent report: messages both ways, its status in plain words, its withdrawal, what is told outside."""

import datetime as dt
import io
from itertools import product

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from ameli_notify.core.walls import as_insured
from fraud.intake.enums import NEXT, ClosingReason, EventKind, ReportStatus
from fraud.intake.following import MessageTextError, MoveError, move_report, write_message
from fraud.intake.models import FraudReport, ReportEvent, ReportMessage
from fraud.intake.sealed import LONGEST_STORY, open_text
from outreach.notifications.models import MessageTemplate, Notification
from tests.fraud.intake.walking import another_browser, send, start_url
from tests.fraud.rows import make_report
from tests.reimbursements.payments.rows import NOW, make_person, page_of
from tests.staff import make_staff

pytestmark = pytest.mark.django_db
REPORTS = "/mon-espace/signalements/"


@pytest.fixture
def report(me: InsuredPerson, mine: Client) -> FraudReport:
    return send(mine, start_url(me))


@pytest.fixture
def investigator(db: None) -> User:
    return make_staff("agent-enquête")


def page(report: FraudReport, client: Client) -> str:
    return page_of(client, reverse("report", args=[report.public_id]))


class TestMessages:
    def test_both_ways_inside_the_space(self, report: FraudReport, mine: Client, investigator: User) -> None:
        write_message(report.pk, text="Avez-vous gardé la facture ?", by=investigator)
        assert "1 message à lire" in page_of(mine, REPORTS)
        assert "Un message vous attend dans vos signalements." in page_of(mine, reverse("my-space"))
        assert "Avez-vous gardé la facture ?" in page(report, mine)
        assert "nouveau" in page(report, mine), "reading a page changes nothing"
        mine.post(reverse("report-message", args=[report.public_id]), {"text": "Oui,\r\nje la joins."})
        assert "message à lire" not in page_of(mine, REPORTS)
        assert "Oui,<br>je la joins." in page(report, mine)
        assert [message.author for message in ReportMessage.objects.order_by("id")] == ["staff", "insured"]

    def test_are_marked_read_without_an_answer(self, report: FraudReport, mine: Client, investigator: User) -> None:
        write_message(report.pk, text="Pour votre information.", by=investigator)
        mine.post(reverse("report-read", args=[report.public_id]))
        assert ReportMessage.objects.get().read_at is not None

    def test_are_sealed_and_signed(self, report: FraudReport, investigator: User) -> None:
        message = write_message(report.pk, text="Une question", by=investigator)
        assert b"question" not in bytes(message.text_sealed)
        assert open_text(message) == "Une question"
        with pytest.raises(IntegrityError), transaction.atomic():
            ReportMessage.objects.update(written_by=None)

    def test_markup_is_shown_as_it_was_typed(self, report: FraudReport, mine: Client) -> None:
        mine.post(reverse("report-message", args=[report.public_id]), {"text": "<script>alert(1)</script>"})
        assert "&lt;script&gt;" in page(report, mine)

    @pytest.mark.parametrize("text", ["", "   \n ", "x" * (LONGEST_STORY + 1)])
    def test_an_empty_or_endless_one_is_refused(self, text: str, report: FraudReport, mine: Client) -> None:
        answer = mine.post(reverse("report-message", args=[report.public_id]), {"text": text})
        assert answer.status_code == 400
        assert "Vérifiez votre saisie" in answer.content.decode()
        assert not ReportMessage.objects.exists()
        with pytest.raises(MessageTextError):
            write_message(report.pk, text=text, by=None)

    def test_outside_a_message_only_waits(self, me: InsuredPerson, report: FraudReport, investigator: User) -> None:
        write_message(report.pk, text="Un acte vous concerne : le 12, chez le dentiste.", by=investigator)
        row = Notification.objects.get(insured_id=me.pk)
        template = MessageTemplate.objects.get(pk=row.template_id or 0)
        assert (row.channel, template.kind) == ("email", "message-waiting")
        assert "dentiste" not in template.text

    def test_a_second_one_is_not_announced_while_the_first_is_unread(
        self, me: InsuredPerson, report: FraudReport, mine: Client, investigator: User
    ) -> None:
        sent = Notification.objects.filter(insured_id=me.pk)
        write_message(report.pk, text="Un", by=investigator)
        write_message(report.pk, text="Deux", by=investigator)
        assert sent.count() == 1
        mine.post(reverse("report-read", args=[report.public_id]))
        write_message(report.pk, text="Trois", by=investigator)
        assert sent.count() == 2
        ReportMessage.objects.update(written_at=Now() - dt.timedelta(days=2))
        write_message(report.pk, text="Quatre", by=investigator)
        assert sent.count() == 3

    def test_an_answer_ends_the_waiting(self, report: FraudReport, mine: Client, investigator: User) -> None:
        move_report(report.pk, to=ReportStatus.WAITING, by=investigator)
        assert "Nous avons besoin d’une précision" in page(report, mine)
        mine.post(reverse("report-message", args=[report.public_id]), {"text": "Voici."})
        report.refresh_from_db()
        assert report.status == ReportStatus.IN_REVIEW

    def test_a_finished_report_takes_none(self, report: FraudReport, mine: Client) -> None:
        mine.post(reverse("report-withdraw", args=[report.public_id]))
        mine.post(reverse("report-message", args=[report.public_id]), {"text": "Encore."})
        assert not ReportMessage.objects.exists()
        assert "Envoyer ce message" not in page(report, mine)


class TestStatus:
    @pytest.mark.parametrize(("start", "to"), list(product(ReportStatus, ReportStatus)))
    def test_goes_only_where_the_table_says(self, start: ReportStatus, to: ReportStatus, investigator: User) -> None:
        if start is ReportStatus.DRAFT:
            return
        values: dict[str, object] = {"status": start}
        if start is ReportStatus.CLOSED:
            values |= {"closed_at": NOW, "closing_reason": "explained"}
        if start is ReportStatus.WITHDRAWN:
            values |= {"withdrawn_at": NOW}
        report = make_report(make_person("Essai"), receipt_no="SR000000000000", **values)
        reason = ClosingReason.EXPLAINED if to is ReportStatus.CLOSED else None
        if to in NEXT[start] and to is not ReportStatus.WITHDRAWN:
            move_report(report.pk, to=to, by=investigator, closing_reason=reason)
            report.refresh_from_db()
            assert report.status == to
            assert report.events.get().actor_id == investigator.pk
        else:
            with pytest.raises(MoveError):
                move_report(report.pk, to=to, by=investigator, closing_reason=reason)
            assert not report.events.exists()

    @pytest.mark.parametrize("reason", ClosingReason)
    def test_its_end_is_told_in_plain_words(
        self, reason: ClosingReason, me: InsuredPerson, report: FraudReport, mine: Client, investigator: User
    ) -> None:
        move_report(report.pk, to=ReportStatus.CLOSED, by=investigator, closing_reason=reason)
        assert "L’examen est terminé" in page(report, mine)
        assert Notification.objects.filter(insured_id=me.pk).count() == 1
        with pytest.raises(MoveError):
            move_report(report.pk, to=ReportStatus.CLOSED, by=investigator)

    def test_needs_a_reason_to_end_and_none_to_go_on(self, report: FraudReport, investigator: User) -> None:
        with pytest.raises(MoveError):
            move_report(report.pk, to=ReportStatus.CLOSED, by=investigator)
        with pytest.raises(MoveError):
            move_report(report.pk, to=ReportStatus.IN_REVIEW, by=investigator, closing_reason=ClosingReason.EXPLAINED)

    def test_is_withdrawn_by_its_author_after_asking(self, report: FraudReport, mine: Client) -> None:
        address = reverse("report-withdraw", args=[report.public_id])
        assert "Retirer ce signalement ?" in page_of(mine, address)
        mine.post(address)
        report.refresh_from_db()
        assert report.status == ReportStatus.WITHDRAWN
        assert report.withdrawn_at is not None
        assert [event.kind for event in report.events.order_by("id")] == [EventKind.SENT, EventKind.WITHDRAWN]
        mine.post(address)
        assert ReportEvent.objects.filter(kind=EventKind.WITHDRAWN).count() == 1


class TestDatabase:
    def test_the_timeline_only_grows(self, report: FraudReport) -> None:
        for change in (lambda: report.events.update(kind="status"), lambda: report.events.all().delete()):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                change()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"status": "nonsense"},
            {"status": "draft"},
            {"receipt_no": None},
            {"receipt_no": "SR12"},
            {"sent_at": None},
            {"severity": None},
            {"motive": ""},
            {"status": "closed"},
            {"status": "withdrawn"},
            {"closing_reason": "explained"},
            {"expires_at": NOW},
        ],
        ids=str,
    )
    def test_a_report_cannot_be_half_sent(self, wrong: dict[str, object], report: FraudReport) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            FraudReport.objects.filter(pk=report.pk).update(**wrong)

    def test_a_person_cannot_write_or_see_what_is_withheld(self, me: InsuredPerson, report: FraudReport) -> None:
        with as_insured(me.pk):
            assert FraudReport.objects.only("pk").count() == 1
            for statement in (
                "UPDATE fraud_fraudreport SET status = 'closed'",
                "SELECT severity FROM fraud_fraudreport",
            ):
                with (
                    pytest.raises(ProgrammingError, match="permission denied"),
                    transaction.atomic(),
                    connection.cursor() as cursor,
                ):
                    cursor.execute(statement)
        with as_insured(make_person("Autre").pk):
            assert FraudReport.objects.only("pk").count() == 0


class TestReceipt:
    def test_is_a_pdf_of_ones_own_report(self, report: FraudReport, mine: Client, me: InsuredPerson) -> None:
        answer = mine.get(reverse("report-receipt", args=[report.public_id]))
        assert answer.status_code == 200
        assert answer.content.startswith(b"%PDF-")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert f"accuse-{report.receipt_no}.pdf" in answer.headers["Content-Disposition"]
        draft_free = another_browser(me).get(reverse("report-receipt", args=[report.public_id]))
        assert draft_free.status_code == 200

    def test_tells_the_story_in_its_lines_and_paragraphs(self, me: InsuredPerson, mine: Client) -> None:
        told = send(mine, start_url(me), story="Le 3 mai,\r\nle cabinet était fermé.\r\n \r\nJ’ai rappelé.")
        pdf = mine.get(reverse("report-receipt", args=[told.public_id])).content
        lines = [line.strip() for page in PdfReader(io.BytesIO(pdf)).pages for line in page.extract_text().splitlines()]
        first = lines.index("Le 3 mai,")
        assert lines[first : first + 3] == ["Le 3 mai,", "le cabinet était fermé.", "J’ai rappelé."]

    def test_the_paper_form_is_for_everybody(self, db: None) -> None:
        assert "Imprimez le formulaire" in page_of(Client(), reverse("report-without-account"))
        answer = Client().get(reverse("report-paper-form"))
        assert answer.status_code == 200
        assert answer.content.startswith(b"%PDF-")

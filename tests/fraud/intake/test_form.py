"""Reporting a payment, through the pages: nothing lost, nothing of anybody else's, one report a line."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.people.models import InsuredPerson
from fraud.intake.drafting import MOST_DRAFTS
from fraud.intake.enums import EventKind, ReportStatus
from fraud.intake.models import FraudReport, QuestionnaireVersion, ReportEvent
from fraud.intake.receipts import read_receipt_no, shown
from fraud.intake.sealed import answers_of, open_text
from fraud.intake.sending import send_report
from fraud.intake.tasks import remind_and_expire
from outreach.notifications.models import Notification
from tests.fraud.intake.walking import another_browser, follow, marks_in, post, send, start, start_url, write_draft
from tests.reimbursements.payments.rows import NOW, make_child, make_person, page_of, pay, sign_in
from tests.reimbursements.test_explanations_cases import copay, gp

pytestmark = pytest.mark.django_db
REPORTS = "/mon-espace/signalements/"


class TestTheWay:
    def test_from_the_button_to_the_receipt(self, me: InsuredPerson, mine: Client) -> None:
        pay(me)
        link = re.search(r'href="([^"]*nouveau/\?paiement=[^"]+)"', page_of(mine))
        assert link, "the list of payments has the button"
        report = send(mine, link[1])
        assert report.status == ReportStatus.RECEIVED
        assert (report.motive, report.leaf, report.severity) == ("acte-non-realise", "soin-jamais-recu", 3)
        assert read_receipt_no(report.receipt_no or "") == report.receipt_no
        page = page_of(mine, f"{REPORTS}{report.public_id}/")
        assert shown(report.receipt_no or "").replace("\u00a0", " ") in page
        assert "Un enquêteur va l’examiner" in page
        assert "Je n’ai vu personne ce jour-là." in page
        assert [event.kind for event in report.events.all()] == [EventKind.SENT]

    def test_the_detail_of_a_payment_has_the_button_too(self, me: InsuredPerson, mine: Client) -> None:
        pay(me)
        detail = re.search(r'href="([^"]+)">Voir le détail', page_of(mine))
        assert detail
        assert "nouveau/?paiement=" in page_of(mine, detail[1])

    def test_lines_are_frozen_as_they_were(self, me: InsuredPerson, mine: Client) -> None:
        report = send(mine, start_url(me))
        line = report.lines.get()
        assert line.snapshot is not None
        assert line.snapshot["amount_paid"] == float(line.amount_paid)
        assert line.snapshot["id"] == line.line_id
        assert line.frozen_at is not None
        assert report.amount_at_stake == line.amount_paid

    def test_participations_are_not_offered_beside_acts(self, me: InsuredPerson, mine: Client) -> None:
        page = mine.get(start_url(me, pay(me, gp(), copay(1951, "2.00")))).content.decode()
        assert len(marks_in(page)) == 1

    def test_each_page_works_and_says_where_one_is(self, me: InsuredPerson, mine: Client) -> None:
        check = write_draft(mine, start_url(me))
        page = page_of(mine, check)
        assert "Vérifiez vos réponses" in page
        assert '<li aria-current="step">Vérification</li>' in page
        for again in re.findall(r'href="([^"]+)">Modifier', page):
            assert "Parler à un conseiller" in page_of(mine, again)

    def test_a_missing_answer_is_said_and_nothing_lost(self, me: InsuredPerson, mine: Client) -> None:
        here = start(mine, start_url(me))
        answer = mine.post(here, {})
        assert answer.status_code == 400
        assert "Choisissez une réponse." in answer.content.decode()
        here = post(mine, here, {"choice": "autre"})
        answer = mine.post(here, {"story": "  "})
        assert answer.status_code == 400
        assert "Racontez en quelques mots" in answer.content.decode()

    def test_no_line_ticked(self, me: InsuredPerson, mine: Client) -> None:
        answer = mine.post(start_url(me), {})
        assert answer.status_code == 400
        assert "Cochez au moins un paiement." in answer.content.decode()
        assert not FraudReport.objects.exists()

    def test_the_motive_of_the_assistant_answers_the_first_page(self, me: InsuredPerson, mine: Client) -> None:
        here = start(mine, start_url(me, motif="professionnel-inconnu"))
        assert here.endswith("/question/professionnel-inconnu/")
        assert start(mine, start_url(me, motif="nimporte-quoi")).endswith("/question/motif/")


class TestExplanations:
    def test_ends_without_a_report_when_it_is_enough(self, me: InsuredPerson, mine: Client) -> None:
        here = start(mine, start_url(me))
        here = post(mine, here, {"choice": "acte-non-realise"})
        here = post(mine, here, {"choice": "autre-jour"})
        assert here.endswith("/explication/")
        page = page_of(mine, here)
        assert "La date peut être celle de la facture" in page
        assert "/comprendre/actes-regroupes/" in page
        understood = re.search(r'formaction="([^"]+)"', page)
        assert understood
        mine.post(understood[1])
        assert not FraudReport.objects.exists()

    def test_who_still_doubts_goes_on_to_a_milder_report(self, me: InsuredPerson, mine: Client) -> None:
        here = start(mine, start_url(me))
        here = post(mine, here, {"choice": "acte-non-realise"})
        here = post(mine, here, {"choice": "autre-jour"})
        here = post(mine, here, {})
        assert here.endswith("/documents/")
        here = post(mine, here, {"next": "1"})
        post(mine, here, {})
        report = FraudReport.objects.get()
        assert (report.leaf, report.severity) == ("soin-autre-jour", 1)


class TestDrafts:
    def test_are_kept_at_each_step(self, me: InsuredPerson, mine: Client) -> None:
        here = start(mine, start_url(me))
        draft = FraudReport.objects.get()
        resume = reverse("report-draft", args=[draft.public_id])
        for data in ({"choice": "carte-vitale"}, {"choice": "gardee", "story": "Prêtée une fois."}, {"next": "1"}):
            here = post(mine, here, data)
            mine = another_browser(me)  # the browser was killed: another one goes on
            assert follow(mine, resume) == here
        assert [one.choice for one in answers_of(FraudReport.objects.get())] == ["carte-vitale", "gardee"]

    def test_sign_in_leads_back_to_the_draft(self, me: InsuredPerson, mine: Client) -> None:
        start(mine, start_url(me))
        address = reverse("report-draft", args=[FraudReport.objects.get().public_id])
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"{reverse('sign-in')}?next={address}"

    def test_changing_an_answer_forgets_what_came_after(self, me: InsuredPerson, mine: Client) -> None:
        write_draft(mine, start_url(me))
        draft = FraudReport.objects.get()
        first = reverse("report-step", args=[draft.public_id, "motif"])
        here = post(mine, first, {"choice": "transport"})
        assert here.endswith("/question/transport/")
        draft.refresh_from_db()
        assert [one.step for one in answers_of(draft)] == ["motif"]
        assert draft.leaf == ""
        old = reverse("report-step", args=[draft.public_id, "acte-non-realise"])
        assert follow(mine, old) == here, "a page that is off the way leads back to it"

    def test_the_same_lines_again_resume_the_draft(self, me: InsuredPerson, mine: Client) -> None:
        url = start_url(me)
        start(mine, url)
        start(mine, url)
        assert FraudReport.objects.count() == 1

    def test_there_are_only_so_many(self, me: InsuredPerson, mine: Client) -> None:
        for _ in range(MOST_DRAFTS):
            start(mine, start_url(me))
        url = start_url(me)
        answer = mine.post(url, {"lines": marks_in(mine.get(url).content.decode())})
        assert answer.status_code == 400
        assert FraudReport.objects.count() == MOST_DRAFTS

    def test_are_thrown_away_on_demand(self, me: InsuredPerson, mine: Client) -> None:
        write_draft(mine, start_url(me))
        address = reverse("report-discard", args=[FraudReport.objects.get().public_id])
        assert "Supprimer ce brouillon" in page_of(mine, address)
        assert FraudReport.objects.exists(), "asking deletes nothing"
        mine.post(address)
        assert not FraudReport.objects.exists()

    def test_one_reminder_then_the_end(self, me: InsuredPerson, mine: Client) -> None:
        start(mine, start_url(me))
        waiting = Notification.objects.filter(insured_id=me.pk)
        assert "Un signalement est commencé et pas encore envoyé." in page_of(mine, reverse("my-space"))
        assert remind_and_expire() == (0, 0)
        with time_machine.travel(NOW + dt.timedelta(days=8), tick=False):
            FraudReport.objects.update(updated_at=NOW)
            assert remind_and_expire() == (1, 0)
            assert remind_and_expire() == (0, 0), "once"
        assert waiting.count() == 1
        with time_machine.travel(NOW + dt.timedelta(days=184), tick=False):
            assert remind_and_expire() == (0, 1)
        assert not FraudReport.objects.exists()

    def test_an_overdue_one_is_gone_before_the_job_runs(self, me: InsuredPerson, mine: Client) -> None:
        start(mine, start_url(me))
        draft = FraudReport.objects.get()
        FraudReport.objects.update(expires_at=NOW - dt.timedelta(seconds=1))
        assert mine.get(reverse("report-draft", args=[draft.public_id])).status_code == 404
        assert "Reprendre" not in page_of(mine, REPORTS)

    def test_lines_can_be_taken_off(self, me: InsuredPerson, mine: Client) -> None:
        start(mine, start_url(me, pay(me, gp(), gp())))
        draft = FraudReport.objects.get()
        address = reverse("report-lines", args=[draft.public_id])
        marks = marks_in(page_of(mine, address))
        assert len(marks) == 2
        mine.post(address, {"lines": marks[:1]})
        assert draft.lines.count() == 1


class TestSendingTwice:
    def test_the_same_draft_is_sent_once(self, me: InsuredPerson, mine: Client) -> None:
        check = write_draft(mine, start_url(me))
        first, second = mine.post(check), mine.post(check)
        assert first.headers["Location"] == second.headers["Location"]
        assert ReportEvent.objects.filter(kind=EventKind.SENT).count() == 1
        with pytest.raises(FraudReport.DoesNotExist):
            send_report(FraudReport.objects.get().pk, insured_id=me.pk)

    def test_a_line_reported_again_joins_the_open_report(self, me: InsuredPerson, mine: Client) -> None:
        url = start_url(me, pay(me, gp(), gp()))
        first = send(mine, url)
        assert "Vous avez déjà signalé" in page_of(mine, url)
        again = send(mine, url, motive="montant-quantite", detail="prix")
        assert again.pk == first.pk
        assert FraudReport.objects.count() == 1
        assert EventKind.COMPLETED in [event.kind for event in first.events.all()]
        message = first.messages.get()
        assert "Le prix indiqué est plus élevé" in open_text(message)
        assert first.lines.count() == 2

    def test_after_the_end_it_is_a_new_report(self, me: InsuredPerson, mine: Client) -> None:
        url = start_url(me)
        first = send(mine, url)
        mine.post(reverse("report-withdraw", args=[first.public_id]))
        assert send(mine, url).pk != first.pk

    def test_somebody_else_who_sees_the_line_gets_a_report_of_their_own(self, me: InsuredPerson) -> None:
        grown = make_child(me, "Axelle", born=dt.date(2001, 1, 1))
        number = pay(me, to=grown)
        first = send(sign_in(me), start_url(me, number))
        other = send(sign_in(grown), start_url(grown, number))
        assert other.joins == first
        page = page_of(another_browser(grown), f"{REPORTS}{other.public_id}/")
        assert (first.receipt_no or "") not in page.replace(" ", "")


class TestQueries:
    """Pages cost the same with one report and with many."""

    @pytest.mark.parametrize("name", ["reports", "report-start", "assistant"])
    def test_do_not_grow_with_the_reports(self, name: str, me: InsuredPerson, mine: Client) -> None:
        url = start_url(me) if name == "report-start" else reverse(name)
        send(mine, start_url(me))
        if name == "assistant":
            mine.post(url, {"topic": "my-report"})
        with CaptureQueriesContext(connection) as one:
            page_of(mine, url)
        for _ in range(3):
            send(mine, start_url(me))
            start(mine, start_url(me))
        with CaptureQueriesContext(connection) as many:
            page_of(mine, url)
        assert len(many) == len(one)


class TestWalls:
    def test_another_persons_statement_is_not_found(self, me: InsuredPerson, mine: Client) -> None:
        stranger = make_person("Autre")
        assert mine.get(start_url(stranger)).status_code == 404
        assert mine.get(f"{reverse('report-start')}?paiement=abc").status_code == 404

    def test_another_persons_line_cannot_be_slipped_in(self, me: InsuredPerson, mine: Client) -> None:
        stranger = make_person("Autre")
        theirs = marks_in(sign_in(stranger).get(start_url(stranger)).content.decode())
        answer = mine.post(start_url(me), {"lines": theirs})
        assert answer.status_code == 400
        assert not FraudReport.objects.filter(insured=me).exists()

    def test_a_confidential_line_of_a_child_is_not_offered(self, me: InsuredPerson, mine: Client) -> None:
        child = make_child(me)
        number = pay(me, gp(), to=child, is_confidential=True)
        assert mine.get(start_url(me, number)).status_code == 404

    @pytest.mark.parametrize(
        "name", ["report-draft", "report-lines", "report-explanation", "report-files", "report-check", "report-discard"]
    )
    def test_drafts_are_their_authors(self, name: str, me: InsuredPerson, mine: Client) -> None:
        write_draft(mine, start_url(me))
        draft = FraudReport.objects.get()
        stranger = sign_in(make_person("Autre"))
        for method in (stranger.get, stranger.post):
            assert method(reverse(name, args=[draft.public_id])).status_code in (404, 405)
        assert FraudReport.objects.get().status == ReportStatus.DRAFT

    @pytest.mark.parametrize(
        "name", ["report", "report-receipt", "report-message", "report-read", "report-add-file", "report-withdraw"]
    )
    def test_reports_are_their_authors(self, name: str, me: InsuredPerson, mine: Client) -> None:
        report = send(mine, start_url(me))
        stranger = sign_in(make_person("Autre"))
        for method in (stranger.get, stranger.post):
            assert method(reverse(name, args=[report.public_id])).status_code in (404, 405)
        report.refresh_from_db()
        assert report.status == ReportStatus.RECEIVED
        assert not report.messages.exists()

    def test_the_version_answered_stays(self, me: InsuredPerson, mine: Client) -> None:
        start(mine, start_url(me))
        version = QuestionnaireVersion.objects.get()
        assert FraudReport.objects.get().questionnaire == version

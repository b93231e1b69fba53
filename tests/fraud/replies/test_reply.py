"""Both sides of a right of reply: what the professional reads and writes, what the staff sees of it."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.access.models import AccessLog
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.enums import CaseEventKind
from fraud.cases.events import CaseError
from fraud.cases.merging import merge
from fraud.cases.models import CaseEvent, FraudCase
from fraud.cases.page import happened, timeline
from fraud.cases.staffing_models import CaseNotice
from fraud.intake.following import MessageTextError
from fraud.intake.models import FraudReport, ReportedLine
from fraud.replies.models import ReplyDocument, ReplyLine, ReplyMessage, RightOfReply
from fraud.replies.rights import close_right, issue_code, open_right
from fraud.replies.thread import write
from fraud.replies.walls import DOCUMENT, LINE, MESSAGE, RESPONDENT, RIGHT, as_respondent
from tests.core.test_roles import as_role, refused, run
from tests.fraud.cases.rows import CaseMaker, hold
from tests.fraud.intake import files
from tests.fraud.replies.rows import notify, open_reply
from tests.staff import client_of, make_staff

CASE = "/repondre/dossier/"


def page(client: Client) -> str:
    answer = client.get(CASE)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def send(client: Client, text: str = "", *contents: bytes, name: str = "piece.pdf") -> tuple[int, str]:
    chosen = [SimpleUploadedFile(name, content) for content in contents]
    answer = client.post(reverse("reply-send"), {"text": text, "files": chosen})
    return answer.status_code, answer.content.decode()


class TestOpening:
    def test_needs_the_contradictory_phase_a_notice_and_lines(
        self, held_case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        with pytest.raises(CaseError, match="en phase contradictoire"):
            open_right(held_case.pk, step_id=0, by=investigator)
        case = notify(held_case, by=investigator)
        with pytest.raises(CaseError, match="la notification des griefs"):
            open_right(case.pk, step_id=0, by=investigator)
        with pytest.raises(CaseError, match="ne tenez pas"):
            open_reply(case, by=supervisor)
        right = open_reply(case, by=investigator)
        assert (right.case_number, right.code_hash) == (case.number, None)
        with pytest.raises(CaseError, match="la notification des griefs"):
            open_reply(case, by=investigator)

    def test_each_act_is_in_the_timeline_with_its_day(
        self, right: RightOfReply, doctor: Client, investigator: User
    ) -> None:
        send(doctor, "Bonjour", files.a_pdf())
        write(right.pk, text="Merci.", by=investigator)
        close_right(right.pk, by=investigator)
        events = CaseEvent.objects.filter(case=right.case, kind=CaseEventKind.REPLY).order_by("pk")
        assert [event.after["reply"] for event in events] == [
            "opened", "letter", "entered", "attached", "wrote", "answered", "closed",
        ]  # fmt: skip
        assert {event.after["due_on"] for event in events} == {right.ends_on.isoformat()}
        shown = [moment for moment in timeline(list(happened(right.case))) if moment.what == "droit de réponse"]
        assert [moment.who for moment in reversed(shown)] == [
            "agent-enquete", "agent-enquete", "le professionnel", "le professionnel", "le professionnel",
            "agent-enquete", "agent-enquete",
        ]  # fmt: skip
        assert "Bonjour" not in repr([(event.before, event.after) for event in events])


class TestWhatTheProfessionalReads:
    def test_the_acts_and_nothing_of_who_reported(self, right: RightOfReply, doctor: Client) -> None:
        line = ReportedLine.objects.get(report__case_links__case=right.case)
        assert line.title == "Consultation de votre médecin", "words for the reporter"
        shown = page(doctor)
        assert "16 mars 2026" in shown
        assert "30,00 €" in shown
        assert "21,00 €" in shown
        assert "votre médecin" not in shown
        person = InsuredPerson.objects.get(pk=line.insured_id)
        receipt = str(FraudReport.objects.get(pk=line.report_id).receipt_no)
        for secret in (person.first_names, person.birth_name, receipt, "signal", "agent-enquete"):
            assert secret.lower() not in shown.lower(), secret

    def test_its_own_words_and_documents_and_the_answers(
        self, right: RightOfReply, doctor: Client, investigator: User
    ) -> None:
        assert send(doctor, "J’étais présent.\nVoici l’agenda.", files.a_pdf(), name="agenda.pdf")[0] == 302
        write(right.pk, text="Avez-vous la prescription ?", by=investigator)
        shown = page(doctor)
        for words in ("présent.<br>Voici", "agenda.pdf", "Avez-vous la prescription", "L’Assurance Maladie"):
            assert words in shown, words
        document = ReplyDocument.objects.get()
        answer = doctor.get(reverse("reply-document", args=[document.public_id]))
        assert answer.content == files.a_pdf()
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["Content-Disposition"].startswith("attachment")

    def test_nothing_of_another_case(
        self, right: RightOfReply, doctor: Client, new_case: CaseMaker, investigator: User
    ) -> None:
        other = open_reply(notify(hold(new_case(), by=investigator), by=investigator), by=investigator)
        write(other.pk, text="Pour quelqu’un d’autre", by=investigator)
        theirs = Client()
        theirs.post("/repondre/", {"number": other.case_number, "code": issue_code(other.pk, by=investigator)[1]})
        send(theirs, "", files.a_png())
        document = ReplyDocument.objects.get()
        assert doctor.get(reverse("reply-document", args=[document.public_id])).status_code == 404
        assert "Pour quelqu’un d’autre" not in page(doctor)

    def test_works_while_signed_in_as_somebody_else_and_opens_nothing_else(
        self, right: RightOfReply, doctor: Client
    ) -> None:
        for address in (reverse("my-space"), reverse("admin:index"), reverse("admin:fraud_rightofreply_changelist")):
            assert doctor.get(address).status_code == 302, address


class TestSending:
    def test_nothing_is_told(self, doctor: Client) -> None:
        status, said = send(doctor, "  ")
        assert status == 400
        assert "Écrivez votre message, ou choisissez un document." in said

    @pytest.mark.parametrize(
        "content",
        [b"MZ" + b"\0" * 100, files.a_zip(), files.a_pdf_with_script()],
        ids=["program", "archive", "script"],
    )
    def test_a_bad_document_is_refused_and_the_text_stays(self, content: bytes, doctor: Client) -> None:
        status, said = send(doctor, "Mon explication", content, name="x.pdf")
        assert status == 400
        assert "Document 1" in said
        assert "Mon explication</textarea>" in said
        assert not ReplyDocument.objects.exists()
        assert not ReplyMessage.objects.exists()

    def test_the_same_document_twice_is_one(self, doctor: Client) -> None:
        send(doctor, "", files.a_pdf(), files.a_pdf())
        assert ReplyDocument.objects.count() == 1

    def test_too_long_is_told(self, doctor: Client) -> None:
        status, said = send(doctor, "x" * 4001)
        assert status == 400
        assert "trop long" in said

    def test_whoever_holds_the_case_is_told_once_a_day(self, doctor: Client, investigator: User) -> None:
        send(doctor, "un")
        send(doctor, "deux")
        assert CaseNotice.objects.filter(recipient=investigator, kind="replied").count() == 1

    def test_after_the_end_nobody_writes(self, right: RightOfReply, doctor: Client, investigator: User) -> None:
        close_right(right.pk, by=investigator)
        for by in (None, investigator):
            with pytest.raises(CaseError, match="terminé"):
                write(right.pk, text="x", by=by)
        with pytest.raises(MessageTextError):
            write(right.pk, text=" ", by=None)
        assert send(doctor, "x")[0] == 302

    def test_words_are_sealed(self, doctor: Client) -> None:
        send(doctor, "Mot très secret", files.a_pdf(), name="nom secret.pdf")
        rows = [*ReplyMessage.objects.values_list("text_sealed"), *ReplyDocument.objects.values_list("name_sealed")]
        assert all(b"secret" not in bytes(value) for (value,) in rows)


class TestReadMarks:
    def test_each_side_sees_what_the_other_has_read(
        self, right: RightOfReply, doctor: Client, investigator: User
    ) -> None:
        staff, own = client_of(investigator), reverse("admin:fraud_rightofreply_change", args=[right.pk])
        send(doctor, "Voici mon explication.")
        assert "L’Assurance Maladie ne l’a pas encore lu." in page(doctor)
        assert "Pas de nouvelle réponse pour le moment." in page(doctor)
        write(right.pk, text="Avez-vous la prescription ?", by=investigator)
        shown = page(doctor)
        assert "Lu par l’Assurance Maladie le" in shown
        assert "Une réponse vous attend" in shown
        read = staff.get(own).content.decode()
        assert "Le professionnel ne l’a pas encore lu." in read
        assert f'<div class="readonly">{investigator.username}</div>' in read, "who opened it, by their name"
        assert doctor.post(reverse("reply-read")).status_code == 302
        assert "Une réponse vous attend" not in page(doctor)
        assert "Lu par le professionnel le" in staff.get(own).content.decode()

    def test_reading_is_in_the_timeline_once_and_changes_nothing_by_itself(
        self, right: RightOfReply, doctor: Client, investigator: User
    ) -> None:
        write(right.pk, text="Avez-vous la prescription ?", by=investigator)
        page(doctor)
        assert ReplyMessage.objects.get().read_at is None, "opening the page is not reading"
        for _ in range(2):
            doctor.post(reverse("reply-read"))
        moments = CaseEvent.objects.filter(case=right.case, after__reply="read")
        assert moments.get().actor_id is None
        assert CaseNotice.objects.filter(recipient=investigator, kind="replied").count() == 0

    def test_answering_says_that_one_has_read(self, right: RightOfReply, doctor: Client, investigator: User) -> None:
        message = write(right.pk, text="Avez-vous la prescription ?", by=investigator)
        case_page = reverse("admin:fraud_fraudcase_change", args=[right.case_id])
        assert "réponse pas encore lue" in client_of(investigator).get(case_page).content.decode()
        send(doctor, "La voici.")
        message.refresh_from_db()
        assert message.read_at is not None
        assert "réponse pas encore lue" not in client_of(investigator).get(case_page).content.decode()

    def test_of_another_right_nothing_is_marked(
        self, right: RightOfReply, doctor: Client, new_case: CaseMaker, investigator: User
    ) -> None:
        other = open_reply(notify(hold(new_case(), by=investigator), by=investigator), by=investigator)
        message = write(other.pk, text="x", by=investigator)
        doctor.post(reverse("reply-read"))
        message.refresh_from_db()
        assert message.read_at is None


class TestStaff:
    def test_opens_prepares_reads_and_answers_from_the_case(self, notified: FraudCase, investigator: User) -> None:
        staff = client_of(investigator)
        case_page = reverse("admin:fraud_fraudcase_change", args=[notified.pk])
        opening = reverse("admin:fraud_rightofreply_open", args=[notified.pk])
        assert opening in staff.get(case_page).content.decode()
        step = notified.steps.get().pk
        assert staff.post(opening, {"step": step}).status_code == 302
        right = RightOfReply.objects.get()
        assert "lettre à préparer" in staff.get(case_page).content.decode()
        letter = reverse("admin:fraud_rightofreply_letter", args=[right.pk])
        assert staff.get(letter).status_code == 200
        right.refresh_from_db()
        assert right.code_hash is None, "a page that asks changes nothing"
        pdf = staff.post(letter)
        assert (pdf.headers["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
        assert "no-store" in pdf.headers["Cache-Control"]
        write(right.pk, text="Voici mon explication.", by=None)
        assert "1 message à lire" in staff.get(case_page).content.decode()
        own = reverse("admin:fraud_rightofreply_change", args=[right.pk])
        assert "Voici mon explication." in staff.get(own).content.decode()
        assert AccessLog.objects.filter(actor_id=investigator.pk, object_kind="fraud.rightofreply").exists()
        answering = reverse("admin:fraud_rightofreply_answer", args=[right.pk])
        assert staff.post(answering, {"text": "Merci."}).status_code == 302
        assert "à lire" not in staff.get(case_page).content.decode()
        assert ReplyMessage.objects.filter(author="staff", written_by=investigator).exists()

    def test_the_letter_opens_the_case(self, right: RightOfReply, investigator: User) -> None:
        words = {}

        def read(template: object, data: dict[str, object], *, made_at: object) -> bytes:
            words.update(data)
            return b"%PDF-"

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("fraud.replies.letter.typeset", read)
            client_of(investigator).post(reverse("admin:fraud_rightofreply_letter", args=[right.pk]))
        assert str(words["address"]).endswith("/repondre/")
        assert re.fullmatch(r"([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}", str(words["code"]))
        entered = Client().post("/repondre/", {"number": words["number"], "code": words["code"]})
        assert entered.status_code == 302
        assert "Consultation de votre médecin" not in repr(words)

    @pytest.mark.parametrize(
        ("role", "may_read"),
        [(Role.INVESTIGATOR, False), (Role.AUDITOR, False), (Role.SUPERVISOR, True), (Role.LEGAL, True)],
    )
    def test_who_else_reads(self, role: Role, may_read: bool, right: RightOfReply) -> None:
        write(right.pk, text="Voici mon explication.", by=None)
        other = client_of(make_staff(f"autre-{role}", role=role))
        answer = other.get(reverse("admin:fraud_rightofreply_change", args=[right.pk]))
        assert ("Voici mon explication." in answer.content.decode()) == may_read
        assert other.post(reverse("admin:fraud_rightofreply_letter", args=[right.pk])).status_code in (302, 403)
        right.refresh_from_db()
        assert right.code_hash is None

    def test_a_merged_case_keeps_its_right(
        self, right: RightOfReply, new_case: CaseMaker, investigator: User, supervisor: User
    ) -> None:
        target = hold(new_case(), by=investigator)
        merge(right.case_id, into=target.pk, by=supervisor)
        write(right.pk, text="Voici mon explication.", by=None)
        staff = client_of(investigator)
        shown = staff.get(reverse("admin:fraud_fraudcase_change", args=[target.pk])).content.decode()
        assert "1 message à lire" in shown
        answering = reverse("admin:fraud_rightofreply_answer", args=[right.pk])
        assert staff.post(answering, {"text": "Merci."}).status_code == 302
        assert ReplyMessage.objects.filter(author="staff").exists()


class TestWall:
    """Straight in SQL, as the role of whoever came in by a code."""

    @pytest.fixture
    def two(self, right: RightOfReply, new_case: CaseMaker, investigator: User) -> tuple[RightOfReply, RightOfReply]:
        other = open_reply(notify(hold(new_case(), by=investigator), by=investigator), by=investigator)
        for one in (right, other):
            write(one.pk, text="x", by=None)
            ReplyDocument.objects.create(
                right=one, kind="pdf", name_sealed=b"x", size_bytes=1, sha256="0" * 64, content_sealed=b"x"
            )
        return right, other

    @pytest.mark.parametrize("model", [RightOfReply, ReplyLine, ReplyMessage, ReplyDocument])
    def test_shows_one_right_and_none_without(self, model: type, two: tuple[RightOfReply, RightOfReply]) -> None:
        table = model._meta.db_table  # type: ignore[attr-defined] # a model class
        assert run(f"SELECT count(*) FROM {table}") == [(2,)]
        with as_role(RESPONDENT):
            assert run(f"SELECT count(*) FROM {table}") == [(0,)]
        with as_respondent(two[0].pk):
            assert run(f"SELECT count(*) FROM {table}") == [(1,)]
        assert run("SELECT current_setting('role'), current_setting('app.right_of_reply_id')") == [("ameli_app", "")]

    def test_can_read_these_columns_and_nothing_else(self, db: None) -> None:
        granted = run(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"
            " AND c.relkind IN ('r', 'p', 'v', 'm')"
            f" AND has_column_privilege('{RESPONDENT}', c.oid, a.attnum, 'SELECT')"
        )
        found: dict[str, set[str]] = {}
        for table, column in granted:
            found.setdefault(str(table), set()).add(str(column))
        assert found == {
            "fraud_rightofreply": set(RIGHT),
            "fraud_replyline": set(LINE),
            "fraud_replymessage": set(MESSAGE),
            "fraud_replydocument": set(DOCUMENT),
        }

    def test_writes_nothing(self, right: RightOfReply) -> None:
        with as_respondent(right.pk):
            for statement in (
                "UPDATE fraud_rightofreply SET ends_on = ends_on + 1",
                "INSERT INTO fraud_replymessage (right_id) VALUES (1)",
                "DELETE FROM fraud_replyline",
                "SELECT count(*) FROM fraud_fraudcase",
                "SELECT code_hash FROM fraud_rightofreply",
            ):
                refused(statement)

    def test_the_application_rewrites_nothing_that_was_said(self, two: tuple[RightOfReply, RightOfReply]) -> None:
        for statement in (
            "UPDATE fraud_rightofreply SET ends_on = ends_on + 365",
            "UPDATE fraud_replymessage SET text_sealed = ''",
            "UPDATE fraud_replyline SET amount_paid = 0",
            "UPDATE fraud_replydocument SET content_sealed = ''",
            "DELETE FROM fraud_replymessage",
            "DELETE FROM fraud_replydocument",
            "DELETE FROM fraud_rightofreply",
        ):
            refused(statement)

    def test_the_role_is_nobody(self, db: None) -> None:
        found = run(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolcanlogin FROM pg_roles"
            f" WHERE rolname = '{RESPONDENT}'"
        )
        assert found == [(False,) * 5]

    def test_an_error_inside_takes_the_role_back(self, right: RightOfReply) -> None:
        with pytest.raises(ProgrammingError), transaction.atomic(), as_respondent(right.pk):
            run("SELECT 1 FROM fraud_fraudcase")
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user::text")
            assert cursor.fetchone() == ("ameli_app",)

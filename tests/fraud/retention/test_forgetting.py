"""What is past its term goes, with all that hangs on it; nothing else can be made to go by the application."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.deciding import close, decide, reopen, take_step
from fraud.cases.decision_models import CaseApproval, CaseParameter, LegalBasis
from fraud.cases.enums import ApprovalSubject, CaseOutcome, StepKind
from fraud.cases.models import CaseEvent, CaseLine, CaseNote, CaseReport, FraudCase
from fraud.cases.noting import write_note
from fraud.conversations.models import Conversation, ConversationMessage
from fraud.conversations.talking import answer, take_next
from fraud.conversations.talking import close as close_talk
from fraud.intake.enums import ClosingReason, ReportStatus
from fraud.intake.following import move_report, withdraw, write_message
from fraud.intake.models import AttachmentContent, FraudReport, ReportAttachment, ReportedLine, ReportEvent
from fraud.replies.models import ReplyDocument, RightOfReply
from fraud.replies.thread import write
from fraud.retention.forgetting import Forgotten, forget_past_term
from fraud.retention.schema import FUNCTIONS
from fraud.retention.tasks import forget
from tests.core.test_roles import refused, run
from tests.fraud.cases.rows import CaseMaker, hold
from tests.fraud.conversations.rows import ask
from tests.fraud.replies.rows import notify, open_reply
from tests.reimbursements.payments.rows import make_person
from tests.staff import make_staff

NOTHING = Forgotten(0, 0, 0, 0)


@contextmanager
def as_the_owner() -> Iterator[None]:
    """As whoever owns the tables, to make rows old: the application may not."""
    run("RESET ROLE")
    try:
        yield
    finally:
        run("SET ROLE ameli_app")


def age(years: int) -> None:
    """Everything that there is becomes so much older."""
    move = f"- interval '{years} years 2 days'"
    with as_the_owner():
        run(f"UPDATE fraud_reportevent SET at = at {move}")
        run(f"UPDATE fraud_caseevent SET at = at {move}")
        run(f"UPDATE fraud_conversationmessage SET written_at = written_at {move}")
        run(f"UPDATE fraud_fraudreport SET closed_at = closed_at {move}, withdrawn_at = withdrawn_at {move}")
        run(f"UPDATE fraud_conversation SET closed_at = closed_at {move}")


def report_of(case: FraudCase) -> FraudReport:
    return FraudReport.objects.get(case_links__case=case)


def ended(case: FraudCase, *, by: User) -> FraudCase:
    """Decided, then closed, as a payment that conforms."""
    decide(case.pk, outcome=CaseOutcome.COMPLIANT, by=by)
    return close(case.pk, by=by)


@pytest.fixture
def old_case(new_case: CaseMaker, investigator: User) -> FraudCase:
    """A case that ended, with a note, words and a document beside its report."""
    case = hold(new_case(), by=investigator)
    report = report_of(case)
    attachment = ReportAttachment.objects.create(
        insured=report.insured, report=report, kind="pdf", name_sealed=b"x", size_bytes=1, sha256="0" * 64
    )
    AttachmentContent.objects.create(attachment=attachment, insured=report.insured, content_sealed=b"x")
    ReportEvent.objects.create(insured=report.insured, report=report, kind="sent", author="insured", status="received")
    write_message(report.pk, text="Une précision.", by=None)
    write_note(case.pk, text="À vérifier.", due_on=None, by=investigator)
    return ended(case, by=investigator)


class TestReports:
    def test_stay_until_their_term_and_go_whole_after_it(self, old_case: FraudCase) -> None:
        age(4)
        assert forget_past_term() == NOTHING
        age(1)
        assert forget_past_term() == Forgotten(contents=1, reports=1, cases=1, talks=0)
        for model in (
            FraudReport,
            ReportedLine,
            ReportAttachment,
            AttachmentContent,
            ReportEvent,
            CaseReport,
            CaseNote,
        ):
            assert not model._default_manager.exists(), model
        old_case.refresh_from_db()
        assert (old_case.performer_rpps, old_case.performer_finess) == (None, "")
        assert old_case.number
        assert CaseEvent.objects.filter(case=old_case).exists(), "what counts and dates stays"

    def test_go_once(self, old_case: FraudCase) -> None:
        age(5)
        assert forget() == (1, 1, 1, 0)
        assert forget() == (0, 0, 0, 0)

    def test_the_bytes_go_first(self, old_case: FraudCase) -> None:
        age(5)
        assert run(f"SELECT {FUNCTIONS[0]}(10)") == [(1,)]
        assert not AttachmentContent.objects.exists()
        assert FraudReport.objects.exists(), "a run that ends here has already done this"

    def test_that_were_withdrawn_before_any_case_go_too(self, new_case: CaseMaker, investigator: User) -> None:
        case = new_case()
        report = report_of(case)
        withdraw(report.pk, insured_id=report.insured_id)
        age(5)
        assert forget_past_term() == NOTHING, "its case is open"
        ended(hold(case, by=investigator), by=investigator)
        age(5)
        assert forget_past_term().reports == 1

    def test_of_an_open_case_stay_however_old(self, held_case: FraudCase, investigator: User) -> None:
        report = report_of(held_case)
        move_report(report.pk, to=ReportStatus.CLOSED, by=investigator, closing_reason=ClosingReason.EXPLAINED)
        age(30)
        assert forget_past_term() == NOTHING

    def test_of_a_case_with_a_legal_step_stay_longer(self, held_case: FraudCase, investigator: User) -> None:
        take_step(
            held_case.pk, kind=StepKind.INDU, legal_basis=LegalBasis.objects.get(kind=StepKind.INDU),
            done_on=timezone.localdate(), by=investigator,
        )  # fmt: skip
        ended(held_case, by=investigator)
        age(9)
        assert forget_past_term() == NOTHING
        age(1)
        assert forget_past_term().reports == 1

    def test_taken_up_again_stay(self, old_case: FraudCase, supervisor: User) -> None:
        age(5)
        reopen(old_case.pk, by=supervisor)
        assert forget_past_term() == NOTHING

    def test_whose_authors_identity_was_asked_for_stay(self, held_case: FraudCase, investigator: User) -> None:
        CaseApproval.objects.create(
            case=held_case, subject=ApprovalSubject.LIFT_IDENTITY, report=report_of(held_case), asked_by=investigator
        )
        ended(held_case, by=investigator)
        age(30)
        assert forget_past_term().reports == 0

    def test_that_join_another_lose_only_the_link(
        self, old_case: FraudCase, new_case: CaseMaker, investigator: User
    ) -> None:
        later = report_of(new_case())
        FraudReport.objects.filter(pk=later.pk).update(joins=report_of(old_case))
        with as_the_owner():
            run(f"UPDATE fraud_reportevent SET at = at - interval '6 years' WHERE report_id <> {later.pk}")
            run(f"UPDATE fraud_caseevent SET at = at - interval '6 years' WHERE case_id = {old_case.pk}")
            run("UPDATE fraud_fraudreport SET closed_at = closed_at - interval '6 years'")
        assert forget_past_term().reports == 1
        later.refresh_from_db()
        assert later.joins_id is None


class TestFigures:
    def set_years(self, code: str, years: int) -> None:
        CaseParameter.objects.filter(code=code).update(value=years)

    def test_say_how_long(self, old_case: FraudCase) -> None:
        self.set_years("keep-report", 7)
        age(6)
        assert forget_past_term() == NOTHING
        age(1)
        assert forget_past_term().reports == 1

    def test_below_the_floor_count_as_the_floor(self, old_case: FraudCase) -> None:
        self.set_years("keep-report", 0)
        age(1)
        assert forget_past_term() == NOTHING
        age(1)
        assert forget_past_term().reports == 1

    def test_that_are_missing_keep_everything(self, old_case: FraudCase) -> None:
        CaseParameter.objects.filter(code="keep-report").update(valid_to=dt.date(2026, 1, 2))
        age(50)
        assert forget_past_term() == NOTHING


class TestRightsOfReply:
    def test_go_with_their_case(self, held_case: FraudCase, investigator: User) -> None:
        case = notify(held_case, by=investigator)
        right = open_reply(case, by=investigator)
        write(right.pk, text="Mon explication.", by=None)
        ReplyDocument.objects.create(
            right=right, kind="pdf", name_sealed=b"x", size_bytes=1, sha256="0" * 64, content_sealed=b"x"
        )
        ended(case, by=investigator)
        age(9)
        assert forget_past_term() == NOTHING, "a notification is a legal step"
        age(1)
        assert forget_past_term() == Forgotten(contents=0, reports=1, cases=1, talks=0)
        assert not RightOfReply.objects.exists()
        assert not CaseLine.objects.exists()


class TestTalks:
    def test_go_after_theirs(self, case_rules: None) -> None:
        adviser = make_staff("agent-conseil", role=Role.ADVISER)
        talk = ask(make_person("Yzelle"))
        take_next(by=adviser)
        answer(talk.pk, text="Bonjour.", by=adviser)
        age(3)
        assert forget_past_term() == NOTHING, "it is not over"
        close_talk(talk.pk, by=adviser)
        age(1)
        assert forget_past_term() == NOTHING
        age(1)
        assert forget_past_term().talks == 1
        assert not Conversation.objects.exists()
        assert not ConversationMessage.objects.exists()


class TestTheApplication:
    """The tests run as it."""

    def test_deletes_nothing_by_itself(self, old_case: FraudCase) -> None:
        age(50)
        for table in ("fraud_reportevent", "fraud_caseevent", "fraud_caseline", "fraud_casereport", "fraud_fraudcase"):
            refused(f"DELETE FROM {table}")
        for inner in ("fraud_kept('keep-report')", "fraud_case_past_term(1)", "fraud_reports_past_term(1)"):
            refused(f"SELECT {inner}")

    def test_hastens_nothing_by_dating_an_end_back(self, old_case: FraudCase) -> None:
        report = report_of(old_case)
        long_ago = timezone.now() - dt.timedelta(days=20_000)
        FraudReport.objects.filter(pk=report.pk).update(closed_at=long_ago, sent_at=long_ago)
        FraudCase.objects.filter(pk=old_case.pk).update(closed_at=long_ago, opened_at=long_ago)
        ReportEvent.objects.create(
            insured_id=report.insured_id, report=report, at=long_ago, kind="status", author="system", status="closed"
        )
        assert forget_past_term() == NOTHING

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_calls_what_nobody_else_may(self, function: str, db: None) -> None:
        granted = run(
            f"SELECT r.rolname FROM pg_roles r, pg_proc p WHERE p.proname = '{function}' AND NOT r.rolsuper"
            " AND r.rolname LIKE 'ameli%' AND has_function_privilege(r.oid, p.oid, 'EXECUTE') ORDER BY 1"
        )
        assert granted == [("ameli_app",), ("ameli_import",)], "the import does all that the application does"
        assert run(
            f"SELECT prosecdef, proconfig::text, pg_get_userbyid(proowner) LIKE 'ameli%' FROM pg_proc"
            f" WHERE proname = '{function}'"
        ) == [(True, '{"search_path=public, pg_temp"}', False)]


def test_every_table_that_refers_to_what_goes_is_thought_of(db: None) -> None:
    """A new table with such a reference would stop the deletion: add it to the functions, then here."""
    found = run(
        "SELECT DISTINCT confrelid::regclass::text, conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
        " AND confrelid::regclass::text IN ('fraud_fraudreport', 'fraud_reportedline', 'fraud_reportattachment',"
        " 'fraud_conversation', 'fraud_rightofreply', 'fraud_caseletter', 'fraud_casenote') ORDER BY 1, 2"
    )
    assert found == [
        ("fraud_conversation", "fraud_conversationmessage"),
        ("fraud_conversation", "fraud_conversationtransfer"),
        ("fraud_fraudreport", "fraud_caseapproval"),
        ("fraud_fraudreport", "fraud_casereport"),
        ("fraud_fraudreport", "fraud_conversation"),
        ("fraud_fraudreport", "fraud_fraudreport"),
        ("fraud_fraudreport", "fraud_identitylift"),
        ("fraud_fraudreport", "fraud_reportattachment"),
        ("fraud_fraudreport", "fraud_reportedline"),
        ("fraud_fraudreport", "fraud_reportevent"),
        ("fraud_fraudreport", "fraud_reportmessage"),
        ("fraud_reportattachment", "fraud_attachmentcontent"),
        ("fraud_reportedline", "fraud_caseline"),
        ("fraud_rightofreply", "fraud_replydocument"),
        ("fraud_rightofreply", "fraud_replyline"),
        ("fraud_rightofreply", "fraud_replymessage"),
    ]


def test_the_seal_of_the_timeline_still_agrees(old_case: FraudCase) -> None:
    """Without ageing by hand, which it would rightly see: events of cases are never deleted."""
    with as_the_owner():
        run("UPDATE fraud_reportevent SET at = at - interval '6 years'")
        run("UPDATE fraud_fraudreport SET closed_at = closed_at - interval '6 years'")
    assert forget_past_term() == NOTHING, "its case ended today"
    out = StringIO()
    call_command("verify_cases", stdout=out)
    assert CaseEvent.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user::text")
        assert cursor.fetchone() == ("ameli_app",)

"""Letters of a case: made of what is recorded, kept as they were made, naming no patient."""

import hashlib
import io
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.access.models import AccessLog
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.approving import answer_approval, ask_approval
from fraud.cases.deciding import accuse_lines, decide, take_step
from fraud.cases.decision_models import CaseStep, LegalBasis
from fraud.cases.enums import AmountKind, ApprovalSubject, CaseEventKind, CaseOutcome, StepKind
from fraud.cases.events import CaseError
from fraud.cases.ledger import record_amount
from fraud.cases.letter_models import CaseLetter
from fraud.cases.letters.making import letter_pdf, letter_words, make_letter
from fraud.cases.letters.templates import KINDS, VERSION, fingerprint, template_of
from fraud.cases.models import CaseEvent, FraudCase
from fraud.intake.models import FraudReport, ReportedLine
from tests.fraud.cases.rows import RPPS, CaseMaker, hold
from tests.reimbursements.activity.rows import make_professional
from tests.reimbursements.payments.rows import make_person
from tests.staff import client_of, make_staff

TO = {"recipient": "Camille ESSAI", "address": "1 rue de l’Essai\n75011 Paris"}
FACTS = "Le cabinet était fermé ce jour-là."
FINGERPRINTS = {1: "ab3b2b8a81ecf1e8f7f13612760097f99c76ea9ec6a6025f683daf80f90177bc"}


@pytest.fixture
def case(new_case: CaseMaker, investigator: User) -> FraudCase:
    """Held, with one line held against its author; reported by somebody whom nobody must recognise."""
    made = hold(
        new_case(
            person=make_person("Zélie-Reconnaissable"),
            snapshot={"act_code": "GS", "statement_no": 4711, "amount_paid": "21.00"},
        ),
        by=investigator,
    )
    lines = list(ReportedLine.objects.filter(report__case_links__case=made).values_list("pk", flat=True))
    accuse_lines(made.pk, line_ids=lines, by=investigator)
    return made


def step_of(case: FraudCase, kind: StepKind, *, by: User, second: User) -> CaseStep:
    """A recorded step, approved by a second person where it must be."""
    if kind in (StepKind.WARNING, StepKind.PENALTY, StepKind.ORDER):
        asked = ask_approval(case.pk, subject=ApprovalSubject.SANCTION, step_kind=kind, by=by)
        answer_approval(asked.pk, is_granted=True, by=second)
    basis = LegalBasis.objects.get(kind=kind)
    return take_step(case.pk, kind=kind, legal_basis=basis, done_on=timezone.localdate(), by=by)


def text_of(content: bytes) -> str:
    """The words, between single ordinary spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


class TestMaking:
    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind))
    def test_each_letter_says_its_basis_and_names_nobody_insured(
        self, kind: StepKind, case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        make_professional(RPPS)
        for money in (AmountKind.NOTIFIED, AmountKind.PENALTY):
            record_amount(case.pk, kind=money, amount=Decimal("1234.50"), on_date=timezone.localdate(), by=investigator)
        step = step_of(case, kind, by=investigator, second=supervisor)
        letter = make_letter(step.pk, **TO, facts=FACTS, by=investigator)
        said = text_of(letter_pdf(letter))
        subject = template_of(kind).subject.replace("\u00a0", " ")
        of_the_line = ("16/03/2026", "GS", "4711", "30,00 €", "21,00 €")
        for text in (subject, case.number, *TO["address"].splitlines(), TO["recipient"], FACTS, *of_the_line):
            assert text in said, text
        if kind is not StepKind.LETTER:
            assert f"Fondement juridique : {step.legal_basis.articles}." in said
        if kind in (StepKind.INDU, StepKind.PENALTY):
            assert "1 234,50 €" in said
        for secret in ("Reconnaissable", str(FraudReport.objects.get().receipt_no), "{", "}"):
            assert secret not in said, secret

    def test_the_notice_of_grievances_gives_the_contradictory_month(
        self, case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        step = step_of(case, StepKind.NOTICE, by=investigator, second=supervisor)
        words = letter_words(step, **TO, facts="")
        assert step.deadline_on is not None
        assert "un mois à compter de la réception" in words["closing"][0]
        assert str(step.deadline_on.year) in words["closing"][0]

    def test_what_a_letter_speaks_of_must_be_recorded_first(
        self, new_case: CaseMaker, case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        indu = step_of(case, StepKind.INDU, by=investigator, second=supervisor)
        with pytest.raises(CaseError, match="préjudice notifié"):
            make_letter(indu.pk, **TO, facts="", by=investigator)
        bare = hold(new_case(), by=investigator)
        notice = step_of(bare, StepKind.NOTICE, by=investigator, second=supervisor)
        with pytest.raises(CaseError, match="Retenez d’abord les lignes"):
            make_letter(notice.pk, **TO, facts="", by=investigator)
        interview = step_of(case, StepKind.INTERVIEW, by=investigator, second=supervisor)
        with pytest.raises(CaseError, match="ne s’annonce pas"):
            make_letter(interview.pk, **TO, facts="", by=investigator)
        assert not CaseLetter.objects.exists()

    def test_a_number_of_somebody_is_refused(self, case: FraudCase, investigator: User, supervisor: User) -> None:
        step = step_of(case, StepKind.LETTER, by=investigator, second=supervisor)
        with pytest.raises(CaseError, match="numéro de sécurité sociale"):
            make_letter(step.pk, **TO, facts="La patiente 2 85 07 00 888 123 42 dit non.", by=investigator)

    def test_a_text_is_a_text_and_never_an_instruction(
        self, case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        step = step_of(case, StepKind.LETTER, by=investigator, second=supervisor)
        letter = make_letter(step.pk, **TO, facts='#read("/etc/passwd") {amount} *gras*', by=investigator)
        assert '#read("/etc/passwd") {amount} *gras*' in text_of(letter_pdf(letter)).replace("“", '"').replace("”", '"')


class TestKeeping:
    def test_it_is_sealed_fingerprinted_and_on_the_timeline(
        self, case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        step = step_of(case, StepKind.LETTER, by=investigator, second=supervisor)
        letter = make_letter(step.pk, **TO, facts="", by=investigator)
        content = letter_pdf(CaseLetter.objects.get())
        assert hashlib.sha256(content).hexdigest() == letter.sha256
        assert len(content) == letter.size_bytes
        assert b"%PDF" not in bytes(letter.content_sealed)
        event = CaseEvent.objects.get(kind=CaseEventKind.LETTER)
        assert event.after["sha256"] == letter.sha256
        assert (letter.template_version, letter.template_sha256) == (VERSION, fingerprint(VERSION))

    def test_nobody_changes_or_removes_it(self, case: FraudCase, investigator: User, supervisor: User) -> None:
        step = step_of(case, StepKind.LETTER, by=investigator, second=supervisor)
        make_letter(step.pk, **TO, facts="", by=investigator)
        for write in (CaseLetter.objects.all().delete, lambda: CaseLetter.objects.update(sha256="0" * 64)):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                write()

    def test_a_version_that_was_used_is_never_changed(self) -> None:
        assert {version: fingerprint(version) for version in range(1, VERSION + 1)} == FINGERPRINTS, (
            "Words or layout changed: make a new version instead, and pin it here."
        )


class TestConsole:
    def test_whoever_works_on_cases_makes_it_and_whoever_sees_the_case_reads_it(
        self, case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        make_professional(RPPS)
        step = step_of(case, StepKind.NOTICE, by=investigator, second=supervisor)
        client = client_of(investigator)
        address = reverse("admin:fraud_fraudcase_act", args=[case.pk, "lettre"])
        assert 'value="Camille ESSAI"' in client.get(address).content.decode()
        done = client.post(address, {"step": step.pk, **TO, "facts": ""}, follow=True).content.decode()
        assert "La lettre est établie et conservée dans le dossier." in done
        letter = CaseLetter.objects.get()
        read = reverse("admin:fraud_fraudcase_letter", args=[case.pk, letter.public_id])
        assert read in done
        answer = client_of(make_staff("agent-juridique", role=Role.LEGAL)).get(read)
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"].startswith("attachment")
        assert hashlib.sha256(answer.content).hexdigest() == letter.sha256
        assert AccessLog.objects.filter(action="export", reason=f"lettre {letter.pk}").count() == 1
        assert client_of(supervisor).get(address).status_code == 200
        assert client_of(make_staff("agent-controle", role=Role.AUDITOR)).get(address).status_code == 403

    def test_a_decided_case_that_nobody_holds_has_its_letters_too(
        self, case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        step_of(case, StepKind.WARNING, by=investigator, second=supervisor)
        decide(case.pk, outcome=CaseOutcome.FAULT, by=investigator)
        address = reverse("admin:fraud_fraudcase_act", args=[case.pk, "lettre"])
        assert client_of(investigator).get(address).status_code == 200

    def test_a_letter_is_found_in_its_own_case_only(
        self, case: FraudCase, new_case: CaseMaker, investigator: User, supervisor: User
    ) -> None:
        step = step_of(case, StepKind.LETTER, by=investigator, second=supervisor)
        letter = make_letter(step.pk, **TO, facts="", by=investigator)
        other = reverse("admin:fraud_fraudcase_letter", args=[new_case().pk, letter.public_id])
        assert client_of(investigator).get(other).status_code == 404

    def test_what_is_missing_is_said_on_the_form(self, case: FraudCase, investigator: User, supervisor: User) -> None:
        step = step_of(case, StepKind.INDU, by=investigator, second=supervisor)
        address = reverse("admin:fraud_fraudcase_act", args=[case.pk, "lettre"])
        answer = client_of(investigator).post(address, {"step": step.pk, **TO, "facts": ""})
        assert "Inscrivez d’abord le montant" in answer.content.decode()

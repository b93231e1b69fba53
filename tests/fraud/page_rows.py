"""Reports at every step, for whoever looks at their pages."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.people.models import InsuredPerson
from fraud.intake.attachments import attach
from fraud.intake.drafting import go_to, save_answer, start_draft
from fraud.intake.enums import ReportStatus
from fraud.intake.following import move_report, write_message
from fraud.intake.lines import reader_for, statement_lines
from fraud.intake.models import FraudReport
from fraud.intake.sealed import Answer
from fraud.intake.sending import send_report
from fraud.intake.walking import CHECK
from reimbursements.payments.tokens import StatementKey, statement_token
from tests.fraud.intake.files import a_pdf, a_png
from tests.reimbursements.payments.rows import pay
from tests.reimbursements.test_explanations_cases import gp
from tests.staff import make_staff


def report_addresses(person: InsuredPerson) -> dict[str, str]:
    """Drafts at several steps and a report with everything beside it; addresses by the name of a state."""
    tokens = []
    for _ in range(5):
        today = timezone.localdate()
        key = StatementKey(payment_date=today, emitter_code="01C751000", statement_no=pay(person, gp(), gp(), on=today))
        tokens.append(statement_token(key, reader_id=person.pk))
    fresh = f"{reverse('report-start')}?paiement={tokens[0]}"
    first = _draft(person, tokens[1])
    story = _draft(person, tokens[2], Answer(step="motif", choice="acte-different", story=""))
    explained = _draft(person, tokens[3], *_answers("acte-non-realise", "analyses"))
    whole = _draft(person, tokens[4], *_answers("acte-non-realise", "jamais"))
    attach(whole.pk, SimpleUploadedFile("facture.pdf", a_pdf()), insured_id=person.pk)
    go_to(whole.pk, CHECK)
    sent = _sent(person)
    return {
        "report-start fresh": fresh,
        "report-step": reverse("report-step", args=[first.public_id, "motif"]),
        "report-step story": reverse("report-step", args=[story.public_id, "acte-different"]),
        "report-explanation": reverse("report-explanation", args=[explained.public_id]),
        **{name: reverse(name, args=[whole.public_id]) for name in
           ("report-lines", "report-files", "report-check", "report-discard")},
        **{name: reverse(name, args=[sent.public_id]) for name in ("report", "report-withdraw")},
    }  # fmt: skip


def _answers(motive: str, detail: str) -> tuple[Answer, Answer]:
    return (
        Answer(step="motif", choice=motive, story=""),
        Answer(step=motive, choice=detail, story="Je n’ai vu personne ce jour-là."),
    )


def _draft(person: InsuredPerson, token: str, *answers: Answer) -> FraudReport:
    lines = statement_lines(reader_for(person.pk, today=timezone.localdate()), token)
    draft = start_draft(person.pk, lines=lines)
    for answer in answers:
        save_answer(draft.pk, answer)
    return draft


def _sent(person: InsuredPerson) -> FraudReport:
    today = timezone.localdate()
    key = StatementKey(payment_date=today, emitter_code="01C751000", statement_no=pay(person, on=today))
    draft = _draft(person, statement_token(key, reader_id=person.pk), *_answers("montant-quantite", "prix"))
    attach(draft.pk, SimpleUploadedFile("photo.png", a_png()), insured_id=person.pk)
    report = send_report(draft.pk, insured_id=person.pk).report
    agent = make_staff("agent-enquête")
    write_message(report.pk, text="Avez-vous gardé la facture ?\nUne photo suffit.", by=agent)
    move_report(report.pk, to=ReportStatus.WAITING, by=agent)
    return report

"""Making a letter of a recorded step: its legal basis and its deadline are the step's, its money the ledger's.

No letter names a patient. Each line is told by what the professional finds in their own books: day, act, number of
the statement, amounts. Whoever would name the patient would name who reported, which is not decided here.
"""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.import_report import french_euros
from ameli_notify.core.masking import mask_personal_data
from ameli_notify.core.typesetting import TypesettingBusyError, typeset
from fraud.cases.decision_models import CaseStep
from fraud.cases.enums import AmountKind, CaseEventKind, StepKind
from fraud.cases.events import CaseError, locked_standing, record
from fraud.cases.ledger import totals_of
from fraud.cases.letter_models import CaseLetter
from fraud.cases.letters.templates import KINDS, LAYOUT, VERSION, fingerprint, template_of
from fraud.cases.models import CaseLine, FraudCase
from reimbursements.explanations.typography import french_date
from reimbursements.professionals.models import HealthProfessional
from reimbursements.reference.models import HealthFund

LONGEST_FACTS: Final = 2_000
MOST_ADDRESS_LINES: Final = 5
MONEY: Final[Mapping[StepKind, AmountKind]] = {
    StepKind.INDU: AmountKind.NOTIFIED,
    StepKind.PENALTY: AmountKind.PENALTY,
}
"""Letters that claim money, with the total of the ledger that they claim."""
WITH_LINES: Final = (StepKind.NOTICE, StepKind.INDU, StepKind.PENALTY)
"""Letters that nobody could answer without the lines they are about."""


def make_letter(step_id: int, *, recipient: str, address: str, facts: str, by: User) -> CaseLetter:
    """Set the letter of a step and keep it. ``facts``: what the agent adds, in their own words.

    Raises CaseError for a step without a letter, without the lines or the money that it speaks of, for a text that
    seems to hold a number of somebody, or when too many documents are being made.
    """
    step = CaseStep.objects.select_related("case", "legal_basis").get(pk=step_id)
    words = letter_words(step, recipient=recipient, address=address, facts=facts)
    try:
        content = typeset(LAYOUT, words, made_at=timezone.now())
    except TypesettingBusyError:
        raise CaseError("Trop de documents sont en préparation : réessayez dans une minute.") from None
    return _keep(step, content, by=by)


def letter_words(step: CaseStep, *, recipient: str, address: str, facts: str) -> dict[str, Any]:
    """What the document says, all as text. Raises CaseError."""
    kind, case = StepKind(step.kind), step.case
    if kind not in KINDS:
        raise CaseError("Cette suite ne s’annonce pas par une lettre.")
    rows = _line_rows(case)
    if kind in WITH_LINES and not rows:
        raise CaseError("Retenez d’abord les lignes dont parle cette lettre.")
    template, said = template_of(kind), _said_of(step)
    return {
        "subject": template.subject,
        "reference": case.number,
        "fund": _fund_fr(case),
        "recipient": _plain(recipient),
        "address": [_plain(line) for line in address.splitlines() if line.strip()][:MOST_ADDRESS_LINES],
        "made_on": french_date(timezone.localdate()),
        "paragraphs": [text.format_map(said) for text in template.paragraphs],
        "facts": [_plain(text) for text in facts.splitlines() if text.strip()],
        "lines": [row for row, _ in rows],
        "total": french_euros(sum(paid for _, paid in rows)),
        "closing": [text.format_map(said) for text in template.closing],
    }


def professional_fr(case: FraudCase) -> str:
    """The professional by name, as far as the register knows them."""
    if case.performer_rpps is None:
        return ""
    found = HealthProfessional.objects.filter(rpps=case.performer_rpps).first()
    return f"{found.first_name} {found.last_name}" if found is not None else ""


def letter_pdf(letter: CaseLetter) -> bytes:
    """The bytes as they were made. Raises SealedValueError when they were touched since."""
    return key_ring().open_bytes(letter.content_sealed, context=letter.content_context)


@transaction.atomic
def _keep(step: CaseStep, content: bytes, *, by: User) -> CaseLetter:
    case = locked_standing(step.case_id)
    letter = CaseLetter(
        public_id=uuid.uuid4(), case=case, step=step, kind=step.kind, template_version=VERSION,
        template_sha256=fingerprint(VERSION), size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest(),
        made_by=by,
    )  # fmt: skip
    letter.content_sealed = key_ring().seal_bytes(content, context=letter.content_context)
    letter.save()
    after = {"letter": letter.pk, "kind": str(letter.kind), "version": VERSION, "sha256": letter.sha256}
    record(case, CaseEventKind.LETTER, by=by, after=after)
    return letter


def _said_of(step: CaseStep) -> dict[str, str]:
    """What stands for the words between braces. Raises CaseError when a letter that claims money has none to claim."""
    amount = ""
    if (kind := MONEY.get(StepKind(step.kind))) is not None:
        total = totals_of(step.case)[kind]
        if total <= 0:
            raise CaseError(f"Inscrivez d’abord le montant que cette lettre annonce ({kind.label}).")
        amount = french_euros(total)
    months = step.legal_basis.answer_months
    return {
        "reference": step.case.number,
        "basis": step.legal_basis.articles,
        "done_on": french_date(step.done_on),
        "deadline_on": french_date(step.deadline_on) if step.deadline_on else "",
        "months": "un mois" if months == 1 else f"{months} mois",
        "amount": amount,
        "professional": f"{professional_fr(step.case) or 'ce professionnel'} (RPPS {step.case.performer_rpps})",
    }


def _line_rows(case: FraudCase) -> list[tuple[list[str], Any]]:
    """The lines held in the case as they were frozen: texts, and euros paid."""
    held = CaseLine.objects.of_case(case).select_related("reported_line")
    lines = sorted((one.reported_line for one in held), key=lambda line: (line.care_start, line.pk))
    frozen = {line.pk: line.snapshot or {} for line in lines}
    return [
        (
            [
                str(number),
                f"{line.care_start:%d/%m/%Y}",
                str(frozen[line.pk].get("act_code") or frozen[line.pk].get("key_letter") or line.nature_code),
                str(frozen[line.pk].get("statement_no", "")),
                french_euros(line.amount_charged),
                french_euros(line.amount_paid),
            ],
            line.amount_paid,
        )
        for number, line in enumerate(lines, start=1)
    ]


def _fund_fr(case: FraudCase) -> str:
    fund = HealthFund.objects.on(timezone.localdate()).filter(code=case.fund_code).first()
    return fund.name if fund is not None else f"caisse {case.fund_code}"


def _plain(text: str) -> str:
    """A line that somebody typed. Raises CaseError when it seems to hold somebody's number or address."""
    text = " ".join(text.split())
    if mask_personal_data(text) != text:
        raise CaseError("Ce texte semble contenir un numéro de sécurité sociale, de téléphone ou une adresse e-mail.")
    return text

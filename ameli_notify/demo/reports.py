"""What there is to see of reports: some that were sent, one that is being written, cases, somebody who waits.

Made through the services by which people make them, so that every page, event and deadline is as it would be.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import Count
from django.utils import timezone

from accounts.identity.models import InsuredAccount
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from fraud.cases.asking import write_to_insured
from fraud.cases.assigning import claim
from fraud.cases.deciding import accuse_lines, take_step
from fraud.cases.decision_models import LegalBasis
from fraud.cases.enums import AmountKind, CaseStatus, StepKind
from fraud.cases.ledger import record_amount
from fraud.cases.models import CaseReport, FraudCase
from fraud.cases.moving import move_case
from fraud.cases.noting import write_note
from fraud.cases.opening import take_in_reports
from fraud.conversations.asking import ask_adviser
from fraud.conversations.enums import Origin
from fraud.intake.drafting import save_answer, start_draft
from fraud.intake.lines import PaidLine, latest_lines, reader_for
from fraud.intake.models import FraudReport
from fraud.intake.sealed import Answer
from fraud.intake.sending import send_report
from fraud.replies.rights import open_right
from reimbursements.lines.models import ReimbursementLine
from reimbursements.reference.models import NatureReference

NEIGHBOURS: Final = 3
"""Patients of one professional who report the same doubt, beside the people who have an account."""
_LOOKED_AT: Final = 20
_CANDIDATES: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What somebody answers: two pages of the questionnaire, or one, and their own words."""

    motive: str
    detail: str
    words: str


NEVER: Final = Doubt(
    motive="acte-non-realise", detail="jamais",
    words="Je n’ai jamais eu ce rendez-vous. Ce jour-là, j’étais au travail toute la journée.",
)  # fmt: skip
HEAVIER: Final = Doubt(
    motive="acte-different", detail="plus-lourd", words="C’était une simple visite de contrôle, dix minutes à peine."
)
TWICE: Final = Doubt(
    motive="montant-quantite", detail="deux-fois", words="Le même soin est compté deux fois, il n’y en a eu qu’un."
)
DEARER: Final = Doubt(
    motive="montant-quantite", detail="prix", words="J’ai payé moins que ce qui est écrit, j’ai gardé le ticket."
)
NOT_GIVEN: Final = Doubt(
    motive="ordonnance", detail="non-recus", words="Ce médicament est sur l’ordonnance, mais je ne l’ai jamais retiré."
)
UNKNOWN: Final = Doubt(
    motive="professionnel-inconnu", detail="inconnu", words="Je ne connais pas ce cabinet et n’y suis jamais allé."
)
AT_A_DOCTORS: Final = (HEAVIER, UNKNOWN, TWICE)
OTHERWISE: Final = (DEARER, TWICE)
MOST_OF_ONE: Final = 2
"""Reports that one person with an account has sent."""
QUESTION: Final = "Bonjour. Avez-vous gardé un justificatif de ce que vous avez payé ? Une photo suffit."
NOTE: Final = "Trois patients disent la même chose. Demander l’agenda du cabinet avant de conclure."
ASKED: Final = "Je ne comprends pas pourquoi ce paiement est à zéro. Est-ce qu’il faut que je fasse quelque chose ?"


def make_reports(by: User) -> int:
    """Reports, a draft, cases and a conversation; returns how many reports were sent.

    A simulation that is too small for some of it goes without.
    """
    residents = list(InsuredAccount.objects.order_by("pk").values_list("insured_id", flat=True))
    sent = [_send(person, line, NEVER) for person, line in _patients_of_one(beside=residents)]
    for turn, person in enumerate(residents):
        lines = _reportable(person)
        sent += [
            _send(person, line, _doubt_about(line, turn=turn + place)) for place, line in enumerate(lines[:MOST_OF_ONE])
        ]
        _leave_a_draft(person, lines[MOST_OF_ONE:])
    take_in_reports()
    if sent:
        _accuse(_case_of(sent[0]), by=by)
        _ask(sent[-1], by=by)
    if residents:
        ask_adviser(residents[-1], origin=Origin.SPACE, context={"question": ASKED, "turns": []})
    return len(sent)


def _patients_of_one(*, beside: Sequence[int]) -> Iterator[tuple[int, PaidLine]]:
    """Some adults who were all treated by the professional with the most patients, each with one act of theirs."""
    lines = ReimbursementLine.objects.filter(performer_rpps__isnull=False, is_confidential=False)
    busiest = lines.order_by().values("performer_rpps").annotate(patients=Count("insured_id", distinct=True))
    first = busiest.order_by("-patients", "performer_rpps").values_list("performer_rpps", flat=True).first()
    patients = lines.filter(performer_rpps=first).order_by().values("insured_id")
    people = InsuredPerson.objects.filter(pk__in=patients, policyholder=None).exclude(pk__in=beside)
    left = NEIGHBOURS
    for person in people.order_by("pk").values_list("pk", flat=True)[:_CANDIDATES]:
        line = next((line for line in _reportable(person) if line.performer_rpps == first), None)
        if line is not None and left:
            left -= 1
            yield person, line


def _reportable(person: int) -> list[PaidLine]:
    """The person's last acts, one a day of payment, as they could tick them."""
    found = latest_lines(reader_for(person, today=timezone.localdate()), most=_LOOKED_AT)
    return list({(line.payment_date, line.statement): line for line in reversed(found)}.values())


def _doubt_about(line: PaidLine, *, turn: int) -> Doubt:
    """Something that could be said of this kind of care."""
    natures = NatureReference.objects.filter(code=line.nature_code).order_by("-valid_from")
    family = natures.values_list("family", flat=True).first()
    if family == "medicine":
        return NOT_GIVEN
    doubts = AT_A_DOCTORS if family == "consultation" else OTHERWISE
    return doubts[turn % len(doubts)]


def _send(person: int, line: PaidLine, doubt: Doubt) -> FraudReport:
    draft = start_draft(person, lines=[line], motive=doubt.motive)
    save_answer(draft.pk, Answer(step=doubt.motive, choice=doubt.detail, story=doubt.words))
    return send_report(draft.pk, insured_id=person).report


def _leave_a_draft(person: int, lines: Sequence[PaidLine]) -> None:
    for line in lines[:1]:
        start_draft(person, lines=[line], motive="acte-non-realise")


def _case_of(report: FraudReport) -> FraudCase:
    return CaseReport.objects.select_related("case").get(report=report, unlinked_at=None).case


def _accuse(case: FraudCase, *, by: User) -> None:
    """A case as far as the professional's right of reply, with its ledger."""
    today = timezone.localdate()
    claim(case.pk, by=by)
    move_case(case.pk, to=CaseStatus.INVESTIGATING, by=by)
    report = case.links.select_related("report").get(unlinked_at=None).report
    accuse_lines(case.pk, line_ids=list(report.lines.values_list("pk", flat=True)), by=by)
    presumed = max(report.amount_at_stake or Decimal(0), Decimal("1.00"))
    record_amount(case.pk, kind=AmountKind.PRESUMED, amount=presumed, on_date=today, by=by)
    record_amount(case.pk, kind=AmountKind.NOTIFIED, amount=presumed, on_date=today, by=by)
    write_note(case.pk, text=NOTE, due_on=today, by=by)
    basis = LegalBasis.objects.get(kind=StepKind.NOTICE)
    notice = take_step(case.pk, kind=StepKind.NOTICE, legal_basis=basis, done_on=today, by=by)
    move_case(case.pk, to=CaseStatus.CONTRADICTORY, by=by)
    open_right(case.pk, step_id=notice.pk, by=by)


def _ask(report: FraudReport, *, by: User) -> None:
    """A case that waits for its person's answer."""
    case = _case_of(report)
    if case.status != CaseStatus.NEW:
        return
    claim(case.pk, by=by)
    move_case(case.pk, to=CaseStatus.INVESTIGATING, by=by)
    write_to_insured(case.pk, report_id=report.pk, text=QUESTION, is_question=True, by=by)

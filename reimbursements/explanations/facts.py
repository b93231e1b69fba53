"""What a line is, once its codes are looked up: the subject of its sentences."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.copays import Copay, Settlement, copay_of
from reimbursements.explanations.lines import CANCEL, CREATE, STATUTORY, ZERO, LineView, Viewer
from reimbursements.explanations.payees import Payee, payee_of
from reimbursements.explanations.typography import french_period, shortened, typeset
from reimbursements.explanations.wording import plain
from reimbursements.reference.rows import NatureRow

CONFIDENTIAL_LABEL: Final = "Soins confidentiels"
LONGEST_LABEL: Final = 80
ALLOWANCE_FAMILY: Final = "daily_allowance"
REDUCTION_FAMILY: Final = "contribution"
_CHILD: Final = 3

# Other payers' parts (PRS_REM_TYP): subject of a sentence, with its article.
_PAYERS: Final = {
    STATUTORY: "L’Assurance Maladie",
    4: "Le [[régime local d’Alsace-Moselle|part-complementaire]]",
    5: "La [[Complémentaire santé solidaire|part-complementaire]]",
    7: "L’[[aide médicale de l’État|part-complementaire]]",
}
_OTHER_PAYER: Final = "Un [[autre organisme|part-complementaire]]"
_PAYER_NAMES: Final = {
    STATUTORY: "Assurance Maladie",
    4: "Régime local d’Alsace-Moselle",
    5: "Complémentaire santé solidaire",
    7: "Aide médicale de l’État",
}
_OTHER_PAYER_NAME: Final = "Autre organisme"


class Subject(StrEnum):
    ACT = "act"
    OTHER_PART = "other_part"
    ALLOWANCE = "allowance"
    COPAY = "copay"
    REDUCTION = "reduction"


class Movement(StrEnum):
    """``CORRECTION`` also holds a created line that takes money back without saying what it cancels."""

    PAYMENT = "payment"
    CANCELLATION = "cancellation"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    line: LineView
    subject: Subject
    movement: Movement
    nature: NatureRow | None
    label: str
    is_secret: bool
    payee: Payee
    copay: Copay | None
    for_whom: str

    @property
    def family(self) -> str:
        return self.nature.family if self.nature else ""

    @property
    def is_statutory(self) -> bool:
        return self.line.rem_type == STATUTORY

    @property
    def payer(self) -> str:
        return _PAYERS.get(self.line.rem_type, _OTHER_PAYER)

    @property
    def payer_name(self) -> str:
        return payer_name(self.line.rem_type)

    @property
    def when(self) -> str:
        return french_period(self.line.care_start, self.line.care_end)

    @property
    def of_when(self) -> str:
        """« du 12 octobre 2026 », whether it lasted or not."""
        return self.when.replace("le ", "du ", 1) if self.when.startswith("le ") else self.when

    @property
    def is_care(self) -> bool:
        """A line that carries a part of the cost of care: neither an allowance nor a participation."""
        return self.subject in (Subject.ACT, Subject.OTHER_PART) and self.family != ALLOWANCE_FAMILY

    @property
    def is_due_later(self) -> bool:
        """Only said here and taken on a later payment: it counts there, and in no sum of what was paid here."""
        return self.copay is not None and self.copay.settlement is Settlement.DUE

    @property
    def is_payment_of_act(self) -> bool:
        return self.subject is Subject.ACT and self.movement is Movement.PAYMENT


def payer_name(rem_type: int) -> str:
    """Name of a payer in a list of shares."""
    return _PAYER_NAMES.get(rem_type, _OTHER_PAYER_NAME)


def is_secret(line: LineView, nature: NatureRow | None) -> bool:
    """Under secrecy by the mark of the line or by its nature, whatever the mark says."""
    return line.is_confidential or (nature is not None and nature.is_confidential)


def facts_of(line: LineView, book: ReferenceBook, *, viewer: Viewer) -> LineFacts:
    nature = book.nature(line.nature_code, on=line.care_start)
    secret = is_secret(line, nature)
    copay = copay_of(line, nature)
    return LineFacts(
        line=line,
        subject=_subject(line, nature, copay),
        movement=_movement(line, copay),
        nature=nature,
        label=CONFIDENTIAL_LABEL if secret else _label(line, nature, book),
        is_secret=secret,
        payee=payee_of(line, book, viewer_id=viewer.person_id, is_secret=secret),
        copay=copay,
        for_whom=_for_whom(line, viewer),
    )


def _subject(line: LineView, nature: NatureRow | None, copay: Copay | None) -> Subject:
    if copay is not None:
        return Subject.COPAY
    if nature is not None and nature.family == REDUCTION_FAMILY:
        return Subject.REDUCTION
    if line.rem_type != STATUTORY:
        return Subject.OTHER_PART
    if nature is not None and nature.family == ALLOWANCE_FAMILY:
        return Subject.ALLOWANCE
    return Subject.ACT


def _movement(line: LineView, copay: Copay | None) -> Movement:
    if line.operation == CANCEL:
        return Movement.CANCELLATION
    takes_back = copay is None and (line.amount_paid < ZERO or line.amount_charged < ZERO)
    gives_back = copay is not None and line.amount_paid > ZERO
    if line.operation != CREATE or takes_back or gives_back:
        return Movement.CORRECTION
    return Movement.PAYMENT


def _label(line: LineView, nature: NatureRow | None, book: ReferenceBook) -> str:
    act = book.act(line.act_system, line.act_code, on=line.care_start)
    text = (act.plain_label or act.label) if act else ""
    text = text or (nature.plain_label if nature else "")
    if not text:
        return f"Soin enregistré sous le code {line.nature_code}"
    return shortened(typeset(plain(text)), most=LONGEST_LABEL)


def _for_whom(line: LineView, viewer: Viewer) -> str:
    if line.beneficiary_id == viewer.person_id:
        return ""
    return " (votre enfant)" if line.beneficiary_quality == _CHILD else " (votre proche)"


def days_of(quantity: Decimal) -> str:
    """« pour 12 jours », or nothing when the quantity is no number of days."""
    if quantity < 1 or quantity != quantity.to_integral_value():
        return ""
    return " pour 1 jour" if quantity == 1 else f" pour {int(quantity)} jours"

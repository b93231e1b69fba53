"""Closed lists of a case, with the words that the staff reads, and the one table of where a case may go."""

from collections.abc import Mapping
from typing import Final

from django.db import models

from fraud.intake.enums import ClosingReason


class CaseStatus(models.TextChoices):
    """``new -> assigned -> investigating <-> waiting-insured, contradictory -> decided -> closed``; see NEXT.

    ``waiting-insured``: the person was asked something; the clock stands still. ``contradictory``: the professional
    was told what is held against them, and may answer.
    """

    NEW = "new", "à trier"
    ASSIGNED = "assigned", "attribué"
    INVESTIGATING = "investigating", "en instruction"
    WAITING_INSURED = "waiting-insured", "en attente de l’assuré"
    CONTRADICTORY = "contradictory", "en phase contradictoire"
    DECIDED = "decided", "décidé"
    CLOSED = "closed", "clos"


NEXT: Final[Mapping[CaseStatus, frozenset[CaseStatus]]] = {
    CaseStatus.NEW: frozenset({CaseStatus.ASSIGNED, CaseStatus.DECIDED}),
    CaseStatus.ASSIGNED: frozenset({CaseStatus.NEW, CaseStatus.INVESTIGATING, CaseStatus.DECIDED}),
    CaseStatus.INVESTIGATING: frozenset(
        {CaseStatus.WAITING_INSURED, CaseStatus.CONTRADICTORY, CaseStatus.DECIDED, CaseStatus.NEW}
    ),
    CaseStatus.WAITING_INSURED: frozenset({CaseStatus.INVESTIGATING}),
    CaseStatus.CONTRADICTORY: frozenset({CaseStatus.INVESTIGATING, CaseStatus.DECIDED}),
    CaseStatus.DECIDED: frozenset({CaseStatus.CLOSED, CaseStatus.INVESTIGATING}),
    CaseStatus.CLOSED: frozenset({CaseStatus.INVESTIGATING}),
}
"""Where a case may go. The database refuses any other step, see ``fraud.cases.schema``."""

OPEN: Final = tuple(status for status in CaseStatus if status is not CaseStatus.CLOSED)
ENDED: Final = (CaseStatus.DECIDED, CaseStatus.CLOSED)
"""States of a case that has an outcome."""
WORKED_ON: Final = (CaseStatus.ASSIGNED, CaseStatus.INVESTIGATING, CaseStatus.WAITING_INSURED, CaseStatus.CONTRADICTORY)
"""States that count for the load of whoever holds the case, and in which somebody holds it."""


class AuthorCategory(models.TextChoices):
    """Who would have done it, as the Assurance Maladie counts in its yearly results."""

    UNKNOWN = "unknown", "non déterminé"
    PROFESSIONAL = "professional", "professionnel de ville"
    ESTABLISHMENT = "establishment", "établissement"
    INSURED = "insured", "assuré"
    EMPLOYER = "employer", "employeur"


class CaseOutcome(models.TextChoices):
    """What a case comes to. Fraud, fault, abuse and error are told apart."""

    FRAUD = "fraud", "fraude établie"
    FAULT = "fault", "faute"
    ABUSE = "abuse", "abus"
    ERROR = "error", "erreur"
    COMPLIANT = "compliant", "paiement conforme"
    NO_FOLLOW_UP = "no-follow-up", "sans suite"


ANOMALIES: Final = (CaseOutcome.FRAUD, CaseOutcome.FAULT, CaseOutcome.ABUSE, CaseOutcome.ERROR)
"""Outcomes that say that the payment was not right."""
SHAREABLE: Final = (CaseOutcome.FRAUD, CaseOutcome.FAULT, CaseOutcome.ABUSE)
"""Outcomes of which a mutual may be told: an error is nobody's misdeed, and what is not established is nothing."""

TOLD: Final[Mapping[CaseOutcome, ClosingReason]] = {
    CaseOutcome.FRAUD: ClosingReason.CONFIRMED,
    CaseOutcome.FAULT: ClosingReason.CONFIRMED,
    CaseOutcome.ABUSE: ClosingReason.CONFIRMED,
    CaseOutcome.ERROR: ClosingReason.CORRECTED,
    CaseOutcome.COMPLIANT: ClosingReason.EXPLAINED,
    CaseOutcome.NO_FOLLOW_UP: ClosingReason.NOT_ESTABLISHED,
}
"""What whoever reported is told of an outcome: what became of the payment, never of a person."""


SHAREABLE_AUTHORS: Final = (AuthorCategory.PROFESSIONAL, AuthorCategory.ESTABLISHMENT)
"""Authors of whom a mutual may be told: never an insured person."""


class AmountKind(models.TextChoices):
    """What an amount of the ledger stands for."""

    PRESUMED = "presumed", "préjudice présumé"
    NOTIFIED = "notified", "préjudice notifié"
    AVOIDED = "avoided", "préjudice évité"
    RECOVERED = "recovered", "recouvré"
    PENALTY = "penalty", "pénalité"
    PARTNER = "partner", "part de la mutuelle"


class StepKind(models.TextChoices):
    """Legal steps, from the lightest."""

    LETTER = "letter", "courrier pédagogique"
    INTERVIEW = "interview", "entretien d’accompagnement"
    NOTICE = "notice", "notification des griefs"
    INDU = "indu", "notification d’indu"
    FLOW_RECOVERY = "flow-recovery", "récupération sur flux"
    WARNING = "warning", "avertissement"
    PENALTY = "penalty", "pénalité financière"
    ORDER = "order", "saisine ordinale"
    CONVENTION = "convention", "procédure conventionnelle"
    DECONVENTIONING = "deconventioning", "déconventionnement"
    COMPLAINT = "complaint", "plainte pénale"


SANCTIONS: Final = (
    StepKind.WARNING,
    StepKind.PENALTY,
    StepKind.ORDER,
    StepKind.CONVENTION,
    StepKind.DECONVENTIONING,
    StepKind.COMPLAINT,
)
"""Steps that a second person must have approved."""


class ApprovalSubject(models.TextChoices):
    """What nobody decides alone."""

    FRAUD = "fraud", "fraude établie"
    SANCTION = "sanction", "sanction"
    NO_FOLLOW_UP = "no-follow-up", "classement sans suite au-dessus du seuil"
    SHARE = "share", "partage avec une mutuelle"
    LIFT_IDENTITY = "lift-identity", "levée de l’identité de l’auteur du signalement"


class LiftGround(models.TextChoices):
    """On what an identity is made known outside the house; its articles are dated rows, ``LiftBasis``."""

    REQUISITION = "requisition", "réquisition judiciaire"
    PROSECUTOR = "prosecutor", "avis au procureur de la République"
    CONSENT = "consent", "accord écrit de la personne"


class DeferralReason(models.TextChoices):
    """Why a person learns only later that their identity was made known: telling them now would endanger this."""

    INVESTIGATION = "investigation", "une enquête en cours"
    PROCEEDINGS = "proceedings", "une procédure judiciaire en cours"


class ParameterCode(models.TextChoices):
    """Figures of the house that change, each with its period and its source."""

    DAYS_LOW = "days-low", "délai d’un dossier simple (jours ouvrés)"
    DAYS_MEDIUM = "days-medium", "délai d’un dossier sérieux (jours ouvrés)"
    DAYS_HIGH = "days-high", "délai d’un dossier grave (jours ouvrés)"
    REMIND_DAYS = "remind-days", "rappel avant l’échéance (jours ouvrés)"
    CLOSE_ALONE = "close-alone", "classement sans suite à une seule personne, en dessous de (euros)"
    AGREED_DAYS = "agreed-days", "validité d’un accord de partage ou de levée (jours)"
    SHARE_DAYS = "share-days", "durée d’un partage avec une mutuelle (jours)"
    INDU_YEARS = "indu-years", "prescription de l’indu (années après le paiement)"
    FRAUD_YEARS = "fraud-years", "prescription de l’indu en cas de fraude établie (années après le paiement)"
    ALARM_MONTHS = "alarm-month", "alerte avant une prescription (mois)"
    LIFT_DAYS = "lift-days", "durée d’une levée d’identité (jours)"
    DEFER_DAYS = "defer-days", "report de l’information d’une personne dont l’identité est levée (jours, au plus)"
    KEEP_REPORT = "keep-report", "conservation après la fin, sans suite juridique (années)"
    KEEP_LEGAL = "keep-legal", "conservation après la fin d’un dossier avec une suite juridique (années)"
    KEEP_TALK = "keep-talk", "conservation d’une conversation terminée (années)"


class CaseEventKind(models.TextChoices):
    """What happened to a case."""

    OPENED = "opened", "dossier ouvert"
    MOVED = "moved", "changement d’état"
    ASSIGNED = "assigned", "attribution"
    RELEASED = "released", "fin d’attribution"
    LINKED = "linked", "signalement rattaché"
    UNLINKED = "unlinked", "signalement détaché"
    ACCUSED = "accused", "ligne retenue"
    AMOUNT = "amount", "montant inscrit"
    STEP = "step", "suite engagée"
    ASKED = "asked", "accord demandé"
    APPROVED = "approved", "accord donné"
    REFUSED = "refused", "accord refusé"
    MERGED = "merged", "fusion"
    UNMERGED = "unmerged", "fusion annulée"
    CHANGED = "changed", "fiche modifiée"
    NOTED = "noted", "note ou tâche"
    WROTE = "wrote", "message à l’assuré"
    UNVEILED = "unveiled", "personnes consultées"
    BREAK_GLASS = "break-glass", "accès exceptionnel"
    SPLIT = "split", "signalements séparés"
    SHARED = "shared", "signal ouvert à une mutuelle"
    REVOKED = "revoked", "signal retiré à une mutuelle"
    READ = "read", "signal lu par une mutuelle"
    FEEDBACK = "feedback", "retour d’une mutuelle sur une alerte"
    LIFTED = "lifted", "identité levée"
    DEFERRED = "deferred", "information de la personne reportée"
    TOLD = "told", "personne informée de la levée"
    LETTER = "letter", "lettre établie"
    REPLY = "reply", "droit de réponse"


class OpeningReason(models.TextChoices):
    """Why somebody looks at who reported. The person reads it in their list of accesses: a closed list."""

    INVESTIGATION = "investigation", "instruction du dossier"
    ANSWER = "answer", "réponse à la personne"
    CONTROL = "control", "contrôle hiérarchique"
    JUSTICE = "justice", "demande de la justice"
    URGENCY = "urgency", "urgence"


class NoticeKind(models.TextChoices):
    """What a member of the staff is told in the console."""

    ASSIGNED = "assigned", "un dossier vous est attribué"
    DUE_SOON = "due-soon", "l’échéance d’un dossier approche"
    OVERDUE = "overdue", "l’échéance d’un dossier est dépassée"
    ANSWERED = "answered", "la personne a répondu"
    APPROVAL = "approval", "votre accord est demandé"
    DEADLINE = "deadline", "le délai d’une suite arrive à son terme"
    PRESCRIPTION = "prescription", "les faits d’un dossier seront bientôt prescrits"
    BREAK_GLASS_ASKED = "break-glass-asked", "un accès exceptionnel est demandé"
    BREAK_GLASS = "break-glass", "un accès exceptionnel a été ouvert"
    LIFTED = "lifted", "l’identité de l’auteur d’un signalement a été levée"
    REPLIED = "replied", "le professionnel a répondu"
    FEEDBACK = "feedback", "une mutuelle a répondu à une alerte"


class NoteKind(models.TextChoices):
    """A remark, or something to do."""

    NOTE = "note", "note"
    TASK = "task", "tâche"

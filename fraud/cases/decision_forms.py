"""Acts of judgement: lines, money, legal steps, agreements, outcome, end, and leave to see people."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from accounts.partners.models import PartnerInsurer
from ameli_notify.core.import_report import french_euros
from fraud.cases.act_forms import ActForm, ActGroup
from fraud.cases.approving import answer_approval, ask_approval, concerned_partners
from fraud.cases.deciding import accuse_lines, close, decide, reopen, take_step
from fraud.cases.decision_models import CaseApproval, LegalBasis
from fraud.cases.enums import (
    SANCTIONS,
    WORKED_ON,
    AmountKind,
    ApprovalSubject,
    CaseOutcome,
    CaseStatus,
    OpeningReason,
    StepKind,
)
from fraud.cases.ledger import correct_amount, record_amount
from fraud.cases.look import CaseLook
from fraud.cases.models import CaseLine
from fraud.cases.moving import reports_of
from fraud.cases.unveiling import answer_break_glass, ask_break_glass, unveil
from fraud.cases.work_forms import DAY
from fraud.intake.models import ReportedLine

ANSWERS = (("oui", "Donner mon accord"), ("non", "Refuser"))


class AccuseForm(ActForm):
    group = ActGroup.INVESTIGATE
    title, button = "Retenir des lignes", "Retenir ces lignes"
    note = "Une ligne retenue l’est telle qu’elle a été figée à l’envoi du signalement."
    states = WORKED_ON
    by_holder = True
    are_all = forms.BooleanField(label="Toutes les lignes du dossier qui restent à retenir", required=False)
    lines = forms.TypedMultipleChoiceField(
        label="Lignes", coerce=int, widget=forms.CheckboxSelectMultiple, required=False
    )

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return super().is_offered(look) and look.extent.unheld

    def prepare(self) -> None:
        held = CaseLine.objects.of_case(self.case).values("reported_line")
        lines = ReportedLine.objects.filter(report__in=reports_of(self.case)).exclude(pk__in=held)
        self.choose_of_many("lines", [(one.pk, _said_of_line(one)) for one in lines.order_by("care_start", "pk")])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("are_all"):
            offered: Any = self.fields["lines"]
            data["lines"] = [pk for pk, _ in offered.choices]
        if not data.get("lines") and "lines" not in self.errors:
            self.add_error("lines", "Choisissez au moins une ligne.")
        return data

    def perform(self) -> str:
        made = accuse_lines(self.case.pk, line_ids=self.cleaned_data["lines"], by=self.user)
        return f"Lignes retenues : {len(made)}."


class AmountForm(ActForm):
    group = ActGroup.DECIDE
    title, button = "Inscrire un montant", "Inscrire"
    note = "Une écriture ne se modifie pas : une erreur se corrige par une autre écriture."
    kind = forms.ChoiceField(label="Nature", choices=AmountKind.choices)
    amount = forms.DecimalField(
        label="Montant en euros", min_value=Decimal("0.01"), localize=True, max_digits=11, decimal_places=2
    )
    on_date = forms.DateField(label="À la date du", widget=DAY, initial=timezone.localdate)

    def perform(self) -> str:
        data = self.cleaned_data
        kind = AmountKind(data["kind"])
        record_amount(self.case.pk, kind=kind, amount=data["amount"], on_date=data["on_date"], by=self.user)
        return "Le montant est inscrit."


class CorrectForm(ActForm):
    group = ActGroup.DECIDE
    title, button = "Corriger un montant", "Inscrire la correction"
    entry = forms.TypedChoiceField(label="Écriture à corriger", coerce=int)
    right_amount = forms.DecimalField(
        label="Montant exact en euros", min_value=0, localize=True, max_digits=11, decimal_places=2
    )

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return super().is_offered(look) and bool(look.amounts)

    def prepare(self) -> None:
        entries = sorted((one for one in self.look.amounts if one.corrects_id is None), key=lambda one: one.pk)
        self.choose(
            "entry",
            [
                (one.pk, f"n° {one.pk} : {one.get_kind_display()}, {french_euros(one.amount)}, {one.on_date:%d/%m/%Y}")
                for one in entries
            ],
        )

    def perform(self) -> str:
        correct_amount(self.cleaned_data["entry"], right_amount=self.cleaned_data["right_amount"], by=self.user)
        return "La correction est inscrite."


class StepForm(ActForm):
    group = ActGroup.DECIDE
    title, button = "Inscrire une suite", "Inscrire la suite"
    note = "Une sanction demande d’abord l’accord d’une autre personne."
    basis = forms.TypedChoiceField(label="Suite et fondement", coerce=int)
    done_on = forms.DateField(label="Faite le", widget=DAY, initial=timezone.localdate)

    def prepare(self) -> None:
        bases = LegalBasis.objects.order_by("pk")
        self.choose("basis", [(one.pk, f"{one.get_kind_display()} : {one.articles}") for one in bases])

    def perform(self) -> str:
        basis = LegalBasis.objects.get(pk=self.cleaned_data["basis"])
        kind, done_on = StepKind(basis.kind), self.cleaned_data["done_on"]
        take_step(self.case.pk, kind=kind, legal_basis=basis, done_on=done_on, by=self.user)
        return "La suite est inscrite."


class AskApprovalForm(ActForm):
    group = ActGroup.DECIDE
    title, button = "Demander un accord", "Demander l’accord"
    note = "Une autre personne que vous répondra : ni vous ni la base de données ne pouvez l’éviter."
    wanted = forms.ChoiceField(label="Pour")

    def prepare(self) -> None:
        self.choose(
            "wanted",
            [
                *((str(one), str(one.label)) for one in (ApprovalSubject.FRAUD, ApprovalSubject.NO_FOLLOW_UP)),
                *((f"{ApprovalSubject.SANCTION}/{one}", f"sanction : {one.label}") for one in SANCTIONS),
                *self._to_share(),
                *self._to_lift(),
            ],
        )

    def perform(self) -> str:
        wanted, _, detail = str(self.cleaned_data["wanted"]).partition("/")
        subject = ApprovalSubject(wanted)
        ask_approval(
            self.case.pk,
            subject=subject,
            step_kind=StepKind(detail) if subject is ApprovalSubject.SANCTION else None,
            partner_id=int(detail) if subject is ApprovalSubject.SHARE else None,
            report_id=int(detail) if subject is ApprovalSubject.LIFT_IDENTITY else None,
            by=self.user,
        )
        return "L’accord est demandé."

    def _to_share(self) -> list[tuple[str, str]]:
        subject = ApprovalSubject.SHARE
        partners = PartnerInsurer.objects.filter(pk__in=concerned_partners(self.case)).order_by("code")
        return [(f"{subject}/{one.pk}", f"{subject.label} : n° AMC {one.code}") for one in partners]

    def _to_lift(self) -> list[tuple[str, str]]:
        subject = ApprovalSubject.LIFT_IDENTITY
        reports = reports_of(self.case).order_by("pk")
        return [(f"{subject}/{one.pk}", f"{subject.label} : {one.receipt_no}") for one in reports]


class AnswerApprovalForm(ActForm):
    group = ActGroup.DECIDE
    title, button, permission = "Répondre à une demande d’accord", "Répondre", "approve"
    approval = forms.TypedChoiceField(label="Demande", coerce=int)
    answer = forms.ChoiceField(label="Votre réponse", choices=ANSWERS, widget=forms.RadioSelect)

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return super().is_offered(look) and bool(look.approvals_to_answer)

    def prepare(self) -> None:
        waiting = self.look.approvals_to_answer
        self.choose("approval", [(one.pk, f"{said_of(one)}, demandé par {one.asked_by.username}") for one in waiting])

    def perform(self) -> str:
        is_granted = self.cleaned_data["answer"] == "oui"
        answer_approval(self.cleaned_data["approval"], is_granted=is_granted, by=self.user)
        return "Votre accord est donné." if is_granted else "Votre refus est enregistré."


class DecideForm(ActForm):
    group = ActGroup.DECIDE
    title, button = "Décider de l’issue", "Décider"
    note = "Une fraude établie, ou un classement sans suite au-dessus du seuil, demande d’abord un accord."
    states = (CaseStatus.NEW, CaseStatus.ASSIGNED, CaseStatus.INVESTIGATING, CaseStatus.CONTRADICTORY)
    outcome = forms.ChoiceField(label="Issue", choices=CaseOutcome.choices, widget=forms.RadioSelect)

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        is_free = look.case.status == CaseStatus.NEW
        return super().is_offered(look) and (is_free or look.is_holder)

    def perform(self) -> str:
        decide(self.case.pk, outcome=CaseOutcome(self.cleaned_data["outcome"]), by=self.user)
        return "L’issue est enregistrée."


class CloseForm(ActForm):
    group = ActGroup.DECIDE
    title, button = "Clore le dossier", "Clore le dossier"
    note = "Les personnes qui ont signalé apprennent ce qu’il est advenu du paiement."
    states = (CaseStatus.DECIDED,)

    def perform(self) -> str:
        close(self.case.pk, by=self.user)
        return "Le dossier est clos."


class ReopenForm(ActForm):
    group = ActGroup.DECIDE
    title, button, permission = "Rouvrir le dossier", "Rouvrir", "assign"
    note = "L’issue est effacée et le dossier vous est attribué ; les accords donnés ne valent plus."
    states = (CaseStatus.DECIDED, CaseStatus.CLOSED)

    def perform(self) -> str:
        reopen(self.case.pk, by=self.user)
        return "Le dossier est rouvert."


class UnveilForm(ActForm):
    group = ActGroup.INVESTIGATE
    title, button, permission = "Voir les personnes et ce qu’elles ont écrit", "Voir pendant 30 minutes", "identify"
    note = "Votre motif, l’heure et votre rôle sont enregistrés ; chaque personne les voit dans son espace."
    reason = forms.ChoiceField(label="Motif", choices=OpeningReason.choices)

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return look.is_holder

    def perform(self) -> str:
        unveil(self.case.pk, reason=OpeningReason(self.cleaned_data["reason"]), by=self.user)
        return "Les personnes du dossier vous sont visibles pendant 30 minutes."


class BreakGlassForm(ActForm):
    group = ActGroup.INVESTIGATE
    title, button, permission = "Demander un accès exceptionnel aux personnes", "Demander l’accès", "identify"
    note = "Vous ne tenez pas ce dossier : une autre personne doit accorder l’accès. Il dure 30 minutes et est signalé."
    reason = forms.ChoiceField(label="Motif", choices=OpeningReason.choices)

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return not look.is_holder and not any(one.asked_by_id == look.user.pk for one in look.pending_openings)

    def perform(self) -> str:
        ask_break_glass(self.case.pk, reason=OpeningReason(self.cleaned_data["reason"]), by=self.user)
        return "L’accès est demandé. Vous verrez les personnes quand une autre personne l’aura accordé."


class AnswerBreakGlassForm(ActForm):
    group = ActGroup.INVESTIGATE
    title, button, permission = "Répondre à une demande d’accès exceptionnel", "Répondre", "approve"
    opening = forms.TypedChoiceField(label="Demande", coerce=int)
    answer = forms.ChoiceField(label="Votre réponse", choices=ANSWERS, widget=forms.RadioSelect)

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return bool(look.openings_to_answer)

    def prepare(self) -> None:
        waiting = self.look.openings_to_answer
        self.choose("opening", [(one.pk, f"{one.asked_by.username} : {one.get_reason_display()}") for one in waiting])

    def perform(self) -> str:
        is_granted = self.cleaned_data["answer"] == "oui"
        answer_break_glass(self.cleaned_data["opening"], is_granted=is_granted, by=self.user)
        return "L’accès est accordé pour 30 minutes." if is_granted else "L’accès est refusé."


def said_of(approval: CaseApproval) -> str:
    """What an agreement is about: « sanction : pénalité financière »."""
    subject = str(approval.get_subject_display())
    if approval.partner is not None:
        return f"{subject} : n° AMC {approval.partner.code}"
    if approval.report is not None:
        return f"{subject} : {approval.report.receipt_no}"
    return f"{subject} : {approval.get_step_kind_display()}" if approval.step_kind else subject


def _said_of_line(line: ReportedLine) -> str:
    return f"{line.title}, {line.care_start:%d/%m/%Y}, {french_euros(line.amount_paid)}"

"""What is decided in a case: money, legal steps, the second person's word; and the dated figures behind them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from accounts.partners.models import PartnerInsurer
from fraud.cases.enums import SANCTIONS, AmountKind, ApprovalSubject, ParameterCode, StepKind
from fraud.cases.models import FraudCase
from fraud.cases.querysets import AmountQuerySet
from fraud.intake.models import FraudReport
from reimbursements.reference.models import DatedReference


def _staff(label: str, *, null: bool = False) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=null, related_name="+", verbose_name=label)


class CaseParameter(DatedReference):
    """A figure of the house (see ParameterCode), from one day to another."""

    code = models.CharField("paramètre", max_length=11, choices=ParameterCode)
    value = models.DecimalField("valeur", max_digits=9, decimal_places=2)

    class Meta(DatedReference.Meta):
        verbose_name = "paramètre des dossiers"
        verbose_name_plural = "paramètres des dossiers"
        constraints = [
            *DatedReference.Meta.constraints,
            models.UniqueConstraint(fields=["code", "valid_from"], name="case_parameter_once_per_period"),
            models.CheckConstraint(condition=Q(value__gte=0), name="case_parameter_not_negative"),
        ]

    def __str__(self) -> str:
        return f"paramètre {self.pk}"


class LegalBasis(DatedReference):
    """The texts that a step rests on. ``answer_months``: how long the other side may answer, ``facts_years`` and
    ``recovery_years``: prescription, where the text says so."""

    kind = models.CharField("suite", max_length=15, choices=StepKind)
    articles = models.CharField("articles", max_length=160)
    answer_months = models.PositiveSmallIntegerField("délai de réponse (mois)", null=True, blank=True)
    facts_years = models.PositiveSmallIntegerField("prescription des faits (années)", null=True, blank=True)
    recovery_years = models.PositiveSmallIntegerField("prescription du recouvrement (années)", null=True, blank=True)

    class Meta(DatedReference.Meta):
        verbose_name = "fondement juridique"
        verbose_name_plural = "fondements juridiques"
        constraints = [
            *DatedReference.Meta.constraints,
            models.UniqueConstraint(fields=["kind", "articles", "valid_from"], name="legal_basis_once_per_period"),
        ]

    def __str__(self) -> str:
        return f"fondement {self.pk}"


class CaseAmount(models.Model):
    """One entry of the ledger, euros; never changed. A mistake is corrected by an entry that names it (``corrects``)
    and carries the difference, which alone may be negative."""

    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="amounts", verbose_name="dossier")
    kind = models.CharField("nature", max_length=9, choices=AmountKind)
    amount = models.DecimalField("montant", max_digits=11, decimal_places=2)
    on_date = models.DateField("à la date du")
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="corrections", verbose_name="corrige l’écriture"
    )
    recorded_at = models.DateTimeField("inscrit le", db_default=Now())
    recorded_by = _staff("inscrit par")

    objects = AmountQuerySet.as_manager()

    class Meta:
        verbose_name = "montant d’un dossier"
        verbose_name_plural = "montants des dossiers"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(amount__lt=0, corrects__isnull=False), name="case_amount_sign"
            ),
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(corrects=F("id")), name="case_amount_corrects_another"
            ),
        ]
        indexes = [
            models.Index(fields=["case", "on_date"], name="case_amount_by_case"),
            models.Index(fields=["on_date"], name="case_amount_by_day"),
        ]

    def __str__(self) -> str:
        return f"écriture {self.pk}"


class CaseApproval(models.Model):
    """What one person asks and another one grants or refuses. ``step_kind`` says which sanction, ``partner`` which
    mutual to share with, ``report`` whose author's identity to lift.

    The database refuses the author's own word; of a row the application may only write the answer, once.
    """

    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="approvals", verbose_name="dossier")
    subject = models.CharField("objet", max_length=13, choices=ApprovalSubject)
    step_kind = models.CharField("sanction", max_length=15, choices=StepKind, blank=True)
    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, null=True, related_name="+", verbose_name="mutuelle")
    report = models.ForeignKey(FraudReport, models.PROTECT, null=True, related_name="+", verbose_name="signalement")
    asked_at = models.DateTimeField("demandé le", db_default=Now())
    asked_by = _staff("demandé par")
    approved_at = models.DateTimeField("accordé le", null=True)
    approved_by = _staff("accordé par", null=True)
    refused_at = models.DateTimeField("refusé le", null=True)
    refused_by = _staff("refusé par", null=True)

    class Meta:
        verbose_name = "accord"
        verbose_name_plural = "accords"
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("asked_by")), name="case_approved_by_another"
            ),
            models.CheckConstraint(
                condition=Q(refused_by=None) | ~Q(refused_by=F("asked_by")), name="case_refused_by_another"
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False, refused_at=None),
                name="case_approval_signed",
            ),
            models.CheckConstraint(
                condition=Q(refused_at=None, refused_by=None)
                | Q(refused_at__isnull=False, refused_by__isnull=False, approved_at=None),
                name="case_refusal_signed",
            ),
            models.CheckConstraint(
                condition=Q(subject=ApprovalSubject.SANCTION, step_kind__in=SANCTIONS)
                | ~Q(subject=ApprovalSubject.SANCTION) & Q(step_kind=""),
                name="case_approval_of_a_sanction",
            ),
            models.CheckConstraint(
                condition=Q(subject=ApprovalSubject.SHARE) | Q(partner=None), name="case_approval_partner_to_share"
            ),
            models.CheckConstraint(
                condition=Q(subject=ApprovalSubject.LIFT_IDENTITY) | Q(report=None),
                name="case_approval_report_to_lift",
            ),
            # Not ``nulls_distinct``: whether the server knows it is asked before ``migrate`` made the role that asks.
            models.UniqueConstraint(
                "case",
                "subject",
                "step_kind",
                Coalesce("partner", 0),
                Coalesce("report", 0),
                condition=Q(approved_at=None, refused_at=None),
                name="case_approval_asked_once",
            ),
        ]

    def __str__(self) -> str:
        return f"accord {self.pk}"

    @property
    def is_pending(self) -> bool:
        return self.approved_at is None and self.refused_at is None


class CaseStep(models.Model):
    """A legal step that was taken, never changed. ``deadline_on``: until when the other side may answer."""

    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="steps", verbose_name="dossier")
    kind = models.CharField("suite", max_length=15, choices=StepKind)
    legal_basis = models.ForeignKey(LegalBasis, models.PROTECT, related_name="+", verbose_name="fondement juridique")
    done_on = models.DateField("fait le")
    deadline_on = models.DateField("réponse attendue avant le", null=True)
    recorded_at = models.DateTimeField("inscrit le", db_default=Now())
    recorded_by = _staff("inscrit par")

    class Meta:
        verbose_name = "suite d’un dossier"
        verbose_name_plural = "suites des dossiers"
        constraints = [
            models.CheckConstraint(
                condition=Q(deadline_on=None) | Q(deadline_on__gte=F("done_on")), name="case_step_deadline_after"
            ),
        ]
        indexes = [
            models.Index(fields=["deadline_on"], condition=Q(deadline_on__isnull=False), name="case_step_deadline"),
        ]

    def __str__(self) -> str:
        return f"suite {self.pk}"

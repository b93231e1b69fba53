"""Who may take what: assignment rules and load; openings of people's details; notices to the staff."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from fraud.cases.enums import NoticeKind, OpeningReason
from fraud.cases.models import FraudCase
from fraud.intake.enums import Severity


def _staff(label: str, *, null: bool = False) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=null, related_name="+", verbose_name=label)


class AssignmentRule(models.Model):
    """Which new cases go to whom. Rules are tried in their order; an empty condition fits every case."""

    position = models.PositiveSmallIntegerField("ordre", unique=True)
    investigator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignment_rules", verbose_name="enquêteur"
    )
    fund_code = models.CharField("caisse", max_length=9, blank=True)
    least_severity = models.PositiveSmallIntegerField("gravité au moins", choices=Severity, default=Severity.LOW)
    least_amount = models.DecimalField("montant en jeu au moins", max_digits=11, decimal_places=2, default=0)
    is_active = models.BooleanField("en service", default=False)

    class Meta:
        verbose_name = "règle d’attribution"
        verbose_name_plural = "règles d’attribution"
        ordering = ["position"]

    def __str__(self) -> str:
        return f"règle {self.position}"

    def fits(self, case: FraudCase) -> bool:
        return (
            self.fund_code in ("", case.fund_code)
            and case.severity >= self.least_severity
            and case.amount_at_stake >= self.least_amount
        )


class Workload(models.Model):
    """How many cases an investigator holds at most. Without a row: none through the rules."""

    investigator = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="workload", verbose_name="enquêteur"
    )
    most_cases = models.PositiveSmallIntegerField("dossiers au plus")

    class Meta:
        verbose_name = "charge d’un enquêteur"
        verbose_name_plural = "charges des enquêteurs"

    def __str__(self) -> str:
        return f"charge {self.pk}"


class CaseOpening(models.Model):
    """Leave to see the people of a case until ``ends_at``, with the reason given.

    Whoever holds the case opens it alone. Anybody else asks (``is_exceptional``: break-glass), and a second person
    grants it: the database refuses the asker's own word.
    """

    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="openings", verbose_name="dossier")
    reason = models.CharField("motif", max_length=13, choices=OpeningReason)
    is_exceptional = models.BooleanField("accès exceptionnel", default=False)
    asked_at = models.DateTimeField("demandé le", db_default=Now())
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="case_openings", verbose_name="demandé par"
    )
    approved_at = models.DateTimeField("accordé le", null=True)
    approved_by = _staff("accordé par", null=True)
    refused_at = models.DateTimeField("refusé le", null=True)
    refused_by = _staff("refusé par", null=True)
    ends_at = models.DateTimeField("jusqu’à", null=True)

    class Meta:
        verbose_name = "accès aux personnes d’un dossier"
        verbose_name_plural = "accès aux personnes des dossiers"
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("asked_by")), name="opening_approved_by_another"
            ),
            models.CheckConstraint(
                condition=Q(refused_by=None) | ~Q(refused_by=F("asked_by")), name="opening_refused_by_another"
            ),
            models.CheckConstraint(
                condition=Q(is_exceptional=False, ends_at__isnull=False)
                | Q(is_exceptional=True, approved_by=None, ends_at=None)
                | Q(is_exceptional=True, approved_by__isnull=False, approved_at__isnull=False, ends_at__isnull=False),
                name="opening_by_two_when_exceptional",
            ),
        ]
        indexes = [models.Index(fields=["case", "asked_by", "ends_at"], name="opening_now")]

    def __str__(self) -> str:
        return f"accès {self.pk}"


class CaseNotice(models.Model):
    """Something that a member of the staff is told in the console, once a case, kind and day."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="case_notices", verbose_name="destinataire"
    )
    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="notices", verbose_name="dossier")
    kind = models.CharField("avis", max_length=17, choices=NoticeKind)
    told_on = models.DateField("du")
    told_at = models.DateTimeField("à", db_default=Now())
    read_at = models.DateTimeField("lu le", null=True)

    class Meta:
        verbose_name = "avis"
        verbose_name_plural = "avis"
        constraints = [
            models.UniqueConstraint(fields=["recipient", "case", "kind", "told_on"], name="case_notice_once_a_day"),
        ]
        indexes = [models.Index(fields=["recipient", "-told_at"], condition=Q(read_at=None), name="case_notice_unread")]

    def __str__(self) -> str:
        return f"avis {self.pk}"

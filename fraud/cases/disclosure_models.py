"""What leaves the house about a case, by two people and for a time: a signal to a mutual, a reporter's identity."""

import uuid
from typing import Any, Final

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.partners.models import PartnerInsurer
from fraud.cases.decision_models import CaseApproval
from fraud.cases.disclosure_querysets import LiftQuerySet, SignalQuerySet
from fraud.cases.enums import SHAREABLE, CaseOutcome, DeferralReason, LiftGround
from fraud.cases.models import FraudCase
from fraud.intake.models import FraudReport
from reimbursements.reference.models import DatedReference

REFERENCE: Final = r"^[0-9A-Za-z][0-9A-Za-z/. -]{1,39}\Z"


def _staff(label: str, *, null: bool = False) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=null, related_name="+", verbose_name=label)


class SharedSignal(models.Model):
    """What a mutual is told of a case, until ``expires_at``: who billed, which natures of care, from when to when.

    Nobody insured is named: the mutual finds its own members' contracts by what it paid to that professional. A row
    needs an agreement of this case and this mutual by somebody else: see ``fraud.cases.disclosure_schema``.
    """

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="signals", verbose_name="dossier")
    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="signals", verbose_name="mutuelle")
    approval = models.OneToOneField(CaseApproval, models.PROTECT, related_name="signal", verbose_name="accord")
    performer_rpps = models.BigIntegerField("RPPS de l’exécutant", null=True)
    performer_finess = models.CharField("FINESS", max_length=9, blank=True)
    nature_codes = models.JSONField("natures de prestation")
    care_from = models.DateField("soins du")
    care_to = models.DateField("soins au")
    outcome = models.CharField("issue", max_length=12, choices=CaseOutcome)
    shared_at = models.DateTimeField("ouvert le", db_default=Now())
    shared_by = _staff("ouvert par")
    expires_at = models.DateTimeField("jusqu’à")
    revoked_at = models.DateTimeField("retiré le", null=True)
    revoked_by = _staff("retiré par", null=True)

    objects = SignalQuerySet.as_manager()

    class Meta:
        verbose_name = "signal à une mutuelle"
        verbose_name_plural = "signaux aux mutuelles"
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("shared_at")), name="signal_for_a_time"),
            models.CheckConstraint(condition=Q(care_to__gte=F("care_from")), name="signal_care_in_order"),
            models.CheckConstraint(condition=Q(outcome__in=SHAREABLE), name="signal_of_what_is_established"),
            models.CheckConstraint(
                condition=Q(performer_rpps__isnull=False) | ~Q(performer_finess=""), name="signal_names_a_professional"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="signal_revocation_signed",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "id"], condition=Q(revoked_at=None), name="signal_by_partner"),
        ]

    def __str__(self) -> str:
        return f"signal {self.pk}"


class LiftBasis(DatedReference):
    """The texts that a ground for lifting an identity rests on."""

    ground = models.CharField("fondement", max_length=11, choices=LiftGround)
    articles = models.CharField("articles", max_length=160)

    class Meta(DatedReference.Meta):
        verbose_name = "texte d’une levée d’identité"
        verbose_name_plural = "textes des levées d’identité"
        constraints = [
            *DatedReference.Meta.constraints,
            models.UniqueConstraint(fields=["ground", "valid_from"], name="lift_basis_once_per_period"),
            models.CheckConstraint(condition=Q(ground__in=LiftGround.values), name="lift_basis_ground_known"),
        ]

    def __str__(self) -> str:
        return f"texte {self.pk}"


class IdentityLift(models.Model):
    """Leave to make the author of a report known outside the house, on a ground of the law, until ``ends_at``.

    Only the two who agreed on it read the identity. ``reference``: of the requisition or the letter, nobody's name.
    ``legal_basis``: the texts in force then; none in rows older than these texts. ``told_at``: when the person learnt
    it, at once, or from ``tell_on`` on where telling them would endanger what ``deferral`` says.
    """

    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="lifts", verbose_name="dossier")
    report = models.ForeignKey(FraudReport, models.PROTECT, related_name="lifts", verbose_name="signalement")
    approval = models.OneToOneField(CaseApproval, models.PROTECT, related_name="lift", verbose_name="accord")
    ground = models.CharField("fondement", max_length=11, choices=LiftGround)
    reference = models.CharField(
        "référence",
        max_length=40,
        validators=[RegexValidator(REFERENCE, "Des chiffres et des lettres, 40 au plus.")],
    )
    lifted_at = models.DateTimeField("levée le", db_default=Now())
    lifted_by = _staff("levée par")
    ends_at = models.DateTimeField("jusqu’à")
    legal_basis = models.ForeignKey(LiftBasis, models.PROTECT, null=True, related_name="+", verbose_name="textes")
    deferral = models.CharField("information reportée pour", max_length=13, choices=DeferralReason, blank=True)
    tell_on = models.DateField("information reportée au", null=True)
    told_at = models.DateTimeField("personne informée le", null=True)

    objects = LiftQuerySet.as_manager()

    class Meta:
        verbose_name = "levée d’identité"
        verbose_name_plural = "levées d’identité"
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("lifted_at")), name="lift_for_a_time"),
            models.CheckConstraint(condition=Q(ground__in=LiftGround.values), name="lift_ground_known"),
            models.CheckConstraint(condition=Q(reference__regex=REFERENCE), name="lift_reference_shape"),
            models.CheckConstraint(
                condition=Q(deferral="", tell_on=None)
                | Q(deferral__in=DeferralReason.values, tell_on__isnull=False) & ~Q(ground=LiftGround.CONSENT),
                name="lift_deferred_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=False) | Q(tell_on__isnull=False), name="lift_told_or_deferred"
            ),
        ]
        indexes = [
            models.Index(fields=["tell_on"], condition=Q(told_at=None), name="lift_to_be_told"),
        ]

    def __str__(self) -> str:
        return f"levée d’identité {self.pk}"

    def is_readable_by(self, user_id: int) -> bool:
        """As ``LiftQuerySet.readable_by``; reads the agreement."""
        return user_id in (self.lifted_by_id, self.approval.approved_by_id)

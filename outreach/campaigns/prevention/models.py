"""A prevention campaign, the two who approved it, and its frozen people, each in an arm."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.people.models import InsuredPerson
from outreach.campaigns.prevention.enums import AgeBand, Arm, Means, PreventionEventKind, PreventionStatus

LEAST_CONTROL, MOST_CONTROL = 10, 50
"""Percent. Fewer could not be compared with; more would leave too many out."""


def _staff(label: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=label)


class PreventionCampaign(models.Model):
    """Whom a check-up is offered to, by which means, and how many are not invited so that it can be told what it did.

    ``months_without_visit``: nobody who saw a general practitioner in so many months; ``counts``: people by arm and age
    band. ``effect``: see ``effect.py``, counted once, on a day that is known beforehand.
    """

    name = models.CharField("nom", max_length=80)
    legal_basis = models.CharField("base légale", max_length=200)
    bands = models.JSONField("tranches d’âge")
    funds = models.JSONField("caisses", default=list)
    months_without_visit = models.PositiveSmallIntegerField(
        "mois sans consultation de généraliste", null=True, validators=[MinValueValidator(6), MaxValueValidator(36)]
    )
    without_doctor = models.BooleanField("sans médecin traitant", default=False)
    means = models.CharField("moyens", max_length=8, choices=Means)
    control_share = models.PositiveSmallIntegerField("groupe témoin, en pourcentage")
    status = models.CharField("état", max_length=7, choices=PreventionStatus, default=PreventionStatus.DRAFT)
    created_at = models.DateTimeField("créée le", db_default=Now())
    created_by = _staff("créée par")
    listed_up_to = models.BigIntegerField("mis en liste jusqu’au numéro", default=0)
    counts = models.JSONField("personnes", default=dict)
    launched_on = models.DateField("lancée le", null=True)
    effect_up_to = models.BigIntegerField("effet compté jusqu’au numéro", default=0)
    effect = models.JSONField("effet", default=dict)
    effect_counted_at = models.DateTimeField("effet compté le", null=True)
    closed_at = models.DateTimeField("close le", null=True)

    class Meta:
        verbose_name = "campagne de prévention"
        verbose_name_plural = "campagnes de prévention"
        permissions = [
            ("approve_preventioncampaign", "Peut approuver une campagne de prévention"),
            ("run_preventioncampaign", "Peut lancer et clore une campagne de prévention"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(control_share__gte=LEAST_CONTROL, control_share__lte=MOST_CONTROL),
                name="prevention_has_a_control_group",
            ),
            models.CheckConstraint(
                condition=Q(months_without_visit=None) | Q(months_without_visit__gte=6, months_without_visit__lte=36),
                name="prevention_months_without_visit",
            ),
            models.CheckConstraint(
                condition=Q(status=PreventionStatus.RUNNING, launched_on__isnull=False)
                | Q(status=PreventionStatus.CLOSED)
                | ~Q(status__in=[PreventionStatus.RUNNING, PreventionStatus.CLOSED]) & Q(launched_on=None),
                name="prevention_runs_from_a_day",
            ),
            models.CheckConstraint(
                condition=Q(status=PreventionStatus.CLOSED, closed_at__isnull=False)
                | ~Q(status=PreventionStatus.CLOSED) & Q(closed_at=None),
                name="prevention_closed_at_an_instant",
            ),
            models.CheckConstraint(
                condition=~Q(status=PreventionStatus.DRAFT) | Q(listed_up_to=0, counts={}),
                name="prevention_draft_has_no_list",
            ),
        ]

    def __str__(self) -> str:
        return f"campagne de prévention {self.pk}"


class PreventionApproval(models.Model):
    """One person's word for a listed campaign. Two people's words make it ready; a draft again withdraws them."""

    campaign = models.ForeignKey(
        PreventionCampaign, models.PROTECT, related_name="approvals", verbose_name="campagne de prévention"
    )
    approved_at = models.DateTimeField("approuvée le", db_default=Now())
    approved_by = _staff("approuvée par")
    withdrawn_at = models.DateTimeField("retirée le", null=True)

    class Meta:
        verbose_name = "approbation d’une campagne de prévention"
        verbose_name_plural = "approbations des campagnes de prévention"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "approved_by"],
                condition=Q(withdrawn_at=None),
                name="prevention_approved_once_by_each",
            ),
        ]

    def __str__(self) -> str:
        return f"approbation {self.pk}"


class PreventionEvent(models.Model):
    """The timeline of a campaign; rows are only added. ``details`` holds codes and names of fields."""

    campaign = models.ForeignKey(
        PreventionCampaign, models.PROTECT, related_name="events", verbose_name="campagne de prévention"
    )
    at = models.DateTimeField("quand", db_default=Now())
    actor_id = models.BigIntegerField("compte", null=True)
    kind = models.CharField("événement", max_length=8, choices=PreventionEventKind)
    details = models.JSONField("détail", default=dict)

    class Meta:
        verbose_name = "événement d’une campagne de prévention"
        verbose_name_plural = "événements des campagnes de prévention"

    def __str__(self) -> str:
        return f"événement {self.pk}"


class PreventionPerson(models.Model):
    """Somebody of the frozen list. The arm was drawn when the list was made and never changes.

    ``invited_at``: when the message was posted, or was not to be for a reason that stands in the outbox.
    """

    campaign = models.ForeignKey(
        PreventionCampaign, models.PROTECT, related_name="people", db_index=False,
        verbose_name="campagne de prévention",
    )  # fmt: skip
    insured = models.ForeignKey(
        InsuredPerson, models.PROTECT, related_name="+", db_constraint=False, verbose_name="personne assurée"
    )
    band = models.CharField("tranche d’âge", max_length=5, choices=AgeBand)
    arm = models.CharField("groupe", max_length=7, choices=Arm)
    invited_at = models.DateTimeField("invitée le", null=True)

    class Meta:
        verbose_name = "personne d’une campagne de prévention"
        verbose_name_plural = "personnes des campagnes de prévention"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "insured"], name="prevention_person_once"),
            models.CheckConstraint(
                condition=Q(arm=Arm.INVITED) | Q(invited_at=None), name="prevention_control_is_never_invited"
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "id"], name="prevention_person_in_order"),
            models.Index(
                fields=["campaign", "id"],
                condition=Q(arm=Arm.INVITED, invited_at=None),
                name="prevention_to_invite",
            ),
        ]

    def __str__(self) -> str:
        return f"personne {self.pk} d’une campagne de prévention"

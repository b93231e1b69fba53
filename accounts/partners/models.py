"""Complementary insurers (AMC), who belongs to them, and what each member lets them have."""

import datetime as dt
import uuid
from typing import Final

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.partners.enums import ConsentPurpose, PartnerState
from accounts.partners.querysets import MemberConsentQuerySet
from accounts.people.models import InsuredPerson

ROWS_FLOOR: Final = 1_000_000
"""A day's reading that stops nobody, however little they read before: a first reading of everything is no anomaly."""
PER_DAY_HELP: Final = "Pour tous les programmes de l’organisme ensemble. Vide : sans limite par jour."
ROWS_FLOOR_HELP: Final = (
    "Au-delà, un organisme qui lit dix fois son volume habituel d’une journée est suspendu. À relever avant une "
    "relecture annoncée."
)


class PartnerInsurer(models.Model):
    """A mutual insurer, known by its AMC number.

    Files of the fund name partners that nobody has connected: the defaults are the database's, so that their rows
    start unconnected.
    """

    code = models.CharField("numéro AMC", max_length=10, unique=True)
    name = models.CharField("nom", max_length=120, blank=True)
    state = models.CharField(
        "état",
        max_length=13,
        choices=PartnerState,
        default=PartnerState.NOT_CONNECTED,
        db_default=PartnerState.NOT_CONNECTED,
    )
    state_at = models.DateTimeField("état depuis le", null=True, blank=True)
    state_by = models.CharField("état choisi par", max_length=150, blank=True, default="", db_default="")
    requests_per_day = models.PositiveIntegerField(
        "requêtes par jour", null=True, blank=True, validators=[MinValueValidator(1)], help_text=PER_DAY_HELP
    )
    rows_floor = models.PositiveIntegerField(
        "lignes par jour toujours permises", default=ROWS_FLOOR, db_default=ROWS_FLOOR, help_text=ROWS_FLOOR_HELP
    )

    class Meta:
        verbose_name = "organisme complémentaire"
        verbose_name_plural = "organismes complémentaires"
        constraints = [
            models.CheckConstraint(
                condition=Q(requests_per_day=None) | Q(requests_per_day__gte=1), name="partner_may_ask_each_day"
            ),
        ]

    def __str__(self) -> str:
        return f"organisme complémentaire {self.code}"


class PartnerMembership(models.Model):
    """A period in which a person is covered by a partner insurer; at most one is open."""

    insured = models.ForeignKey(
        InsuredPerson, models.CASCADE, related_name="memberships", db_constraint=False, db_index=False
    )
    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="memberships")
    member_no = models.CharField("numéro d’adhérent", max_length=20, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = "adhésion"
        # The periods of one person here, in their order: read for everybody each time that memberships are followed.
        indexes = [models.Index(fields=["insured", "partner", "starts_on"], name="membership_by_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["insured"], condition=Q(ends_on=None), name="membership_one_open_per_person"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="membership_period_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"adhésion {self.pk}"


class PartnerMember(models.Model):
    """How one partner knows one person: by a random identifier that means nothing anywhere else."""

    insured = models.ForeignKey(InsuredPerson, models.CASCADE, related_name="+", db_constraint=False)
    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField("identifiant chez le partenaire", default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField("connu depuis le", auto_now_add=True)

    class Meta:
        verbose_name = "membre"
        constraints = [models.UniqueConstraint(fields=["partner", "insured"], name="member_once_per_partner")]

    def __str__(self) -> str:
        return f"membre {self.pk}"


class MemberConsent(models.Model):
    """One consent of one person, from the day it was given to the day it was withdrawn; rows are kept.

    ``guardian``: the policyholder who gave it for a minor; it then ends by itself on ``ends_on``, when the minor comes
    of age, or before. What it opens, and to whom, is enforced by the database (``accounts.partners.walls``).
    """

    insured = models.ForeignKey(InsuredPerson, models.CASCADE, related_name="consents", db_constraint=False)
    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField("objet", max_length=9, choices=ConsentPurpose)
    given_at = models.DateTimeField("donné le")
    given_by = models.CharField("donné par", max_length=40)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)
    withdrawn_by = models.CharField("retiré par", max_length=40, blank=True)
    guardian = models.ForeignKey(
        InsuredPerson,
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name="donné pour un mineur par",
    )
    ends_on = models.DateField("prend fin le", null=True, blank=True)

    objects = MemberConsentQuerySet.as_manager()

    class Meta:
        verbose_name = "accord"
        constraints = [
            # With the end in it, a partner's consents are counted from the index alone.
            models.UniqueConstraint(
                fields=["partner", "insured", "purpose"],
                condition=Q(withdrawn_at=None),
                include=["ends_on"],
                name="consent_open_once",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="")
                | (Q(withdrawn_at__gte=models.F("given_at")) & ~Q(withdrawn_by="")),
                name="consent_withdrawn_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(guardian=None, ends_on=None)
                | Q(guardian__isnull=False, ends_on__isnull=False)
                & ~Q(guardian=models.F("insured"))
                & ~Q(purpose=ConsentPurpose.CAMPAIGNS),
                name="consent_for_a_minor_ends",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_on"],
                condition=Q(withdrawn_at=None, ends_on__isnull=False),
                name="consent_by_end",
            ),
        ]

    def __str__(self) -> str:
        return f"accord {self.pk}"

    def holds_on(self, day: dt.date) -> bool:
        """Neither withdrawn nor past its end."""
        return self.withdrawn_at is None and (self.ends_on is None or self.ends_on > day)

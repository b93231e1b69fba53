"""Complementary insurers (AMC), who belongs to them, and what each member lets them have."""

import uuid
from typing import Final

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.partners.enums import ConsentPurpose, PartnerState
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

    What it opens, and to whom, is enforced by the database (``accounts.partners.walls``).
    """

    insured = models.ForeignKey(InsuredPerson, models.CASCADE, related_name="consents", db_constraint=False)
    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField("objet", max_length=9, choices=ConsentPurpose)
    given_at = models.DateTimeField("donné le")
    given_by = models.CharField("donné par", max_length=40)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)
    withdrawn_by = models.CharField("retiré par", max_length=40, blank=True)

    class Meta:
        verbose_name = "accord"
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "insured", "purpose"], condition=Q(withdrawn_at=None), name="consent_one_open"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="")
                | (Q(withdrawn_at__gte=models.F("given_at")) & ~Q(withdrawn_by="")),
                name="consent_withdrawn_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"accord {self.pk}"

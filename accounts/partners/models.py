"""Complementary insurers (AMC) and who belongs to them."""

from django.db import models
from django.db.models import Q

from accounts.people.models import InsuredPerson


class PartnerInsurer(models.Model):
    """A mutual insurer, known by its AMC number."""

    code = models.CharField("numéro AMC", max_length=10, unique=True)
    name = models.CharField("nom", max_length=120, blank=True)

    class Meta:
        verbose_name = "organisme complémentaire"
        verbose_name_plural = "organismes complémentaires"

    def __str__(self) -> str:
        return f"organisme complémentaire {self.code}"


class PartnerMembership(models.Model):
    """A period in which a person is covered by a partner insurer; at most one is open."""

    insured = models.ForeignKey(InsuredPerson, models.CASCADE, related_name="memberships", db_constraint=False)
    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="memberships")
    member_no = models.CharField("numéro d’adhérent", max_length=20, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = "adhésion"
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

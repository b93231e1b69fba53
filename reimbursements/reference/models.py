"""Dated reference data: what codes mean, what rules apply, from when to when, and who says so.

A row holds from ``valid_from`` to ``valid_to`` inclusive (empty: still). Amounts are euros.
"""

from django.db import models
from django.db.models import F, Q

from reimbursements.reference.querysets import DatedManager


class DatedReference(models.Model):
    """A fact of the field with its period and its source."""

    valid_from = models.DateField("valable à partir du")
    valid_to = models.DateField("valable jusqu’au", null=True, blank=True)
    source = models.CharField("source", max_length=200)

    objects = DatedManager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="%(class)s_period_in_order",
            )
        ]


class HealthFund(DatedReference):
    """A fund (caisse). ``code``: scheme 2 + C + fund 3 + centre 3, e.g. 01C751000."""

    code = models.CharField("code", max_length=9)
    name = models.CharField("nom", max_length=120)
    department = models.CharField("département", max_length=3)
    territory = models.CharField("territoire", max_length=3, blank=True)

    class Meta(DatedReference.Meta):
        verbose_name = "caisse"
        constraints = [
            *DatedReference.Meta.constraints,
            models.UniqueConstraint(fields=["code"], name="fund_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class NatureReference(DatedReference):
    """Nature of a benefit (PS5 code). ``is_confidential`` natures are never counted in anybody's digest."""

    code = models.PositiveIntegerField("code")
    key_letter = models.CharField("lettre-clé", max_length=8, blank=True)
    label = models.CharField("libellé", max_length=120)
    family = models.CharField("famille", max_length=30)
    plain_label = models.CharField("en clair", max_length=160)
    is_confidential = models.BooleanField("confidentielle", default=False)
    is_flat_contribution = models.BooleanField("participation forfaitaire", default=False)
    is_deductible = models.BooleanField("franchise", default=False)

    class Meta(DatedReference.Meta):
        verbose_name = "nature de prestation"
        verbose_name_plural = "natures de prestation"
        constraints = [
            *DatedReference.Meta.constraints,
            models.UniqueConstraint(fields=["code", "valid_from"], name="nature_once_per_period"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


class ActReference(DatedReference):
    """An act or a product: CCAM, NGAP, NABM, LPP or CIP13."""

    system = models.CharField("nomenclature", max_length=5)
    code = models.CharField("code", max_length=13)
    label = models.CharField("libellé", max_length=300)
    plain_label = models.CharField("en clair", max_length=300, blank=True)
    tariff = models.DecimalField("tarif", max_digits=11, decimal_places=2, null=True, blank=True)
    rate_pct = models.DecimalField("taux", max_digits=5, decimal_places=2, null=True, blank=True)

    class Meta(DatedReference.Meta):
        verbose_name = "acte ou produit"
        verbose_name_plural = "actes et produits"
        constraints = [
            *DatedReference.Meta.constraints,
            models.UniqueConstraint(fields=["system", "code", "valid_from"], name="act_once_per_period"),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.code}"


class Specialty(DatedReference):
    """Specialty of a professional, 2 characters."""

    code = models.CharField("code", max_length=2)
    label = models.CharField("libellé", max_length=120)
    profession = models.CharField("profession", max_length=60)

    class Meta(DatedReference.Meta):
        verbose_name = "spécialité"
        constraints = [
            *DatedReference.Meta.constraints,
            models.UniqueConstraint(fields=["code", "valid_from"], name="specialty_once_per_period"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


class CodedReference(DatedReference):
    """A numeric code with its official and its plain label."""

    code = models.PositiveSmallIntegerField("code")
    label = models.CharField("libellé", max_length=160)
    plain_label = models.CharField("en clair", max_length=200)

    class Meta(DatedReference.Meta):
        abstract = True
        constraints = [
            *DatedReference.Meta.constraints,
            models.UniqueConstraint(fields=["code", "valid_from"], name="%(class)s_once_per_period"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


class PayeeReference(CodedReference):
    """Who was paid: the insured person, or somebody else in third-party payment."""

    is_third_party = models.BooleanField("tiers payant")

    class Meta(CodedReference.Meta):
        abstract = False
        verbose_name = "destinataire du paiement"
        verbose_name_plural = "destinataires du paiement"


class ExemptionReason(CodedReference):
    """Why the person pays no co-payment."""

    class Meta(CodedReference.Meta):
        abstract = False
        verbose_name = "motif d’exonération"
        verbose_name_plural = "motifs d’exonération"


class CarePath(CodedReference):
    """Place of the act in the coordinated care path."""

    class Meta(CodedReference.Meta):
        abstract = False
        verbose_name = "parcours de soins"
        verbose_name_plural = "parcours de soins"


class InsuranceNature(CodedReference):
    """Illness, maternity, work accident, invalidity, prevention."""

    class Meta(CodedReference.Meta):
        abstract = False
        verbose_name = "nature d’assurance"
        verbose_name_plural = "natures d’assurance"


class ConditionReference(CodedReference):
    """Long-term conditions (ALD 30 list)."""

    class Meta(CodedReference.Meta):
        abstract = False
        verbose_name = "affection de longue durée (liste)"
        verbose_name_plural = "affections de longue durée (liste)"


class CopayRule(DatedReference):
    """Amount and ceilings of the flat contribution and the deductibles, in euros, by period."""

    class Kind(models.TextChoices):
        FLAT_CONTRIBUTION = "flat_contribution", "participation forfaitaire"
        DEDUCTIBLE_MEDICINE = "deductible_medicine", "franchise médicaments"
        DEDUCTIBLE_PARAMEDICAL = "deductible_paramedical", "franchise actes paramédicaux"
        DEDUCTIBLE_TRANSPORT = "deductible_transport", "franchise transports"

    kind = models.CharField("nature", max_length=22, choices=Kind)
    amount = models.DecimalField("montant", max_digits=6, decimal_places=2)
    daily_cap = models.DecimalField("plafond par jour", max_digits=6, decimal_places=2, null=True, blank=True)
    yearly_cap = models.DecimalField("plafond par an", max_digits=6, decimal_places=2)

    class Meta(DatedReference.Meta):
        verbose_name = "règle de participation"
        verbose_name_plural = "règles de participation"
        constraints = [
            *DatedReference.Meta.constraints,
            models.UniqueConstraint(fields=["kind", "valid_from"], name="copay_rule_once_per_period"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} à partir du {self.valid_from}"

"""Reimbursement lines: one act, or one participation or deductible as a negative line.

The table is made by SQL (reimbursements migration 0002): partitioned by month of ``payment_date``, primary key
``(insured_id, payment_date, id)``, references proved by the import and not by foreign keys, which would halve
its speed. A statement (décompte) is the group of lines with the same emitter, number and payment date: a key,
not a row. Amounts are euros, signed; never sum ``amount_charged`` over ``rem_type``.
"""

from django.db import models


class LineOperation(models.TextChoices):
    """A cancellation is a new negative line, never an update."""

    CREATE = "C", "création"
    CANCEL = "A", "annulation"
    REGULARISE = "R", "régularisation"


class ReimbursementLine(models.Model):
    id = models.BigAutoField(primary_key=True)
    insured_id = models.BigIntegerField("assuré")
    beneficiary_id = models.BigIntegerField("bénéficiaire")
    payment_date = models.DateField("date du paiement")
    batch_id = models.BigIntegerField("fichier")
    emitter_code = models.CharField("caisse émettrice", max_length=9)
    statement_no = models.BigIntegerField("décompte")
    line_no = models.IntegerField("ligne du décompte")
    rem_type = models.PositiveSmallIntegerField("type de remboursement")
    operation = models.CharField("opération", max_length=1, choices=LineOperation)
    beneficiary_quality = models.PositiveSmallIntegerField("qualité du bénéficiaire")
    care_start = models.DateField("début des soins")
    care_end = models.DateField("fin des soins", null=True)
    prescription_date = models.DateField("prescription", null=True)
    nature_code = models.PositiveIntegerField("nature de prestation")
    key_letter = models.CharField("lettre-clé", max_length=8, blank=True)
    act_system = models.CharField("nomenclature", max_length=5, blank=True)
    act_code = models.CharField("acte", max_length=13, blank=True)
    quantity = models.DecimalField("quantité", max_digits=8, decimal_places=2)
    coefficient = models.DecimalField("coefficient", max_digits=8, decimal_places=2)
    amount_charged = models.DecimalField("montant payé", max_digits=11, decimal_places=2)
    base_amount = models.DecimalField("base de remboursement", max_digits=11, decimal_places=2)
    rate_pct = models.DecimalField("taux", max_digits=5, decimal_places=2)
    amount_paid = models.DecimalField("montant remboursé", max_digits=11, decimal_places=2)
    excess_amount = models.DecimalField("dépassement", max_digits=11, decimal_places=2)
    exemption_reason = models.PositiveSmallIntegerField("exonération", null=True)
    copay_modulation = models.PositiveSmallIntegerField("modulation", null=True)
    care_path = models.PositiveSmallIntegerField("parcours de soins", null=True)
    insurance_nature = models.PositiveSmallIntegerField("nature d’assurance")
    is_confidential = models.BooleanField("confidentielle")
    performer_am_no = models.CharField("numéro AM de l’exécutant", max_length=9, blank=True)
    performer_rpps = models.BigIntegerField("RPPS de l’exécutant", null=True)
    performer_specialty = models.CharField("spécialité", max_length=2, blank=True)
    performer_finess = models.CharField("FINESS", max_length=9, blank=True)
    prescriber_rpps = models.BigIntegerField("RPPS du prescripteur", null=True)
    payee = models.PositiveSmallIntegerField("payé à")
    payment_mode = models.PositiveSmallIntegerField("mode de paiement", null=True)
    settlement_ref = models.CharField("référence de règlement", max_length=20, blank=True)
    amc_code = models.CharField("organisme complémentaire", max_length=10, blank=True)
    amc_amount = models.DecimalField("part complémentaire", max_digits=11, decimal_places=2, null=True)
    is_amc_transmitted = models.BooleanField("transmis à la complémentaire")
    card_mode = models.CharField("mode carte", max_length=1, blank=True)
    care_place = models.CharField("lieu des soins", max_length=1, blank=True)
    payee_account = models.CharField("compte payé (empreinte)", max_length=16, blank=True)

    class Meta:
        managed = False
        db_table = "reimbursements_line"
        verbose_name = "ligne de remboursement"
        verbose_name_plural = "lignes de remboursement"

    def __str__(self) -> str:
        return f"ligne {self.pk}"

"""Roll-ups of the reimbursement lines by performer (RPPS). Facts only: what is unusual is for the floors above.

An *act* is one line of the statutory part that is neither a participation nor a deductible; a cancellation takes it
away again. Amounts are euros, signed, cancellations included. Days are days of care, not of payment.
"""

from django.db import models


class CountedBatch(models.Model):
    """A loaded batch whose lines are in the roll-ups."""

    batch_id = models.BigIntegerField("fichier", primary_key=True)
    counted_at = models.DateTimeField("compté le", auto_now_add=True)

    class Meta:
        verbose_name = "fichier compté"
        verbose_name_plural = "fichiers comptés"

    def __str__(self) -> str:
        return f"fichier compté {self.pk}"


class PractitionerDay(models.Model):
    """What a professional billed for one day of care."""

    pk = models.CompositePrimaryKey("rpps", "care_on")
    rpps = models.BigIntegerField("RPPS")
    care_on = models.DateField("jour des soins")
    acts = models.IntegerField("actes")
    amount_paid = models.DecimalField("montant remboursé", max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = "journée d’un professionnel"
        verbose_name_plural = "journées des professionnels"

    def __str__(self) -> str:
        return "journée d’un professionnel"


class PractitionerMonth(models.Model):
    """What a professional billed of one kind of act in one month of care.

    ``code`` is the act's own in NGAP and CCAM, and the key letter of the benefit elsewhere: a pharmacy's thousands of
    boxes are a few kinds.
    """

    pk = models.CompositePrimaryKey("rpps", "month_on", "code")
    rpps = models.BigIntegerField("RPPS")
    month_on = models.DateField("mois des soins")
    code = models.CharField("acte", max_length=13)
    acts = models.IntegerField("actes")
    amount_paid = models.DecimalField("montant remboursé", max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = "mois d’un professionnel"
        verbose_name_plural = "mois des professionnels"

    def __str__(self) -> str:
        return "mois d’un professionnel"


class PractitionerYear(models.Model):
    """What a professional billed since ``since_on``: the current month and the twelve before it.

    ``new_patients`` are those whom the lines kept here show with this professional for the first time.
    """

    rpps = models.BigIntegerField("RPPS", primary_key=True)
    since_on = models.DateField("depuis le")
    specialty = models.CharField("spécialité", max_length=2, blank=True)
    department = models.CharField("département", max_length=3, blank=True)
    acts = models.IntegerField("actes")
    amount_paid = models.DecimalField("montant remboursé", max_digits=12, decimal_places=2)
    patients = models.IntegerField("patients")
    new_patients = models.IntegerField("nouveaux patients")
    active_days = models.IntegerField("jours d’activité")
    weekend_acts = models.IntegerField("actes du samedi et du dimanche")
    busiest_day_acts = models.IntegerField("actes du jour le plus chargé")

    class Meta:
        verbose_name = "année d’un professionnel"
        verbose_name_plural = "années des professionnels"
        indexes = [models.Index(fields=["specialty", "department"], name="practitioner_year_peers")]

    def __str__(self) -> str:
        return "année d’un professionnel"


class PatientTie(models.Model):
    """Who was treated by whom, first and last day of care. A cancelled act leaves its tie."""

    pk = models.CompositePrimaryKey("rpps", "beneficiary_id")
    rpps = models.BigIntegerField("RPPS")
    beneficiary_id = models.BigIntegerField("bénéficiaire")
    first_on = models.DateField("premier soin")
    last_on = models.DateField("dernier soin")

    class Meta:
        verbose_name = "lien entre un professionnel et un patient"
        verbose_name_plural = "liens entre professionnels et patients"
        indexes = [models.Index(fields=["beneficiary_id", "rpps"], include=["last_on"], name="patient_tie_by_patient")]

    def __str__(self) -> str:
        return "lien entre un professionnel et un patient"


class PrescriberTie(models.Model):
    """Who carried out what whom prescribed, first and last day of care."""

    pk = models.CompositePrimaryKey("rpps", "prescriber_rpps")
    rpps = models.BigIntegerField("RPPS")
    prescriber_rpps = models.BigIntegerField("RPPS du prescripteur")
    first_on = models.DateField("premier soin")
    last_on = models.DateField("dernier soin")

    class Meta:
        verbose_name = "lien entre un professionnel et un prescripteur"
        verbose_name_plural = "liens entre professionnels et prescripteurs"
        indexes = [models.Index(fields=["prescriber_rpps", "rpps"], name="prescriber_tie_by_prescriber")]

    def __str__(self) -> str:
        return "lien entre un professionnel et un prescripteur"


class AccountTie(models.Model):
    """To which account (its keyed fingerprint) a professional's acts were paid, first and last day of care.

    Only where somebody else than the insured person was paid: a person's own account is in no tie.
    """

    pk = models.CompositePrimaryKey("rpps", "payee_account")
    rpps = models.BigIntegerField("RPPS")
    payee_account = models.CharField("compte payé (empreinte)", max_length=16)
    first_on = models.DateField("premier soin")
    last_on = models.DateField("dernier soin")

    class Meta:
        verbose_name = "lien entre un professionnel et un compte"
        verbose_name_plural = "liens entre professionnels et comptes"
        indexes = [models.Index(fields=["payee_account", "rpps"], name="account_tie_by_account")]

    def __str__(self) -> str:
        return "lien entre un professionnel et un compte"

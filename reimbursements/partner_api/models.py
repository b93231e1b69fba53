"""What was published to partners: batches, enrolments of consenting members, and the rows of each partner's feed."""

from django.db import models
from django.db.models import Q

from accounts.partners.models import MemberConsent, PartnerInsurer
from accounts.people.models import InsuredPerson


class ChangeKind(models.TextChoices):
    """What a row of the feed tells."""

    REIMBURSEMENT = "R", "remboursement"
    JOINED = "J", "arrivée d’un membre"
    CHANGED = "C", "adhésion changée"
    LEFT = "L", "départ d’un membre"


class PublishedBatch(models.Model):
    """A loaded batch whose lines are in the feeds; its absence is what makes a batch due."""

    batch_id = models.BigIntegerField("fichier", primary_key=True)
    published_at = models.DateTimeField("publié le")

    class Meta:
        verbose_name = "fichier publié aux partenaires"
        verbose_name_plural = "fichiers publiés aux partenaires"

    def __str__(self) -> str:
        return f"fichier publié {self.pk}"


class AnnouncedFeed(models.Model):
    """Up to where a partner's webhooks were told of its feed (``partner_api.announcing``)."""

    partner = models.OneToOneField(
        PartnerInsurer, models.CASCADE, primary_key=True, related_name="+", verbose_name="organisme"
    )
    position = models.BigIntegerField("jusqu’à la position")
    announced_at = models.DateTimeField("annoncé le")

    class Meta:
        verbose_name = "flux annoncé"
        verbose_name_plural = "flux annoncés"

    def __str__(self) -> str:
        return f"flux annoncé {self.pk}"


class PartnerEnrolment(models.Model):
    """A consent to payments as the feed knows it, from its joining to its leaving.

    ``member_id`` is the partner's own name for the person. ``periods``: the membership periods that were published,
    as text, to see when they change.
    """

    consent = models.OneToOneField(
        MemberConsent, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="+", verbose_name="accord"
    )
    partner = models.ForeignKey(
        PartnerInsurer, models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name="organisme"
    )
    insured = models.ForeignKey(
        InsuredPerson, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False, verbose_name="membre"
    )
    member_id = models.UUIDField("identifiant chez le partenaire")
    periods = models.TextField("périodes publiées")
    joined_at = models.DateTimeField("arrivée")
    left_at = models.DateTimeField("départ", null=True)

    class Meta:
        verbose_name = "membre publié"
        verbose_name_plural = "membres publiés"
        indexes = [models.Index(fields=["insured"], condition=Q(left_at=None), name="enrolment_open_of_person")]

    def __str__(self) -> str:
        return f"membre publié {self.pk}"


class PartnerChange(models.Model):
    """One row of a partner's feed: a pointer to a line (its primary key), or news of a member.

    The table is made by SQL (``schema``): primary key (partner, position), no line twice in an enrolment.
    """

    position = models.BigAutoField("position", primary_key=True)
    partner_id = models.BigIntegerField("organisme")
    enrolment_id = models.BigIntegerField("membre publié")
    kind = models.CharField("sorte", max_length=1, choices=ChangeKind)
    published_at = models.DateTimeField("publié le")
    insured_id = models.BigIntegerField("assuré de la ligne", null=True)
    payment_date = models.DateField("date du paiement", null=True)
    line_id = models.BigIntegerField("ligne", null=True)

    class Meta:
        managed = False
        db_table = "reimbursements_partnerchange"
        verbose_name = "changement publié"
        verbose_name_plural = "changements publiés"

    def __str__(self) -> str:
        return f"changement {self.pk}"

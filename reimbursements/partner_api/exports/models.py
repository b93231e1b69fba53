"""Exports that partners ordered, the files that were written for them, and whose lines each file holds."""

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.partners.client_models import PartnerClient
from accounts.partners.models import PartnerInsurer


class ExportState(models.TextChoices):
    """From the order to the end; the last three are final."""

    QUEUED = "queued", "en attente"
    RUNNING = "running", "en cours"
    READY = "ready", "prêt"
    FAILED = "failed", "échoué"
    CANCELLED = "cancelled", "annulé"
    EXPIRED = "expired", "expiré"


class ExportShape(models.TextChoices):
    """How lines are written down."""

    NDJSON = "ndjson", "NDJSON"
    FHIR = "fhir", "FHIR R4"


UNDER_WAY = (ExportState.QUEUED, ExportState.RUNNING)


class PartnerExport(models.Model):
    """One order, and how far it is.

    What it holds: lines told to the partner after ``after_position`` and up to ``until_position`` of its feed, paid
    from ``first_on`` to ``last_on`` when it is by period. ``place_on`` and ``place_number`` are the place of the last
    line written: payment date and line of an export by period, otherwise the position alone. With ``has_members``,
    members come first; ``members_place`` is the last one written, empty when they are done.
    The worker that holds ``claim`` until ``lease_ends_at`` writes the next files. ``attempts`` since the last ones.
    """

    public_id = models.UUIDField("identifiant", default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="+", verbose_name="organisme")
    client = models.ForeignKey(
        PartnerClient, models.PROTECT, related_name="+", db_index=False, verbose_name="programme"
    )
    shape = models.CharField("forme", max_length=6, choices=ExportShape)
    has_members = models.BooleanField("avec les membres", default=False)
    has_lines = models.BooleanField("avec les lignes", default=True)
    first_on = models.DateField("premier jour de paiement", null=True)
    last_on = models.DateField("dernier jour de paiement", null=True)
    after_position = models.BigIntegerField("après la position", default=0)
    until_position = models.BigIntegerField("jusqu’à la position")
    state = models.CharField("état", max_length=9, choices=ExportState, default=ExportState.QUEUED)
    ordered_at = models.DateTimeField("commandé le")
    worked_at = models.DateTimeField("avancé le", null=True)
    ended_at = models.DateTimeField("terminé le", null=True)
    expires_at = models.DateTimeField("à prendre jusqu’au", null=True)
    members_place = models.BigIntegerField("dernier membre écrit", null=True)
    place_on = models.DateField("jour atteint", null=True)
    place_number = models.BigIntegerField("place atteinte", default=0)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    claim = models.UUIDField("prise", null=True)
    lease_ends_at = models.DateTimeField("pris jusqu’au", null=True)

    class Meta:
        verbose_name = "export d’un partenaire"
        verbose_name_plural = "exports des partenaires"
        constraints = [
            models.UniqueConstraint(
                fields=["partner"], condition=Q(state__in=["queued", "running"]), name="export_one_under_way"
            ),
            models.CheckConstraint(
                condition=Q(first_on=None, last_on=None) | Q(first_on__lte=F("last_on")), name="export_period_in_order"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], ended_at=None)
                | (~Q(state__in=["queued", "running"]) & Q(ended_at__isnull=False)),
                name="export_ended_when_over",
            ),
            models.CheckConstraint(
                condition=Q(claim=None, lease_ends_at=None) | Q(claim__isnull=False, lease_ends_at__isnull=False),
                name="export_claimed_with_lease",
            ),
            models.CheckConstraint(condition=Q(has_members=True) | Q(has_lines=True), name="export_holds_something"),
        ]

    def __str__(self) -> str:
        return f"export {self.public_id}"

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def is_by_period(self) -> bool:
        return self.last_on is not None

    @property
    def percent(self) -> int:
        """How far it is: of its days, or of its part of the feed."""
        if self.state == ExportState.READY:
            return 100
        if self.first_on is not None and self.last_on is not None:
            done, whole = ((self.place_on or self.first_on) - self.first_on).days, (self.last_on - self.first_on).days
        else:
            done, whole = self.place_number - self.after_position, self.until_position - self.after_position
        return min(99, done * 100 // whole) if whole > 0 else 0


class PartnerExportFile(models.Model):
    """One written file. On the disk it lies enciphered (AES-256-CTR); ``key_sealed`` opens it, and goes with it."""

    export = models.ForeignKey(PartnerExport, models.CASCADE, related_name="files", db_index=False)
    number = models.PositiveIntegerField("numéro")
    name = models.UUIDField("nom sur le disque", unique=True)
    resource = models.CharField("ce qu’il contient", max_length=24)
    rows = models.PositiveIntegerField("lignes")
    size = models.BigIntegerField("octets")
    sha256 = models.BinaryField("empreinte")
    key_sealed = models.BinaryField("clé scellée")
    made_at = models.DateTimeField("écrit le")
    read_at = models.DateTimeField("lu le", null=True)

    class Meta:
        verbose_name = "fichier d’un export"
        verbose_name_plural = "fichiers des exports"
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="exportfile_once_per_number")]

    def __str__(self) -> str:
        return f"fichier {self.pk} d’un export"


class PartnerExportPerson(models.Model):
    """Somebody whose data a file holds, by their consent. What a withdrawn consent makes unfit is found by it."""

    pk = models.CompositePrimaryKey("file_id", "consent_id")
    file = models.ForeignKey(PartnerExportFile, models.CASCADE, related_name="people", db_index=False)
    consent_id = models.BigIntegerField("accord")

    class Meta:
        verbose_name = "personne d’un fichier"
        verbose_name_plural = "personnes d’un fichier"

    def __str__(self) -> str:
        return f"personne du fichier {self.file_id}"

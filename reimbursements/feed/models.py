"""Delivered files of reimbursement lines, and what was refused in them."""

from django.db import models
from django.db.models import Q


class BatchStatus(models.TextChoices):
    """What became of a file."""

    LOADED = "loaded", "chargé"
    REFUSED = "refused", "refusé"
    HELD = "held", "en attente"


class Severity(models.TextChoices):
    """E rejects the line, W loads it with a warning."""

    ERROR = "E", "erreur"
    WARNING = "W", "avertissement"


class ImportBatch(models.Model):
    """One attempt to load one file. Only a loaded batch has lines; amounts are euros."""

    emitter_code = models.CharField("caisse émettrice", max_length=9)
    flow_date = models.DateField("date du flux", null=True, blank=True)
    sequence = models.PositiveIntegerField("numéro de séquence", null=True, blank=True)
    file_name = models.CharField("fichier", max_length=120)
    sha256 = models.BinaryField("empreinte", max_length=32)
    status = models.CharField("état", max_length=7, choices=BatchStatus)
    refusal_code = models.CharField("code de refus", max_length=3, blank=True)
    refusal_reason = models.CharField("motif du refus", max_length=300, blank=True)
    row_count = models.PositiveIntegerField("lignes reçues", default=0)
    lines_good = models.PositiveIntegerField("lignes chargées", default=0)
    lines_duplicate = models.PositiveIntegerField("doublons", default=0)
    lines_rejected = models.PositiveIntegerField("lignes rejetées", default=0)
    reject_counts = models.JSONField("rejets par code", default=dict)
    warning_counts = models.JSONField("avertissements par code", default=dict)
    paid_total = models.DecimalField("total remboursé", max_digits=15, decimal_places=2, default=0)
    first_payment_on = models.DateField("premier paiement", null=True, blank=True)
    last_payment_on = models.DateField("dernier paiement", null=True, blank=True)
    started_at = models.DateTimeField("début")
    finished_at = models.DateTimeField("fin", null=True, blank=True)

    class Meta:
        verbose_name = "fichier de décomptes"
        verbose_name_plural = "fichiers de décomptes"
        constraints = [
            models.UniqueConstraint(
                fields=["emitter_code", "sequence"],
                condition=Q(status="loaded"),
                name="batch_sequence_loaded_once",
            ),
            models.CheckConstraint(
                condition=Q(status="loaded", refusal_code="") | (~Q(status="loaded") & ~Q(refusal_code="")),
                name="batch_refused_with_code",
            ),
        ]
        indexes = [models.Index(fields=["status", "id"], name="batch_by_status")]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_status_display()})"


class ImportReject(models.Model):
    """One finding on one line of a file; ``line_number`` counts the header as 1."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rejects")
    line_number = models.PositiveIntegerField("ligne")
    severity = models.CharField("gravité", max_length=1, choices=Severity)
    code = models.CharField("code", max_length=20)
    field = models.CharField("champ", max_length=30)
    value_masked = models.CharField("valeur masquée", max_length=80, blank=True)

    class Meta:
        verbose_name = "rejet"
        indexes = [models.Index(fields=["batch", "line_number"], name="reject_by_line")]

    def __str__(self) -> str:
        return f"{self.code} ligne {self.line_number}"


class RejectedLine(models.Model):
    """The raw text of a rejected line, sealed, kept until ``replay_rejects`` loads it.

    Readable by the database role of the import only. ``raw_sealed`` opens with ``rejected_context(batch, line)``.
    """

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rejected_lines", db_constraint=False)
    line_number = models.PositiveIntegerField("ligne")
    raw_sealed = models.BinaryField("ligne chiffrée")
    replayed_at = models.DateTimeField("rejouée", null=True, blank=True)

    class Meta:
        verbose_name = "ligne rejetée"
        verbose_name_plural = "lignes rejetées"
        constraints = [models.UniqueConstraint(fields=["batch", "line_number"], name="rejected_line_once")]

    def __str__(self) -> str:
        return f"ligne rejetée {self.pk}"


def rejected_context(batch_id: int, line_number: int) -> str:
    """What a sealed raw line is bound to."""
    return f"rejectedline|{batch_id}|{line_number}"

"""Whether a file may be loaded now: its place in its emitter's sequence, its totals, what was loaded before."""

from decimal import Decimal
from typing import Final

from django.db.models import Max

from ameli_notify.core.delivered_files import FileRefusal, RefusalCode
from ameli_notify.core.import_report import counted, french_euros, french_number
from reimbursements.feed.manifest import Manifest
from reimbursements.feed.models import BatchStatus, ImportBatch
from reimbursements.feed.staging import Staged

_REASON_LENGTH: Final = 300


def loaded_already(sha256: bytes) -> ImportBatch | None:
    """F06: the batch that these very bytes were loaded as."""
    return ImportBatch.objects.filter(status=BatchStatus.LOADED, sha256=sha256).first()


def check_place(manifest: Manifest, *, accept_first: bool) -> None:
    """The file must follow the last one loaded of its emitter. Raises FileRefusal: F08, or F05 (held).

    ``accept_first``: where nothing of the emitter is loaded yet, start from this file whatever came before it.
    """
    loaded = ImportBatch.objects.filter(
        status=BatchStatus.LOADED, emitter_code=manifest.emitter_code, sequence__isnull=False
    )
    if loaded.filter(sequence=manifest.sequence).exists():
        raise FileRefusal(
            RefusalCode.OTHER_CONTENT,
            f"la séquence {manifest.sequence} de {manifest.emitter_code} a déjà été chargée avec un autre contenu.",
        )
    last = loaded.aggregate(last=Max("sequence"))["last"]
    if last is None and accept_first:
        return
    if manifest.previous_sequence != (last or 0):
        known = f"la dernière chargée est la {last}" if last else "rien n’a encore été chargé de cette caisse"
        raise FileRefusal(
            RefusalCode.SEQUENCE_GAP,
            f"la séquence {manifest.sequence} de {manifest.emitter_code} suit la {manifest.previous_sequence}, "
            f"or {known}.",
        )


def check_totals(staged: Staged, manifest: Manifest) -> None:
    """Rows and control totals must be the manifest's. Raises FileRefusal: F02 or F03."""
    if staged.rows != manifest.row_count:
        raise FileRefusal(
            RefusalCode.ROW_COUNT,
            f"le fichier a {counted(staged.rows, 'ligne')}, le manifeste en annonce "
            f"{french_number(manifest.row_count)}.",
        )
    _check_total("remboursé", staged.paid, manifest.control_total_paid)
    _check_total("payé", staged.charged, manifest.control_total_charged)


def _check_total(what: str, found: Decimal, announced: Decimal) -> None:
    if found != announced:
        raise FileRefusal(
            RefusalCode.CONTROL_TOTAL,
            f"le total {what} du fichier est de {french_euros(found)}, le manifeste annonce {french_euros(announced)}.",
        )


def record_refusal(batch: ImportBatch, refusal: FileRefusal) -> None:
    """Keep one row for each file and reason: a file that is offered again every hour does not fill the table."""
    batch.refusal_code, batch.refusal_reason = refusal.code, refusal.reason[:_REASON_LENGTH]
    earlier = ImportBatch.objects.filter(
        status=batch.status, refusal_code=batch.refusal_code, sha256=batch.sha256, file_name=batch.file_name
    ).first()
    if earlier is not None:
        batch.pk = earlier.pk
    batch.save()

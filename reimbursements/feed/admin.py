"""Delivered files of lines, each with what was refused in it."""

from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest

from accounts.people.admin import counts_fr
from ameli_notify.core.admin import (
    BIGINT_PATTERN,
    LookAheadPaginator,
    ReadOnlyAdmin,
    SearchShape,
    count_shown,
    euros_shown,
    exact,
    page_number,
)
from reimbursements.feed.models import ImportBatch, ImportReject

REJECTS_PAGE: Final = "rejets"
REJECTS_PER_PAGE: Final = 100


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = ("file_name", "status", "good", "rejected", "finished_at")
    list_filter = ("status",)
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "file_name", "status", "refusal_code", "refusal_reason", "emitter_code", "flow_date", "sequence",
        "fingerprint", "received", "good", "duplicates", "rejected", "rejects_by_code",
        "warnings_by_code", "paid", "first_payment_on", "last_payment_on", "started_at", "finished_at",
    )  # fmt: skip
    readonly_fields = (
        "fingerprint", "received", "good", "duplicates", "rejected", "rejects_by_code", "warnings_by_code",
        "paid",
    )  # fmt: skip
    search_shapes = (
        SearchShape("numéro du chargement", BIGINT_PATTERN, exact("pk", convert=int)),
        # Without an index of its own: a hundred files a day make a small table.
        SearchShape("code de la caisse émettrice (01C751000)", r"[0-9]{2}C[0-9]{6}", exact("emitter_code")),
    )

    received = count_shown("row_count", "lignes reçues")
    good = count_shown("lines_good", "lignes chargées")
    duplicates = count_shown("lines_duplicate", "doublons")
    rejected = count_shown("lines_rejected", "lignes rejetées")
    paid = euros_shown("paid_total", "total remboursé")

    @admin.display(description="empreinte SHA-256")
    def fingerprint(self, obj: ImportBatch) -> str:
        return bytes(obj.sha256).hex()

    @admin.display(description="rejets par code")
    def rejects_by_code(self, obj: ImportBatch) -> str:
        return counts_fr(obj.reject_counts)

    @admin.display(description="avertissements par code")
    def warnings_by_code(self, obj: ImportBatch) -> str:
        return counts_fr(obj.warning_counts)

    def page_context(self, request: HttpRequest, obj: ImportBatch) -> dict[str, Any]:
        """One page of the file's rejects, read by the index on batch and line."""
        return rejects_page(request, obj) if request.user.has_perm("reimbursements.view_importreject") else {}


def rejects_page(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    """The part of the file's rejects that the address asks for; the first one for an unknown page."""
    try:
        number = page_number(request, REJECTS_PAGE)
    except ValueError:
        number = 1
    rejects = ImportReject.objects.filter(batch=batch).order_by("line_number", "pk")
    paginator = LookAheadPaginator(rejects, REJECTS_PER_PAGE, page=number)
    return {
        "rejects": rejects[(number - 1) * REJECTS_PER_PAGE : number * REJECTS_PER_PAGE],
        "rejects_number": number,
        "rejects_previous": number - 1,
        "rejects_next": number + 1 if paginator.has_more else 0,
    }

"""Insured people, as little of them as the console needs, and the directory files."""

import uuid
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html

from accounts.access.admin import LoggedReadAdmin
from accounts.people.models import DirectoryBatch, InsuredPerson
from ameli_notify.core.admin import BIGINT_PATTERN, UUID_PATTERN, ReadOnlyAdmin, SearchShape, exact
from ameli_notify.core.import_report import french_number


def person_id(public_id: str) -> int | None:
    """Internal id of the person with a public identifier, or None."""
    return InsuredPerson.objects.filter(public_id=uuid.UUID(public_id)).values_list("pk", flat=True).first()


PUBLIC_ID = SearchShape("identifiant public (UUID)", UUID_PATTERN, exact("public_id", convert=uuid.UUID))
INTERNAL_ID = SearchShape("numéro interne", BIGINT_PATTERN, exact("pk", convert=int))


@admin.register(InsuredPerson)
class InsuredPersonAdmin(LoggedReadAdmin):
    """What decides whether and how somebody is written to. No name, no NIR, no address."""

    list_display = ("number", "public_id", "cohort", "fund_code", "territory", "preferred_channel")
    sortable_by = ()
    fields = (
        "public_id", "cohort", "fund_code", "territory", "preferred_channel", "has_email", "has_mobile",
        "is_contact_protected", "died_on", "updated_at", "their_notifications",
    )  # fmt: skip
    readonly_fields = ("public_id", "their_notifications")
    search_shapes = (PUBLIC_ID, INTERNAL_ID)
    search_note_fr = (
        "La recherche par numéro de sécurité sociale n’est pas proposée ici : ce numéro resterait dans l’adresse "
        "de la page et dans les journaux techniques."
    )

    def person_of(self, obj: Model) -> int | None:
        return int(obj.pk)

    def person_searched(self, term: str) -> int | None:
        return person_id(term) if PUBLIC_ID.fits(term) else int(term)

    @admin.display(description="notifications")
    def their_notifications(self, obj: InsuredPerson) -> str:
        address = reverse("admin:outreach_notification_changelist")
        return format_html('<a href="{}?q={}">Voir les notifications de cette personne</a>', address, obj.public_id)


@admin.register(DirectoryBatch)
class DirectoryBatchAdmin(ReadOnlyAdmin):
    list_display = ("file", "kind_fr", "good", "new", "changed", "rejects", "finished")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("file", "kind_fr", "fingerprint", "good", "new", "changed", "rejects", "started", "finished")
    readonly_fields = fields

    @admin.display(description="fichier")
    def file(self, obj: DirectoryBatch) -> str:
        return obj.file_name

    @admin.display(description="annuaire")
    def kind_fr(self, obj: DirectoryBatch) -> str:
        return str(obj.get_kind_display())

    @admin.display(description="empreinte SHA-256")
    def fingerprint(self, obj: DirectoryBatch) -> str:
        return bytes(obj.sha256).hex()

    @admin.display(description="lignes chargées")
    def good(self, obj: DirectoryBatch) -> str:
        return french_number(obj.rows_good)

    @admin.display(description="nouvelles")
    def new(self, obj: DirectoryBatch) -> str:
        return french_number(obj.rows_new)

    @admin.display(description="modifiées")
    def changed(self, obj: DirectoryBatch) -> str:
        return french_number(obj.rows_changed)

    @admin.display(description="rejets par code")
    def rejects(self, obj: DirectoryBatch) -> str:
        return counts_fr(obj.reject_counts)

    @admin.display(description="début")
    def started(self, obj: DirectoryBatch) -> Any:  # noqa: ANN401 (Django formats it)
        return obj.started_at

    @admin.display(description="fin")
    def finished(self, obj: DirectoryBatch) -> Any:  # noqa: ANN401 (Django formats it)
        return obj.finished_at


def counts_fr(counts: dict[str, int], *, none: str = "aucun") -> str:
    """« E101_NIR_KEY : 3, E401_DATE_ORDER : 1 », the most frequent first; the word ``none`` without any."""
    by_number = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{code} : {french_number(number)}" for code, number in by_number) or none

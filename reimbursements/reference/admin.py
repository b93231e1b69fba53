"""Reference data: looked at by everybody, added to and corrected by supervisors, never deleted."""

from django.contrib import admin

from ameli_notify.core.admin import ConsoleModelAdmin, SearchShape, euros_shown, exact
from reimbursements.reference.models import (
    ActReference,
    CarePath,
    ConditionReference,
    CopayRule,
    ExemptionReason,
    HealthFund,
    InsuranceNature,
    NatureReference,
    PayeeReference,
    Specialty,
)

PERIOD = ("valid_from", "valid_to")


def _act(system: str, pattern: str, label_fr: str) -> SearchShape:
    """The shape of a code tells its list, and list and code lead the table's unique index."""
    code = exact("code")
    return SearchShape(label_fr, pattern, lambda term: exact("system")(system) & code(term))


@admin.register(ActReference)
class ActReferenceAdmin(ConsoleModelAdmin):
    list_display = ("code", "system", "label", "tariff_fr", "rate_pct", *PERIOD)
    list_filter = ("system",)
    ordering = ("system", "code", "valid_from")
    sortable_by = ()
    search_shapes = (
        _act("CCAM", r"[A-Z]{4}[0-9]{3}", "code CCAM (7 caractères)"),
        _act("CIP13", r"[0-9]{13}", "code CIP13"),
        _act("LPP", r"[0-9]{7}", "code LPP"),
        _act("NABM", r"[0-9]{4}", "code NABM"),
        _act("NGAP", r"[A-Z]{1,6}", "lettre-clé NGAP"),
    )
    tariff_fr = euros_shown("tariff", "tarif")


@admin.register(HealthFund)
class HealthFundAdmin(ConsoleModelAdmin):
    list_display = ("code", "name", "department", "territory", *PERIOD)
    ordering = ("code",)
    sortable_by = ()
    search_shapes = (SearchShape("code de la caisse (01C751000)", r"[0-9]{2}C[0-9]{6}", exact("code")),)


@admin.register(NatureReference)
class NatureReferenceAdmin(ConsoleModelAdmin):
    list_display = ("code", "key_letter", "label", "family", "plain_label", "is_confidential", *PERIOD)
    list_filter = ("is_confidential", "is_flat_contribution", "is_deductible")
    ordering = ("code", "valid_from")
    sortable_by = ()
    search_shapes = (SearchShape("code de la nature (1110)", r"[0-9]{1,5}", exact("code", convert=int)),)


@admin.register(Specialty)
class SpecialtyAdmin(ConsoleModelAdmin):
    list_display = ("code", "label", "profession", *PERIOD)
    ordering = ("code", "valid_from")
    sortable_by = ()
    search_shapes = (SearchShape("code de la spécialité (01)", r"[0-9A-Z]{2}", exact("code")),)


@admin.register(CopayRule)
class CopayRuleAdmin(ConsoleModelAdmin):
    list_display = ("kind", "each_fr", "daily_fr", "yearly_fr", *PERIOD, "source")
    list_filter = ("kind",)
    ordering = ("kind", "-valid_from")
    sortable_by = ()
    each_fr = euros_shown("amount", "montant")
    daily_fr = euros_shown("daily_cap", "plafond par jour")
    yearly_fr = euros_shown("yearly_cap", "plafond par an")


@admin.register(CarePath, ConditionReference, ExemptionReason, InsuranceNature)
class CodedReferenceAdmin(ConsoleModelAdmin):
    list_display: tuple[str, ...] = ("code", "label", "plain_label", *PERIOD)
    ordering = ("code", "valid_from")
    sortable_by = ()
    search_shapes = (SearchShape("code", r"[0-9]{1,5}", exact("code", convert=int)),)


@admin.register(PayeeReference)
class PayeeReferenceAdmin(CodedReferenceAdmin):
    list_display = ("code", "label", "plain_label", "is_third_party", *PERIOD)

"""The register of what left the house: signals to mutuals and lifted identities, for whoever controls it.

Who acted and who agreed, when, about which case, to whom, on what ground, until when. Nobody insured is named here;
opening a list or a row is in the access log all the same.
"""

from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.access.admin import LoggedReadAdmin
from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import ConsoleModelAdmin, SearchShape
from fraud.cases.decision_models import CaseParameter
from fraud.cases.disclosure_models import IdentityLift, LiftBasis, SharedSignal
from fraud.cases.enums import LiftGround, ParameterCode

TO_WHOM = {
    LiftGround.REQUISITION: "l’autorité judiciaire",
    LiftGround.PROSECUTOR: "le procureur de la République",
    LiftGround.CONSENT: "qui la personne a accepté",
}


def _by_case(term: str) -> Q:
    year, _, rank = term.partition("-")
    return Q(case__year=int(year), case__rank=int(rank))


class _StateFilter(admin.SimpleListFilter):
    """Rows of which something is still true or still to be done."""

    title = "état"
    parameter_name = "etat"
    rules: dict[str, tuple[str, str]] = {}
    """Value: its words, and the method of the rows that narrows to it."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ANN401 (Django's)
        return [(value, label) for value, (label, _) in self.rules.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value not in self.rules:
            return queryset
        narrowed: QuerySet[Any] = getattr(self, self.rules[value][1])(queryset)
        return narrowed

    def standing(self, rows: Any) -> Any:  # noqa: ANN401 (either queryset)
        return rows.standing(now=timezone.now())

    def untold(self, rows: Any) -> Any:  # noqa: ANN401 (lifts only)
        return rows.untold()


class SignalStateFilter(_StateFilter):
    rules = {"ouverts": ("Lisibles par la mutuelle", "standing")}


class LiftStateFilter(_StateFilter):
    rules = {"ouvertes": ("Encore lisibles", "standing"), "a-informer": ("Personne pas encore informée", "untold")}


class RegisterAdmin(LoggedReadAdmin):
    """A list of the register; whoever opens it is in the access log."""

    search_required = False
    sortable_by = ()
    ordering = ("-pk",)
    search_shapes = (SearchShape("numéro de dossier (2026-000123)", r"[0-9]{4}-[0-9]{6}", _by_case),)

    def person_of(self, obj: Model) -> int | None:
        """Nobody: a row names a case and a receipt, and whoever is not to know yet must not learn it from the log."""
        return None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if self.has_view_permission(request):
            by, kind = signed_in(request), self.opts.label_lower
            log_access(by=by, action=AccessAction.VIEW, object_kind=kind, reason="registre")
        return super().changelist_view(request, extra_context)

    @admin.display(description="dossier")
    def case_number(self, obj: Any) -> str:  # noqa: ANN401 (one of two models)
        return str(obj.case.number)

    @admin.display(description="accordé par")
    def agreed_by(self, obj: Any) -> str:  # noqa: ANN401 (one of two models)
        return str(obj.approval.approved_by.username)


@admin.register(SharedSignal)
class SharedSignalAdmin(RegisterAdmin):
    list_display = ("shared_at", "case_number", "to_whom", "who", "agreed_by", "outcome", "expires_at", "revoked_at")
    list_display_links = ("shared_at",)
    list_filter = (SignalStateFilter,)
    list_select_related = ("case", "partner", "shared_by", "approval__approved_by")
    change_select_related = (*list_select_related, "revoked_by")
    fields = (
        ("case_number", "to_whom", "outcome"),
        ("shared_at", "who", "agreed_by"),
        ("expires_at", "revoked_at", "taken_back_by"),
        ("performer_rpps", "performer_finess"),
        ("nature_codes", "care_from", "care_to"),
        "ground",
    )
    readonly_fields = ("case_number", "to_whom", "who", "agreed_by", "taken_back_by", "ground")

    @admin.display(description="ouvert par")
    def who(self, obj: SharedSignal) -> str:
        return str(obj.shared_by.username)

    @admin.display(description="mutuelle")
    def to_whom(self, obj: SharedSignal) -> str:
        return f"n° AMC {obj.partner.code}"

    @admin.display(description="retiré par")
    def taken_back_by(self, obj: SharedSignal) -> str:
        return obj.revoked_by.username if obj.revoked_by else self.get_empty_value_display()

    @admin.display(description="fondement")
    def ground(self, obj: SharedSignal) -> str:
        """The text by which sharing was open on that day."""
        day = timezone.localdate(obj.shared_at)
        figures = CaseParameter.objects.on(day).filter(code=ParameterCode.SHARE_DAYS).order_by("-valid_from")
        source: str | None = figures.values_list("source", flat=True).first()
        return source or self.get_empty_value_display()


@admin.register(IdentityLift)
class IdentityLiftAdmin(RegisterAdmin):
    list_display = ("lifted_at", "case_number", "to_whom", "told", "ends_at", "who", "agreed_by", "receipt")
    list_display_links = ("lifted_at",)
    list_filter = (LiftStateFilter, "ground")
    list_select_related = ("case", "report", "lifted_by", "approval__approved_by")
    change_select_related = (*list_select_related, "legal_basis")
    fields = (
        ("case_number", "receipt", "to_whom"),
        ("ground", "articles", "reference"),
        ("lifted_at", "who", "agreed_by", "ends_at"),
        ("told", "deferral", "tell_on"),
    )
    readonly_fields = ("case_number", "receipt", "to_whom", "articles", "who", "agreed_by", "told")

    @admin.display(description="levée par")
    def who(self, obj: IdentityLift) -> str:
        return str(obj.lifted_by.username)

    @admin.display(description="signalement")
    def receipt(self, obj: IdentityLift) -> str:
        return str(obj.report.receipt_no)

    @admin.display(description="communiquée à")
    def to_whom(self, obj: IdentityLift) -> str:
        return TO_WHOM[LiftGround(obj.ground)]

    @admin.display(description="articles")
    def articles(self, obj: IdentityLift) -> str:
        return obj.legal_basis.articles if obj.legal_basis else self.get_empty_value_display()

    @admin.display(description="personne informée")
    def told(self, obj: IdentityLift) -> str:
        if obj.told_at is not None:
            return f"le {timezone.localtime(obj.told_at):%d/%m/%Y}"
        return f"pas encore, au plus tard le {obj.tell_on:%d/%m/%Y}"


@admin.register(LiftBasis)
class LiftBasisAdmin(ConsoleModelAdmin):
    list_display = ("ground", "articles", "valid_from", "valid_to", "source")
    list_filter = ("ground",)
    ordering = ("ground", "valid_from")
    sortable_by = ()

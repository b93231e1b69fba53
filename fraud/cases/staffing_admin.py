"""Who may take what, the dated figures, the legal bases, and who opened the people of which case."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest

from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import ConsoleModelAdmin, ReadOnlyAdmin
from fraud.cases.decision_models import CaseParameter, LegalBasis
from fraud.cases.notices import mark_read, who_may
from fraud.cases.staffing_models import AssignmentRule, CaseOpening, Workload
from fraud.staffing.models import Absence


class _ByNameField(ModelChoiceField):  # type: ignore[type-arg] # not subscriptable at run time
    """Members of the staff by their professional identifier."""

    def label_from_instance(self, obj: Any) -> str:  # noqa: ANN401 (Django's)
        return str(obj.username)


class _OfInvestigatorAdmin(ConsoleModelAdmin):
    """A page about a member of the staff, chosen among those whose role holds one of the permissions."""

    chosen_among: ClassVar[tuple[str, ...]] = ("work_fraudcase",)
    who_label: ClassVar[str] = "Enquêteur"

    sortable_by = ()
    list_select_related = ("investigator",)

    @admin.display(description="agent")
    def who(self, obj: Any) -> str:  # noqa: ANN401 (one of three models)
        return str(obj.investigator.username)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:  # noqa: ANN401
        if db_field.name == "investigator":
            found = {pk for codename in self.chosen_among for pk in who_may(codename)}
            people = User.objects.filter(pk__in=found).order_by("username")
            return _ByNameField(queryset=people, label=self.who_label)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(AssignmentRule)
class AssignmentRuleAdmin(_OfInvestigatorAdmin):
    list_display = ("position", "who", "fund_code", "least_severity", "least_amount", "is_active")
    ordering = ("position",)


@admin.register(Workload)
class WorkloadAdmin(_OfInvestigatorAdmin):
    list_display = ("who", "most_cases")
    list_display_links = ("who",)
    ordering = ("investigator__username",)


@admin.register(Absence)
class AbsenceAdmin(_OfInvestigatorAdmin):
    """Of investigators and of advisers."""

    chosen_among = ("work_fraudcase", "answer_conversation")
    who_label = "Agent"
    list_display = ("who", "starts_on", "ends_on")
    ordering = ("-starts_on", "-pk")


@admin.register(CaseParameter)
class CaseParameterAdmin(ConsoleModelAdmin):
    list_display = ("code", "value", "valid_from", "valid_to", "source")
    ordering = ("code", "valid_from")
    sortable_by = ()


@admin.register(LegalBasis)
class LegalBasisAdmin(ConsoleModelAdmin):
    list_display = ("kind", "articles", "answer_months", "facts_years", "recovery_years", "valid_from", "valid_to")
    list_filter = ("kind",)
    ordering = ("kind", "valid_from")
    sortable_by = ()


@admin.register(CaseOpening)
class CaseOpeningAdmin(ReadOnlyAdmin):
    """For whoever watches over accesses: who opened the people of which case, and who granted it."""

    list_display = ("asked_at", "case", "who", "reason", "is_exceptional", "granted_by", "ends_at")
    list_filter = ("is_exceptional", "reason")
    list_select_related = ("case", "asked_by", "approved_by")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "case",
        "who",
        "reason",
        "is_exceptional",
        "asked_at",
        "granted_by",
        "approved_at",
        "refused_at",
        "ends_at",
    )
    readonly_fields = ("who", "granted_by")
    change_select_related = ("case", "asked_by", "approved_by")

    actions = ("notices_read",)

    @admin.action(description="Marquer tous mes avis comme lus", permissions=["view"])
    def notices_read(self, request: HttpRequest, queryset: QuerySet[CaseOpening]) -> None:
        """For whoever watches without opening cases, where the others do it."""
        self.message_user(request, f"Avis lus : {mark_read(signed_in(request).pk)}.", messages.SUCCESS)

    @admin.display(description="demandé par")
    def who(self, obj: CaseOpening) -> str:
        return obj.asked_by.username

    @admin.display(description="accordé par")
    def granted_by(self, obj: CaseOpening) -> str:
        return obj.approved_by.username if obj.approved_by else self.get_empty_value_display()

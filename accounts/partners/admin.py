"""Partners in the console: connect and pause them, register their programs and public keys, withdraw both."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import Count, Q
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.enums import PartnerState
from accounts.partners.forms import WITHDRAWN, ClientChangeForm, ClientForm, KeyChangeForm, KeyForm, PartnerForm
from accounts.partners.key_sets import forget_fetched
from accounts.partners.models import PartnerInsurer
from accounts.partners.portal.models import PartnerUser
from accounts.partners.portal.overview import members_and_consents, usage_chart
from accounts.partners.states import LAST_CHANGES, change_state
from accounts.partners.usage_models import PartnerStateChange
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import UUID_PATTERN, ConsoleModelAdmin, SearchShape, exact
from ameli_notify.core.jobs import enqueue

_FETCHED: Final = ("jwks_tried_at", "jwks_fetched_at", "jwks_error")
_NETWORKS_SET: Final = ("networks_set_at", "networks_set_by")
_CHOSEN: Final = (
    "name", "scopes", "requests_per_minute", "certificate_thumbprints", "allowed_networks", "networks_set_at",
    "networks_set_by", "withdrawn_at", "withdrawn_by",
)  # fmt: skip
"""What the form asks about; the rest may have moved on."""


@admin.register(PartnerInsurer)
class PartnerInsurerAdmin(ConsoleModelAdmin):
    list_display = ("code", "name", "state", "state_at")
    list_filter = ("state",)
    ordering = ("code",)
    sortable_by = ()
    search_shapes = (SearchShape("numéro AMC", r"[0-9A-Za-z]{1,10}", exact("code")),)
    form = PartnerForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401 (as in Django)
        may_change = self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)
        asked = ("reason",) if may_change else ()
        return ("code", "name", "state", *asked, "state_at", "state_by", "requests_per_day", "rows_floor")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        return ("state_at", "state_by") if obj is None else ("code", "state_at", "state_by")

    def save_model(self, request: HttpRequest, obj: PartnerInsurer, form: ModelForm[Any], change: bool) -> None:
        """The state goes by its own service. What the form did not ask about is not written: it may have moved on."""
        wanted, by = PartnerState(obj.state), signed_in(request).username
        if change:
            obj.save(update_fields=["name", "requests_per_day", "rows_floor"])
        else:
            obj.state = PartnerState.NOT_CONNECTED
            obj.save()
        if not change or "state" in form.changed_data:
            change_state(obj.pk, state=wanted, reason=form.cleaned_data["reason"], by=by)

    def page_context(self, request: HttpRequest, obj: PartnerInsurer) -> dict[str, Any]:
        """Its use, members, programs, keys and users, and what its state was before."""
        in_use = Q(keys__withdrawn_at=None, keys__isnull=False)
        programs = PartnerClient.objects.filter(partner=obj, withdrawn_at=None).annotate(
            key_count=Count("keys", in_use)
        )
        return {
            "chart": usage_chart(obj.pk),
            "counts": members_and_consents(obj.pk),
            "programs": programs.order_by("pk"),
            "users": PartnerUser.objects.filter(partner=obj, removed_at=None).order_by("identifier"),
            "state_changes": PartnerStateChange.objects.filter(partner=obj).order_by("-pk")[:LAST_CHANGES],
        }


class _WithdrawnAdmin(ConsoleModelAdmin):
    """What is added and withdrawn by somebody who is noted; withdrawn is for good."""

    sortable_by = ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401 (as in Django)
        return (obj is None or obj.withdrawn_at is None) and super().has_change_permission(request, obj)

    def withdraw(self, request: HttpRequest, obj: PartnerClient | PartnerKey, form: ModelForm[Any]) -> None:
        if form.cleaned_data.get("use") == WITHDRAWN:
            obj.withdrawn_at, obj.withdrawn_by = timezone.now(), signed_in(request).username


@admin.register(PartnerClient)
class PartnerClientAdmin(_WithdrawnAdmin):
    list_display = ("client_id", "partner", "name", "requests_per_minute", "withdrawn_at")
    list_select_related = ("partner",)
    change_select_related = ("partner",)
    ordering = ("-pk",)
    search_shapes = (SearchShape("identifiant client (UUID)", UUID_PATTERN, exact("client_id")),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: ANN401
        return super().get_form(request, obj, change, form=ClientForm if obj is None else ClientChangeForm, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401 (as in Django)
        if obj is None:
            return ("partner", "name", "scopes", "requests_per_minute", "jwks_url", "certificates", "networks")
        may_change = self.has_change_permission(request, obj)
        asked = ("certificates", "networks") if may_change else ("certificate_thumbprints", "allowed_networks")
        state = ("use",) if may_change else ("withdrawn_at", "withdrawn_by")
        return (
            "client_id", "partner", "name", "scopes", "requests_per_minute", "created_at", "created_by", "jwks_url",
            *_FETCHED, *asked, *_NETWORKS_SET, *state,
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        return () if obj is None else ("client_id", "partner", "created_at", "created_by", *_FETCHED, *_NETWORKS_SET)

    def save_model(self, request: HttpRequest, obj: PartnerClient, form: ModelForm[Any], change: bool) -> None:
        """Another address begins anew: what came from the one before is withdrawn, the new one asked at once."""
        if not change:
            obj.created_by = signed_in(request).username
        self.withdraw(request, obj, form)
        if isinstance(form, ClientForm) and form.are_networks_new:
            obj.networks_set_at, obj.networks_set_by = timezone.now(), signed_in(request).username
        if "jwks_url" not in form.changed_data:
            obj.save(update_fields=_CHOSEN if change else None)
            return
        obj.jwks_tried_at, obj.jwks_fetched_at, obj.jwks_error = None, None, ""
        obj.save(update_fields=[*_CHOSEN, "jwks_url", *_FETCHED] if change else None)
        forget_fetched(obj)
        if obj.jwks_url:
            enqueue("accounts.partners.tasks.refresh_keys")


@admin.register(PartnerKey)
class PartnerKeyAdmin(_WithdrawnAdmin):
    list_display = ("kid", "client", "is_from_url", "added_at", "withdrawn_at")
    list_select_related = ("client",)
    change_select_related = ("client",)
    ordering = ("-pk",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: ANN401
        return super().get_form(request, obj, change, form=KeyForm if obj is None else KeyChangeForm, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401 (as in Django)
        if obj is None:
            return ("client", "text")
        asked = ("use",) if self.has_change_permission(request, obj) else ("withdrawn_at", "withdrawn_by")
        return ("client", "kid", "jwk", "is_from_url", "added_at", "added_by", *asked)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        return () if obj is None else ("client", "kid", "jwk", "is_from_url", "added_at", "added_by")

    def save_model(self, request: HttpRequest, obj: PartnerKey, form: ModelForm[Any], change: bool) -> None:
        if not change:
            obj.added_by = signed_in(request).username
        self.withdraw(request, obj, form)
        super().save_model(request, obj, form, change)

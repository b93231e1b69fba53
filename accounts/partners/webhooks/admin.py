"""Webhooks in the console: what partners asked to be told, whether it reaches them, and sending it again."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.partners.webhooks.endpoints import (
    NotSentToError,
    StillWaitingError,
    disable_endpoint,
    enable_endpoint,
    replay,
)
from accounts.partners.webhooks.enums import DisabledReason, EndpointState
from accounts.partners.webhooks.models import WebhookDelivery, WebhookEndpoint
from accounts.partners.webhooks.signing import ID_PREFIX
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import UUID_PATTERN, ConsoleModelAdmin, ReadOnlyAdmin, SearchShape, exact
from ameli_notify.core.import_report import french_number

MOST_AT_ONCE: Final = 200
"""Replays of one click: what a page shows, and more."""


class EndpointForm(forms.ModelForm[WebhookEndpoint]):
    """Stop it, or put it back."""

    state = forms.ChoiceField(
        label="État",
        choices=[(EndpointState.ACTIVE, "en service"), (EndpointState.DISABLED, "arrêté")],
        widget=forms.RadioSelect,
        help_text="Arrêté par nous, l’organisme ne peut pas le remettre en service lui-même.",
    )

    class Meta:
        model = WebhookEndpoint
        fields: tuple[str, ...] = ()


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ConsoleModelAdmin):
    """No secret is shown here."""

    form = EndpointForm
    list_display = ("public_id", "partner", "state", "disabled_reason", "last_delivered_at", "failing_since")
    list_select_related = ("partner",)
    change_select_related = ("partner",)
    list_filter = ("state",)
    ordering = ("-pk",)
    sortable_by = ()
    search_shapes = (SearchShape("identifiant (UUID)", UUID_PATTERN, exact("public_id")),)
    _told = (
        "public_id", "partner", "url", "description", "asked_for", "created_at", "created_by", "state_at",
        "disabled_reason", "last_delivered_at", "failures_in_a_row", "failing_since", "rests_until",
        "previous_secret_until",
    )  # fmt: skip

    @admin.display(description="avis demandés")
    def asked_for(self, obj: WebhookEndpoint) -> str:
        return ", ".join(obj.event_types)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401 (as in Django)
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401 (as in Django)
        is_there = obj is None or obj.state != EndpointState.REMOVED
        return is_there and super().has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401 (as in Django)
        return (*self._told, "state")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        return self._told

    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: ModelForm[Any], change: bool) -> None:
        """By the services: what waits is settled with it."""
        wanted = form.cleaned_data["state"]
        obj.refresh_from_db()
        if wanted == EndpointState.DISABLED and obj.state == EndpointState.ACTIVE:
            disable_endpoint(obj, DisabledReason.BY_STAFF)
        elif wanted == EndpointState.ACTIVE and obj.state == EndpointState.DISABLED:
            enable_endpoint(obj)


def _by_message(term: str) -> Q:
    return Q(message_id=UUID(term.removeprefix(ID_PREFIX)))


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = (
        "message_id",
        "endpoint",
        "event_type",
        "state",
        "attempts",
        "last_status",
        "last_error",
        "created_at",
    )
    list_select_related = ("endpoint",)
    change_select_related = ("endpoint",)
    list_filter = ("state",)
    ordering = ("-pk",)
    sortable_by = ()
    search_shapes = (SearchShape("identifiant du message", rf"(?:{ID_PREFIX})?{UUID_PATTERN}", _by_message),)
    fields = (
        "message_id", "endpoint", "event_type", "body", "created_at", "state", "attempts", "tried_at",
        "next_attempt_at", "settled_at", "last_status", "last_error", "replays",
    )  # fmt: skip
    actions = ("send_again",)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return signed_in(request).has_perm("accounts.change_webhookdelivery")

    @admin.action(description="Renvoyer les avis choisis", permissions=["replay"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        done, left = 0, 0
        for delivery in queryset.select_related("endpoint").order_by("pk")[:MOST_AT_ONCE]:
            try:
                replay(delivery)
            except (NotSentToError, StillWaitingError):
                left += 1
            else:
                done += 1
        if done:
            self.message_user(request, f"Avis renvoyés : {french_number(done)}.", messages.SUCCESS)
        if left:
            told = (
                f"Avis laissés de côté : {french_number(left)}. Ils attendent encore, un plus récent les a remplacés, "
                "ou leur adresse est arrêtée."
            )
            self.message_user(request, told, messages.WARNING)

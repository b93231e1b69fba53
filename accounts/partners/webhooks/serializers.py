"""The shapes of what is asked and answered about webhooks."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.partners.webhooks.enums import (
    CHOSEN_STATES,
    DeliveryError,
    DeliveryState,
    DisabledReason,
    EventType,
)
from accounts.partners.webhooks.models import LONGEST_URL, WebhookDelivery, WebhookEndpoint
from accounts.partners.webhooks.signing import message_name
from ameli_notify.core.api.bodies import StrictTextField
from ameli_notify.core.api.parameters import PageParameters
from ameli_notify.core.outgoing.errors import OutgoingError
from ameli_notify.core.outgoing.urls import read_url

URL_PATTERN: Final = (
    r"^https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
    r"(?::(?:443|[1-9][0-9]{3,4}))?(?:/[!$-\[\]-~]*)?$"
)
"""As the document tells it; ``core.outgoing.urls`` is what decides."""


@extend_schema_field({"type": "string", "format": "uri", "maxLength": LONGEST_URL, "pattern": URL_PATTERN})
class _UrlField(StrictTextField):
    """An https address that may be asked."""

    def to_internal_value(self, data: Any) -> str:  # noqa: ANN401 (as in DRF)
        url = super().to_internal_value(data)
        try:
            read_url(url)
        except OutgoingError:
            raise serializers.ValidationError("unfit", code="unfit_url") from None
        return url


def _url(*, required: bool = True) -> _UrlField:
    return _UrlField(
        max_length=LONGEST_URL,
        trim_whitespace=False,
        required=required,
        help_text="https, a name on the public Internet, port 443 or one from 1024 on; no redirect is followed.",
    )


def _types(*, required: bool = True) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.ChoiceField(choices=EventType.offered()),
        min_length=1,
        max_length=20,
        required=required,
        help_text="What to be told of.",
    )


class WebhookRequestSerializer(serializers.Serializer[Any]):
    url = _url()
    event_types = _types()
    description = StrictTextField(required=False, max_length=80, allow_blank=True, help_text="For yourself.")


class WebhookChangeSerializer(serializers.Serializer[Any]):
    url = _url(required=False)
    event_types = _types(required=False)
    description = StrictTextField(required=False, max_length=80, allow_blank=True)
    state = serializers.ChoiceField(choices=CHOSEN_STATES, required=False)


class NoBodySerializer(serializers.Serializer[Any]):
    """An empty object."""


class WebhookSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    url = serializers.CharField()
    event_types = serializers.ListField(child=serializers.ChoiceField(choices=EventType.offered()))
    description = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=CHOSEN_STATES)
    disabled_reason = serializers.ChoiceField(
        choices=DisabledReason.values, allow_null=True, help_text="Why it is disabled."
    )
    created_at = serializers.DateTimeField(help_text="UTC.")
    last_delivered_at = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(
        allow_null=True, help_text="First failure since the last success; after five days the webhook is disabled."
    )
    previous_secret_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when the secret before signs too."
    )


class WebhookWithSecretSerializer(WebhookSerializer):
    secret = serializers.CharField(help_text="`whsec_` and base64: shown this once.")


class DeliverySerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The header `webhook-id`: the same in every attempt.")
    event_type = serializers.ChoiceField(choices=EventType.values)
    state = serializers.ChoiceField(choices=DeliveryState.values)
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    tried_at = serializers.DateTimeField(allow_null=True)
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)
    last_status = serializers.IntegerField(allow_null=True, help_text="HTTP status of your last answer.")
    last_error = serializers.ChoiceField(choices=DeliveryError.values, allow_null=True)


class WebhookPageSerializer(serializers.Serializer[Any]):
    next_cursor = serializers.CharField(allow_null=True, help_text="Null at the end.")
    data = WebhookSerializer(many=True)  # type: ignore[assignment] # a field, which DRF takes out of the class


class DeliveryPageSerializer(serializers.Serializer[Any]):
    next_cursor = serializers.CharField(allow_null=True, help_text="Null at the end.")
    data = DeliverySerializer(many=True)  # type: ignore[assignment] # a field, which DRF takes out of the class


class DeliveriesParameters(PageParameters):
    state = serializers.ChoiceField(choices=DeliveryState.values, required=False)


def webhook_record(endpoint: WebhookEndpoint) -> Mapping[str, object]:
    return {
        "id": str(endpoint.public_id),
        "url": endpoint.url,
        "event_types": endpoint.event_types,
        "description": endpoint.description,
        "state": endpoint.state,
        "disabled_reason": endpoint.disabled_reason or None,
        "created_at": _utc(endpoint.created_at),
        "last_delivered_at": _utc(endpoint.last_delivered_at),
        "failing_since": _utc(endpoint.failing_since),
        "previous_secret_until": _utc(endpoint.previous_secret_until),
    }


def delivery_record(delivery: WebhookDelivery) -> Mapping[str, object]:
    return {
        "id": message_name(delivery.message_id),
        "event_type": delivery.event_type,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "created_at": _utc(delivery.created_at),
        "tried_at": _utc(delivery.tried_at),
        "next_attempt_at": _utc(delivery.next_attempt_at),
        "settled_at": _utc(delivery.settled_at),
        "last_status": delivery.last_status,
        "last_error": delivery.last_error or None,
    }


def _utc(at: dt.datetime | None) -> str | None:
    """``2026-10-19T08:00:00.000000Z``, as in the other resources."""
    return None if at is None else f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"

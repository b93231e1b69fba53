"""Parameters and shapes of alerts and signals, as the OpenAPI document tells them."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from ameli_notify.core.api.parameters import DEFAULT_LIMIT, MOST, WholeNumberField
from ameli_notify.core.stable_tokens import LONGEST
from fraud.cases.enums import SHAREABLE
from fraud.partner_api.enums import SEVERITIES, WITH_AMOUNT, AlertKind, AlertSource, AlertStatus, Verdict

_AMOUNT: Final = r"(?:0|[1-9][0-9]{0,8})\.[0-9]{2}"
_MEMBER: Final = "5f0c1a52-8f5e-4b0e-9a53-3c1f5a1e7b10"
FEEDBACK_EXAMPLE: Final = {
    "id": "0b6f3b0e-52a7-4f9c-8a2c-6f8f5c1d2e3f", "verdict": "confirmed", "amount_recovered": "9.00",
    "given_at": "2026-11-03T09:30:00.000000Z",
}  # fmt: skip
ALERT_EXAMPLE: Final = {
    "id": "9d2f6a0c-1f3b-4a77-b6a4-0f6f0f5f9c21", "member_id": _MEMBER, "status": "open", "kind": "payment",
    "source": "report", "severity": "high", "care": [{"month": "2026-10", "act_family": "consultation"}],
    "amount_paid": "21.00", "opened_at": "2026-11-02T08:00:00.000000Z", "changed_at": "2026-11-02T08:02:00.000000Z",
    "last_feedback": None,
}  # fmt: skip
SIGNAL_EXAMPLE: Final = {
    "id": "c7a1f9d4-03e5-4a6e-8d6b-5b7c2a9e4f01", "rpps": "10000000012", "finess": None,
    "act_families": ["consultation"], "care_from": "2026-03-16", "care_to": "2026-05-04", "outcome": "fraud",
    "shared_at": "2026-11-02T08:00:00.000000Z", "expires_at": "2027-01-31T08:00:00.000000Z",
}  # fmt: skip


@extend_schema_field({"type": "string", "pattern": f"^{_AMOUNT}$"})
class AmountField(serializers.Field[Decimal, str, str, Any]):
    """Euros, as a text with two decimals: a JSON number loses cents."""

    default_error_messages = {"invalid": "Euros as a text with two decimals."}

    def to_internal_value(self, data: Any) -> Decimal:  # noqa: ANN401 (as in DRF)
        if not isinstance(data, str) or re.fullmatch(_AMOUNT, data, re.ASCII) is None:
            self.fail("invalid")
        return Decimal(data)

    def to_representation(self, value: Decimal) -> str:
        return f"{value:.2f}"


class AlertsParameters(serializers.Serializer[Any]):
    limit = WholeNumberField(min_value=1, max_value=MOST, default=DEFAULT_LIMIT, help_text="How many rows at most.")
    after = serializers.CharField(
        required=False, max_length=LONGEST, help_text="`next_after` of the page before; left out, from the beginning."
    )


class FeedbackRequestSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=Verdict.values)
    amount_recovered = AmountField(
        required=False, help_text="What you recovered yourself, in euros; not with `unfounded`."
    )

    def validate(self, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
        if "amount_recovered" in attrs and attrs["verdict"] not in WITH_AMOUNT:
            raise serializers.ValidationError({"amount_recovered": "not with this verdict"}, code="not_with_verdict")
        return attrs


@extend_schema_serializer(examples=[OpenApiExample("feedback", value=FEEDBACK_EXAMPLE, response_only=True)])
class FeedbackSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    verdict = serializers.ChoiceField(choices=Verdict.values)
    amount_recovered = serializers.DecimalField(11, 2, allow_null=True, help_text="Euros.")
    given_at = serializers.DateTimeField(help_text="UTC.")


class AlertCareSerializer(serializers.Serializer[Any]):
    month = serializers.RegexField(r"^[0-9]{4}-[0-9]{2}$", help_text="Of the care.")
    act_family = serializers.CharField(help_text="Family of care; never the act or the medicine.")


@extend_schema_serializer(examples=[OpenApiExample("alert", value=ALERT_EXAMPLE, response_only=True)])
class AlertSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="Stable, and yours alone.")
    member_id = serializers.UUIDField()
    status = serializers.ChoiceField(
        choices=AlertStatus.values,
        help_text="`removed`: take your copy away. Consent, membership or report have ended; nothing more is told.",
    )
    kind = serializers.ChoiceField(choices=AlertKind.values, allow_null=True, help_text="What is in doubt.")
    source = serializers.ChoiceField(  # type: ignore[assignment] # a field, which DRF takes out of the class
        choices=AlertSource.values, allow_null=True, help_text="`detection` comes later, in this same shape."
    )
    severity = serializers.ChoiceField(choices=list(SEVERITIES.values()), allow_null=True)
    care = AlertCareSerializer(many=True, help_text="Empty once removed.")
    amount_paid = serializers.DecimalField(
        11, 2, allow_null=True, help_text="Euros paid for this care; only with the member's consent to payments."
    )
    opened_at = serializers.DateTimeField(allow_null=True, help_text="UTC.")
    changed_at = serializers.DateTimeField(help_text="UTC.")
    last_feedback = FeedbackSerializer(allow_null=True, help_text="Your own, the latest.")


class AlertPageSerializer(serializers.Serializer[Any]):
    data = AlertSerializer(many=True)  # type: ignore[assignment] # a field, which DRF takes out of the class
    next_after = serializers.CharField(help_text="Keep it: the next page, now or tomorrow.")
    has_more = serializers.BooleanField()


@extend_schema_serializer(examples=[OpenApiExample("signal", value=SIGNAL_EXAMPLE, response_only=True)])
class SignalSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    rpps = serializers.CharField(allow_null=True, help_text="Of the professional who billed.")
    finess = serializers.CharField(allow_null=True, help_text="Of the establishment that billed.")
    act_families = serializers.ListField(child=serializers.CharField())
    care_from = serializers.DateField()
    care_to = serializers.DateField()
    outcome = serializers.ChoiceField(choices=[str(outcome) for outcome in SHAREABLE])
    shared_at = serializers.DateTimeField(help_text="UTC.")
    expires_at = serializers.DateTimeField(help_text="UTC. Take your copy away then.")


class SignalPageSerializer(serializers.Serializer[Any]):
    data = SignalSerializer(many=True)  # type: ignore[assignment] # a field, which DRF takes out of the class
    next_cursor = serializers.CharField(allow_null=True, help_text="Null at the end.")

"""Parameters and shapes of proposals, as the OpenAPI document tells them."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from ameli_notify.core.api.bodies import StrictTextField, StrictWholeField
from ameli_notify.core.api.parameters import DayField
from outreach.campaigns.proposals.enums import CALL_STATES, ProposalPurpose, ProposalStatus, RefusalReason

LONGEST_DAYS: Final = 366
_ADULT: Final = 18
_OLDEST: Final = 120
# A number of somebody, or an address: a proposal is about nobody in particular.
_PERSONAL: Final = re.compile(r"(?:\d[ .\-/]?){7,}|@")
REQUEST_EXAMPLE: Final = {
    "name": "Bilan de prévention des 45-50 ans", "topic": "check_up", "starts_on": "2027-03-01",
    "ends_on": "2027-04-30", "min_age": 45, "max_age": 50,
    "rationale": "Few of our members of this age have had the check-up that they are entitled to.",
}  # fmt: skip
PROPOSAL_EXAMPLE: Final = {
    "id": "3c7a2f64-6b0e-4a83-8c52-1f9b7a0d5e11", **REQUEST_EXAMPLE, "status": "accepted", "refusal": None,
    "campaign_status": "preparing", "proposed_at": "2026-11-02T08:00:00.000000Z",
    "decided_at": "2026-11-04T10:15:00.000000Z",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("proposal", value=REQUEST_EXAMPLE, request_only=True)])
class ProposalRequestSerializer(serializers.Serializer[Any]):
    name = StrictTextField(max_length=80, help_text="In French; the staff reads it.")
    topic = serializers.ChoiceField(choices=ProposalPurpose.values, source="purpose")
    rationale = StrictTextField(
        max_length=500, help_text="Why; about nobody in particular, without numbers of anybody."
    )
    starts_on = DayField(help_text="To come.")
    ends_on = DayField(help_text=f"At most {LONGEST_DAYS} days after.")
    min_age = StrictWholeField(min_value=_ADULT, max_value=_OLDEST, required=False)
    max_age = StrictWholeField(min_value=_ADULT, max_value=_OLDEST, required=False)

    def validate_name(self, name: str) -> str:
        return _about_nobody(name)

    def validate_rationale(self, rationale: str) -> str:
        return _about_nobody(rationale)

    def validate(self, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
        first, last = attrs["starts_on"], attrs["ends_on"]
        if first <= timezone.localdate():
            raise serializers.ValidationError({"starts_on": "not to come"}, code="past")
        if last < first:
            raise serializers.ValidationError({"ends_on": "before starts_on"}, code="out_of_order")
        if (last - first).days > LONGEST_DAYS:
            raise serializers.ValidationError({"ends_on": "too long"}, code="too_long")
        if attrs.get("min_age", _ADULT) > attrs.get("max_age", _OLDEST):
            raise serializers.ValidationError({"max_age": "below min_age"}, code="out_of_order")
        return attrs


@extend_schema_serializer(examples=[OpenApiExample("proposal", value=PROPOSAL_EXAMPLE, response_only=True)])
class ProposalSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    topic = serializers.ChoiceField(choices=ProposalPurpose.values)
    rationale = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    min_age = serializers.IntegerField(allow_null=True)
    max_age = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(choices=ProposalStatus.values)
    refusal = serializers.ChoiceField(choices=RefusalReason.values, allow_null=True)
    campaign_status = serializers.ChoiceField(
        choices=sorted(set(CALL_STATES.values())), allow_null=True, help_text="Of the calls, once accepted."
    )
    proposed_at = serializers.DateTimeField(help_text="UTC.")
    decided_at = serializers.DateTimeField(allow_null=True, help_text="UTC.")


class ProposalPageSerializer(serializers.Serializer[Any]):
    data = ProposalSerializer(many=True)  # type: ignore[assignment] # a field, which DRF takes out of the class
    next_cursor = serializers.CharField(allow_null=True, help_text="Null at the end.")


def _about_nobody(text: str) -> str:
    if _PERSONAL.search(text):
        raise serializers.ValidationError("personal", code="personal_data")
    return text

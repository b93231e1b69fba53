"""The shapes of orders and of what is told about exports, for reading bodies and for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from ameli_notify.core.api.parameters import DayField
from ameli_notify.core.stable_tokens import LONGEST
from reimbursements.partner_api.exports.models import ExportState


class ExportOrderSerializer(serializers.Serializer[Any]):
    """A period, or a place in the feed, or neither for everything."""

    payment_date_from = DayField(required=False, help_text="First day of payment; with payment_date_to.")
    payment_date_to = DayField(required=False, help_text="Last day of payment, included.")
    after = serializers.CharField(
        required=False, max_length=LONGEST, help_text="`next_after` of the feed, or of an export: what came after it."
    )

    def validate(self, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
        first, last = attrs.get("payment_date_from"), attrs.get("payment_date_to")
        if (first is None) != (last is None):
            missing = "payment_date_to" if last is None else "payment_date_from"
            raise serializers.ValidationError({missing: "missing"}, code="required")
        if first is not None and last is not None and first > last:
            raise serializers.ValidationError({"payment_date_to": "before payment_date_from"}, code="out_of_order")
        if first is not None and "after" in attrs:
            raise serializers.ValidationError({"after": "with a period"}, code="not_together")
        return attrs


class ExportFileSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    url = serializers.CharField(help_text="Relative to the API's address.")
    rows = serializers.IntegerField()
    size = serializers.IntegerField(help_text="Bytes, compressed.")
    sha256 = serializers.CharField(help_text="Of these bytes, in hexadecimal.")


class ExportSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=ExportState.values)
    progress_percent = serializers.IntegerField(min_value=0, max_value=100)
    payment_date_from = serializers.DateField(allow_null=True)
    payment_date_to = serializers.DateField(allow_null=True)
    ordered_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Files can be fetched until then.")
    next_after = serializers.CharField(
        help_text="Go on from here with `GET /changes?after=`: nothing is missing, nothing comes twice."
    )
    files = ExportFileSerializer(many=True, help_text="A file that may no longer be fetched is not listed.")


class ExportPageSerializer(serializers.Serializer[Any]):
    data = ExportSerializer(many=True)  # type: ignore[assignment] # a field, which DRF takes out of the class
    next_cursor = serializers.CharField(allow_null=True, help_text="Null at the end.")

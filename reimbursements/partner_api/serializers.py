"""The shapes of what is asked and answered, for the OpenAPI document and for reading parameters.

Answers are written by ``line_texts`` and ``reading``; these describe them, and a test compares both.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from accounts.partners.enums import ConsentPurpose
from ameli_notify.core.api.parameters import DEFAULT_LIMIT, MOST, DayField, PageParameters, WholeNumberField
from ameli_notify.core.stable_tokens import LONGEST
from reimbursements.partner_api.reading import CHANGE_TYPES
from reimbursements.partner_api.records import CARE_GIVER, KINDS, MEMBER, OPERATIONS, OTHER


class MembersParameters(PageParameters):
    member_no = serializers.CharField(required=False, max_length=20, help_text="Your own number of the member.")


class MemberLinesParameters(PageParameters):
    payment_date_from = DayField(required=False, help_text="First day of payment.")
    payment_date_to = DayField(required=False, help_text="Last day of payment, included.")

    def validate(self, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
        first, last = attrs.get("payment_date_from", dt.date.min), attrs.get("payment_date_to", dt.date.max)
        if first > last:
            raise serializers.ValidationError({"payment_date_to": "before payment_date_from"}, code="out_of_order")
        return attrs


class PeriodParameters(MemberLinesParameters):
    payment_date_from = DayField(help_text="First day of payment.")
    payment_date_to = DayField(help_text="Last day of payment, included.")


class ChangesParameters(serializers.Serializer[Any]):
    limit = WholeNumberField(min_value=1, max_value=MOST, default=DEFAULT_LIMIT, help_text="How many rows at most.")
    after = serializers.CharField(
        required=False, max_length=LONGEST, help_text="`next_after` of the page before; left out, from the beginning."
    )


class MembershipSerializer(serializers.Serializer[Any]):
    member_no = serializers.CharField(allow_blank=True)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)


class ConsentSerializer(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=ConsentPurpose.values)
    given_at = serializers.DateTimeField(help_text="UTC.")


class MemberSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="Yours alone: no other partner knows the member by it.")
    memberships = MembershipSerializer(many=True)
    consents = ConsentSerializer(many=True, help_text="Those that are open.")


class ReimbursementSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="Stable, and yours alone.")
    member_id = serializers.UUIDField()
    fund_code = serializers.CharField(help_text="The fund that paid.")
    statement_no = serializers.CharField(help_text="With the fund and the payment date: lines settled together.")
    line_no = serializers.IntegerField()
    operation = serializers.ChoiceField(choices=list(OPERATIONS.values()))
    kind = serializers.ChoiceField(choices=KINDS)
    act_family = serializers.CharField(help_text="Family of care; never the act or the medicine.")
    care_start = serializers.DateField()
    care_end = serializers.DateField(allow_null=True)
    payment_date = serializers.DateField()
    payee = serializers.ChoiceField(choices=[MEMBER, CARE_GIVER, OTHER])
    remuneration_type = serializers.IntegerField(
        help_text="0 reference part, 1 complement, others: never sum amount_charged over types other than 0 and 1."
    )
    amount_charged = serializers.DecimalField(11, 2, help_text="Euros.")
    base_amount = serializers.DecimalField(11, 2, help_text="Euros.")
    rate_pct = serializers.DecimalField(5, 2)
    amount_paid = serializers.DecimalField(11, 2, help_text="Euros; negative for what is taken back.")
    excess_amount = serializers.DecimalField(11, 2, help_text="Euros.")
    partner_amount = serializers.DecimalField(11, 2, allow_null=True, help_text="Your part, where it is known.")
    is_sent_to_partner = serializers.BooleanField(help_text="Already sent to you by the usual exchange.")


class ChangeSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=CHANGE_TYPES)
    at = serializers.DateTimeField(help_text="When it was published. UTC.")
    member_id = serializers.UUIDField()
    reimbursement = ReimbursementSerializer(required=False, help_text="Of type `reimbursement` only.")


class FundFreshnessSerializer(serializers.Serializer[Any]):
    fund_code = serializers.CharField()
    fund_name = serializers.CharField(allow_blank=True)
    last_flow_date = serializers.DateField(allow_null=True)
    last_loaded_at = serializers.DateTimeField(allow_null=True)
    last_published_at = serializers.DateTimeField(allow_null=True)


class _PageSerializer(serializers.Serializer[Any]):
    next_cursor = serializers.CharField(allow_null=True, help_text="Null at the end.")


class MemberPageSerializer(_PageSerializer):
    data = MemberSerializer(many=True)  # type: ignore[assignment] # a field, which DRF takes out of the class


class ReimbursementPageSerializer(_PageSerializer):
    data = ReimbursementSerializer(many=True)  # type: ignore[assignment] # a field, which DRF takes out of the class


class ChangePageSerializer(serializers.Serializer[Any]):
    data = ChangeSerializer(many=True)  # type: ignore[assignment] # a field, which DRF takes out of the class
    next_after = serializers.CharField(help_text="Keep it: the next page, now or tomorrow.")
    has_more = serializers.BooleanField()


class StatusSerializer(serializers.Serializer[Any]):
    funds = FundFreshnessSerializer(many=True)

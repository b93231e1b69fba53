"""Joint campaigns over the API: proposed by a mutual, decided here. Nobody who is called is named to it."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.partners.enums import Scope
from accounts.partners.resources import PartnerResource, Shown
from ameli_notify.core.api.bodies import StrictJsonParser, read_body
from ameli_notify.core.api.documentation import IDEMPOTENCY_KEY, answers, post_answers
from ameli_notify.core.api.idempotency import idempotent
from ameli_notify.core.api.parameters import PageParameters
from ameli_notify.core.api.problems import NOT_FOUND, ProblemError
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.proposals import serializers
from outreach.campaigns.proposals.enums import CALL_STATES
from outreach.campaigns.proposals.models import CampaignProposal
from outreach.campaigns.proposals.services import propose
from reimbursements.partner_api.records import instant

KIND: Final = "outreach.campaignproposal"
_COLUMNS: Final = (
    "id", "public_id", "name", "purpose", "rationale", "starts_on", "ends_on", "min_age", "max_age", "status",
    "refusal", "campaign__status", "proposed_at", "decided_at",
)  # fmt: skip


class CampaignsView(PartnerResource):
    scope = Scope.CAMPAIGNS_WRITE
    http_method_names = ["get", "head", "post"]
    parser_classes = [StrictJsonParser]
    parameters = PageParameters

    @extend_schema(
        operation_id="listCampaigns",
        summary="Lister les campagnes que vous avez proposées",
        tags=["Campagnes"],
        parameters=[PageParameters],
        responses=answers(serializers.ProposalPageSerializer, is_list=True),
    )
    def get(self, request: Request) -> HttpResponse:
        book, limit = self.book("campaigns"), self.values["limit"]
        (after,) = book.read(self.values["cursor"]) if "cursor" in self.values else (0,)

        def find(partner_id: int) -> Shown:
            rows = list(_own(partner_id).filter(pk__gt=after).order_by("pk").values(*_COLUMNS)[: limit + 1])
            following = book.make((rows[limit - 1]["id"],)) if len(rows) > limit else None
            records = [_record(row) for row in rows[:limit]]
            return Shown({"data": records, "next_cursor": following}, len(records))

        return self.show(request, find, kind=KIND)

    @extend_schema(
        operation_id="proposeCampaign",
        summary="Proposer une campagne d’appels commune",
        description=(
            "Calls by our advisers to your members who consented to joint campaigns, and to nobody else. Two people "
            "here accept it, or one refuses with a reason; you are not told who is called."
        ),
        tags=["Campagnes"],
        parameters=[IDEMPOTENCY_KEY],
        request=serializers.ProposalRequestSerializer,
        responses=post_answers(serializers.ProposalSerializer),
    )
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        values = read_body(request, serializers.ProposalRequestSerializer)
        made = propose(self.caller.partner_id, values)
        row = CampaignProposal.objects.values(*_COLUMNS).get(pk=made.pk)
        return Response(_record(row), status=201, headers={"Location": f"/api/v1/campaigns/{made.public_id}"})


class CampaignView(PartnerResource):
    scope = Scope.CAMPAIGNS_WRITE

    @extend_schema(
        operation_id="getCampaign",
        summary="Lire une campagne que vous avez proposée",
        tags=["Campagnes"],
        responses=answers(serializers.ProposalSerializer, is_one=True),
    )
    def get(self, request: Request, campaign_id: UUID) -> HttpResponse:
        def find(partner_id: int) -> Shown:
            row = _own(partner_id).filter(public_id=campaign_id).values(*_COLUMNS).first()
            if row is None:
                raise ProblemError(NOT_FOUND)
            return Shown(_record(row), 1)

        return self.show(request, find, kind=KIND)


def _own(partner_id: int) -> QuerySet[CampaignProposal]:
    return CampaignProposal.objects.filter(partner_id=partner_id)


def _record(row: Mapping[str, Any]) -> Mapping[str, object]:
    of_campaign, decided_at = row["campaign__status"], row["decided_at"]
    same = ("name", "rationale", "min_age", "max_age", "status")
    return {
        "id": str(row["public_id"]),
        **{name: row[name] for name in same},
        "topic": row["purpose"],
        "starts_on": row["starts_on"].isoformat(),
        "ends_on": row["ends_on"].isoformat(),
        "refusal": row["refusal"] or None,
        "campaign_status": None if of_campaign is None else CALL_STATES[CampaignStatus(of_campaign)],
        "proposed_at": instant(row["proposed_at"]),
        "decided_at": None if decided_at is None else instant(decided_at),
    }

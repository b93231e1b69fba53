"""Proposals of mutuals in the console, for those who approve campaigns."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import ReadOnlyAdmin
from outreach.campaigns.campaign.services import CampaignError
from outreach.campaigns.proposals.enums import ProposalStatus, RefusalReason
from outreach.campaigns.proposals.models import CampaignProposal
from outreach.campaigns.proposals.services import approve_proposal, refuse_proposal

MAY_DECIDE: Final = "outreach.approve_callcampaign"
OPENED: Final = "admin:outreach_campaignproposal_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    title: str
    question: str
    done: str
    perform: Callable[[int, User], object]


def _refuse(reason: RefusalReason) -> Act:
    return Act(
        title=f"Refuser : {reason.label}",
        question=f"L’organisme lira ce motif : {reason.label}. Refuser cette proposition ?",
        done="La proposition est refusée.",
        perform=lambda pk, by: refuse_proposal(pk, reason=reason, by=by),
    )


ACTS: Final[dict[str, Act]] = {
    "accepter": Act(
        title="Donner mon accord",
        question=(
            "Une autre personne doit le donner aussi. La proposition devient alors une campagne en préparation, "
            "limitée aux membres qui ont accepté les appels communs. Donner votre accord ?"
        ),
        done="Votre accord est enregistré.",
        perform=lambda pk, by: approve_proposal(pk, by=by),
    ),
    **{f"refuser-{reason.value.replace('_', '-')}": _refuse(reason) for reason in RefusalReason},
}


_DECIDED: Final[dict[str, tuple[Any, ...]]] = {
    ProposalStatus.ACCEPTED: ("campaign", ("decided_at", "who")),
    ProposalStatus.REFUSED: ("refusal", ("decided_at", "who")),
}


@admin.register(CampaignProposal)
class CampaignProposalAdmin(ReadOnlyAdmin):
    """What a mutual asked for, word for word, and what was decided."""

    list_display = ("name", "insurer", "purpose", "status", "starts_on", "proposed_at")
    list_filter = ("status",)
    list_select_related = ("partner",)
    change_select_related = ("partner", "campaign", "decided_by")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "name", "insurer", "purpose", "rationale", ("starts_on", "ends_on"), ("min_age", "max_age"), "status",
        "proposed_at",
    )  # fmt: skip
    readonly_fields = ("insurer", "who")
    change_form_template = "admin/outreach/campaigns/proposal.html"

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.has_perm(MAY_DECIDE))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:  # noqa: ANN401 (as in Django)
        """Of the decision what there is."""
        return (*self.fields, *_DECIDED.get(getattr(obj, "status", ""), ()))

    @admin.display(description="organisme")
    def insurer(self, obj: CampaignProposal) -> str:
        return obj.partner.name

    @admin.display(description="décidée par")
    def who(self, obj: CampaignProposal) -> str:
        return obj.decided_by.username if obj.decided_by else self.get_empty_value_display()

    def page_context(self, request: HttpRequest, obj: CampaignProposal) -> dict[str, Any]:
        acts = [(name, act.title) for name, act in ACTS.items()] if obj.status == ProposalStatus.PROPOSED else []
        return {"acts": acts, "approvals": obj.approvals.select_related("approved_by").order_by("pk")}

    def get_urls(self) -> list[URLPattern]:
        act = path(
            "<int:pk>/faire/<slug:act>/",
            self.admin_site.admin_view(self.act_view),
            name="outreach_campaignproposal_act",
        )
        return [act, *super().get_urls()]

    def act_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Ask, then do."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen, proposal = ACTS.get(act), CampaignProposal.objects.filter(pk=pk).first()
        if chosen is None or proposal is None:
            raise Http404
        if request.method != "POST":
            back = reverse(OPENED, args=[pk])
            ask = partial(self.ask_first, request, proposal, title=chosen.title, question=chosen.question)
            return ask(button=chosen.title, back=back)
        try:
            chosen.perform(pk, signed_in(request))
        except CampaignError as error:
            self.message_user(request, str(error), messages.WARNING)
        else:
            self.message_user(request, chosen.done, messages.SUCCESS)
        return redirect(OPENED, pk)

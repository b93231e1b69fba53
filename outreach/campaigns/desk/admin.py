"""Campaigns in the console: prepared, counted, approved by two, run; and the way to the advisers' workstation."""

import uuid
from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.import_report import french_number
from outreach.campaigns.act_pages import Act, before
from outreach.campaigns.campaign.enums import NEXT, CampaignEventKind, CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign, CampaignEvent
from outreach.campaigns.campaign.services import (
    CampaignError,
    approve,
    changes,
    move_campaign,
    standing_approvals,
    why_not_changed,
)
from outreach.campaigns.claiming.enums import Decision, TaskStatus
from outreach.campaigns.claiming.models import CallTask
from outreach.campaigns.desk import workstation
from outreach.campaigns.desk.appointments import AppointmentPages, may_follow
from outreach.campaigns.desk.campaign_form import CampaignForm
from outreach.campaigns.desk.definition_fr import definition_fr
from outreach.campaigns.draft_pages import DraftPages, fields_fr, with_who
from outreach.campaigns.quality.pages import QualityPages
from outreach.campaigns.supervision.figures import by_status
from outreach.campaigns.supervision.outlook import estimate_fr
from outreach.campaigns.supervision.pages import SupervisionPages
from outreach.campaigns.targeting.lists import progress, start_count, total
from outreach.campaigns.targeting.models import ChunkKind

_BEFORE_CALLS: Final = (CampaignStatus.COUNTED, CampaignStatus.READY)


def _move(to: CampaignStatus) -> Callable[[int, User], object]:
    return lambda pk, by: move_campaign(pk, to=to, by=by)


def _before(to: CampaignStatus) -> frozenset[str]:
    return before(to, following=NEXT)


def _promises_lost(campaign_id: int) -> str:
    """What closing does to calls that were promised, and are not made yet."""
    promised = CallTask.objects.filter(campaign=campaign_id, status=TaskStatus.CALLBACK).count()
    match promised:
        case 0:
            return ""
        case 1:
            return "Un rappel promis n’aura pas lieu."
        case _:
            return f"{french_number(promised)} rappels promis n’auront pas lieu."


ACTS: Final[dict[str, Act]] = {
    "compter": Act(
        title="Compter les personnes", permission="add", states=frozenset({CampaignStatus.DRAFT}),
        question="Le comptage prend quelques minutes et ne change rien pour personne. Compter ?",
        done="Le comptage est lancé : rechargez cette page dans quelques minutes.",
        perform=lambda pk, by: start_count(pk, by=by),
    ),
    "approuver": Act(
        title="Approuver", permission="approve", states=frozenset({CampaignStatus.COUNTED}),
        question=(
            "Vous engagez votre nom pour cette finalité, cette base légale, ces critères, ce script et ces horaires. "
            "Une autre personne doit l’approuver aussi. Approuver ?"
        ),
        done="Votre approbation est enregistrée.", perform=lambda pk, by: approve(pk, by=by),
    ),
    "preparer": Act(
        title="Remettre en préparation", permission="add", states=_before(CampaignStatus.DRAFT),
        question="Les approbations et le comptage seront à refaire. Remettre en préparation ?",
        done="La campagne est de nouveau en préparation.", perform=_move(CampaignStatus.DRAFT),
    ),
    "lancer": Act(
        title="Lancer ou reprendre", permission="run", states=_before(CampaignStatus.RUNNING),
        question="Les conseillers pourront appeler dès maintenant, dans les plages prévues. Lancer ?",
        done="La campagne est en cours.", perform=_move(CampaignStatus.RUNNING),
    ),
    "suspendre": Act(
        title="Suspendre", permission="run", states=_before(CampaignStatus.PAUSED),
        question="Personne ne recevra d’appel nouveau ; les appels en cours se terminent. Suspendre ?",
        done="La campagne est suspendue.", perform=_move(CampaignStatus.PAUSED),
    ),
    "clore": Act(
        title="Clore", permission="run", states=_before(CampaignStatus.CLOSED),
        question="Une campagne close ne reprend pas. Clore ?",
        done="La campagne est close.", perform=_move(CampaignStatus.CLOSED), warning=_promises_lost,
    ),
}  # fmt: skip


@admin.register(CallCampaign)
class CallCampaignAdmin(AppointmentPages, SupervisionPages, QualityPages, DraftPages):
    """Lists and counts name nobody. What is done goes through the acts, each asked first."""

    acts = ACTS
    refusal = CampaignError
    draft_form = CampaignForm
    new_title = "Nouvelle campagne"
    list_display = ("number", "name", "purpose", "status", "days")
    list_display_links = ("number", "name")
    list_filter = ("status",)
    ordering = ("-pk",)
    sortable_by = ()
    fields = (("status", "purpose"), "legal_basis", ("starts_on", "ends_on"))
    change_select_related = ("displayed_number", "script")
    change_list_template = "admin/outreach/campaigns/change_list.html"
    change_form_template = "admin/outreach/campaigns/change_form.html"

    @admin.display(description="Jours")
    def days(self, obj: CallCampaign) -> str:
        return f"du {obj.starts_on:%d/%m/%Y} au {obj.ends_on:%d/%m/%Y}"

    def changes(self, pk: int) -> QuerySet[CampaignEvent]:
        return changes(pk)

    def why_not_changed(self, obj: CallCampaign) -> str:
        return why_not_changed(obj)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        user = signed_in(request)
        may = {
            "may_call": workstation.may_call(user),
            "may_supervise": user.has_perm("outreach.run_callcampaign"),
            "may_review": user.has_perm("outreach.review_callcampaign"),
            "may_follow": may_follow(user),
        }
        return super().changelist_view(request, {**may, **(extra_context or {})})

    def page_context(self, request: HttpRequest, obj: CallCampaign) -> dict[str, Any]:
        user = signed_in(request)
        return super().page_context(request, obj) | {
            "acts": self.offered(request, obj),
            "may_follow": may_follow(user),
            "definition": definition_fr(obj),
            "counts": _counts_fr(obj.frozen_counts or obj.counts),
            "is_frozen": obj.frozen_at is not None,
            "count_progress": progress(obj, ChunkKind.COUNT),
            "freeze_progress": progress(obj, ChunkKind.FREEZE),
            "approvals": standing_approvals(obj).select_related("approved_by").order_by("pk"),
            "tasks": [(str(status.label), french_number(number)) for status, number in by_status(obj)],
            "estimate": estimate_fr(obj) if obj.status in _BEFORE_CALLS else [],
            "timeline": with_who(obj.events.order_by("-pk")[:20], said=_said),
        }

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("poste/", wrap(self.desk_view), name="outreach_callcampaign_desk"),
            path("poste/suivant/", wrap(workstation.take_next), name="outreach_callcampaign_next"),
            path("poste/pause/", wrap(workstation.pause), name="outreach_callcampaign_pause"),
            path("poste/appel/<uuid:token>/", wrap(self.call_view), name="outreach_callcampaign_call"),
            path("poste/preciser/<int:pk>/", wrap(workstation.take_up_again), name="outreach_callcampaign_take_up"),
            path("poste/note/<int:pk>/", wrap(self.late_note_view), name="outreach_callcampaign_late_note"),
        ]
        return own + super().get_urls()

    def desk_view(self, request: HttpRequest) -> HttpResponse:
        return workstation.desk(request, self._context(request))

    def call_view(self, request: HttpRequest, token: uuid.UUID) -> HttpResponse:
        return workstation.call(request, token, self._context(request))

    def late_note_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return workstation.late_note(request, pk, self._context(request))

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return self.admin_site.each_context(request) | {"opts": self.opts}


def _said(event: CampaignEvent) -> str:
    """« définition modifiée : nom, premier jour », « changement d’état : en cours »."""
    kind = CampaignEventKind(event.kind)
    match kind:
        case CampaignEventKind.CHANGED:
            return f"{kind.label} : {fields_fr(CallCampaign, event.details['fields'])}"
        case CampaignEventKind.MOVED:
            return f"{kind.label} : {CampaignStatus(event.details['to']).label}"
        case _:
            return str(kind.label)


def _counts_fr(counts: dict[str, dict[str, int]]) -> list[tuple[str, str]]:
    """People by decision, in the order in which decisions are made."""
    return [
        (str(decision.label), french_number(total(counts, decision))) for decision in Decision if decision in counts
    ]

"""The pages of supervision in the console: the board, what it asks again for, a call taken back, the file."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import ConsoleModelAdmin
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.models import CallClaim
from outreach.campaigns.supervision.board import REFRESH_SECONDS, board, shown_campaigns
from outreach.campaigns.supervision.export import results_csv
from outreach.campaigns.supervision.freeing import FreeError, free_call
from outreach.campaigns.supervision.settling import lost_calls, settle_lost

BOARD = "admin:outreach_callcampaign_supervision"
LOST = "admin:outreach_callcampaign_lost"
_DECISIONS = {"again": "La personne est de nouveau à appeler.", "ended": "La personne n’est plus à appeler."}


class SupervisionPages(ConsoleModelAdmin):
    """For whoever runs campaigns. Nobody who is called is named here, so only what leaves is logged."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("supervision/", wrap(self.board_view), name="outreach_callcampaign_supervision"),
            path("supervision/chiffres/", wrap(self.figures_view), name="outreach_callcampaign_figures"),
            path("supervision/liberer/<uuid:token>/", wrap(self.free_view), name="outreach_callcampaign_free"),
            path("supervision/a-preciser/", wrap(self.lost_view), name="outreach_callcampaign_lost"),
            path("<int:pk>/resultats.csv", wrap(self.results_csv_view), name="outreach_callcampaign_results_csv"),
        ]
        return own + super().get_urls()

    def board_view(self, request: HttpRequest) -> HttpResponse:
        """The figures of one campaign, and the advisers of all."""
        supervisor(request)
        campaigns = shown_campaigns()
        page = {
            "title": "Supervision des appels",
            "opts": self.opts,
            "campaigns": campaigns,
            "refresh_seconds": REFRESH_SECONDS,
            **board(_chosen(request, campaigns)),
        }
        context = self.admin_site.each_context(request) | page
        return TemplateResponse(request, "admin/outreach/campaigns/supervision.html", context)

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        """The part of the board that changes, asked for again while the page is open."""
        supervisor(request)
        page = board(_chosen(request, shown_campaigns()))
        return TemplateResponse(request, "admin/outreach/campaigns/figures.html", page)

    def free_view(self, request: HttpRequest, token: uuid.UUID) -> HttpResponse:
        """Ask, then take the call back from an adviser who gives no sign of life."""
        by = supervisor(request)
        claim = CallClaim.objects.select_related("task").filter(token=token).first()
        if claim is None:
            raise Http404
        if request.method != "POST":
            question = (
                "Le conseiller ne donne plus signe de vie. Si le numéro a été affiché, l’appel sera à préciser ; "
                "sinon, il revient dans la liste. Sa note est gardée. Libérer cet appel ?"
            )
            back = reverse(BOARD)
            return self.ask_first(request, claim.task, title="Libérer", question=question, button="Libérer", back=back)
        try:
            free_call(token, by=by)
        except FreeError as error:
            self.message_user(request, str(error), messages.WARNING)
        else:
            self.message_user(request, "L’appel est libéré.", messages.SUCCESS)
        return redirect(BOARD)

    def lost_view(self, request: HttpRequest) -> HttpResponse:
        """Calls that nobody explained; a button beside each decides."""
        by = supervisor(request)
        if request.method == "POST":
            task, decision = request.POST.get("task", ""), request.POST.get("decision", "")
            if not task.isdecimal() or decision not in _DECISIONS:
                raise Http404
            try:
                settle_lost(int(task), again=decision == "again", by=by)
            except FreeError as error:
                self.message_user(request, str(error), messages.WARNING)
            else:
                self.message_user(request, _DECISIONS[decision], messages.SUCCESS)
            return redirect(LOST)
        page = {"title": "Appels à préciser", "opts": self.opts, "calls": lost_calls()}
        context = self.admin_site.each_context(request) | page
        return TemplateResponse(request, "admin/outreach/campaigns/lost_calls.html", context)

    def results_csv_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What a campaign came to, for a spreadsheet."""
        by = supervisor(request)
        campaign = CallCampaign.objects.filter(pk=pk).first()
        if campaign is None:
            raise Http404
        log_access(by=by, action=AccessAction.EXPORT, object_kind="outreach.callcampaign", object_id=pk,
                   reason="résultats sans identité")  # fmt: skip
        return HttpResponse(
            results_csv(campaign),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="campagne-{pk}-resultats.csv"'},
        )


def supervisor(request: HttpRequest) -> User:
    """Whoever may run campaigns. Raises PermissionDenied."""
    user = signed_in(request)
    if not user.has_perm("outreach.run_callcampaign"):
        raise PermissionDenied
    return user


def _chosen(request: HttpRequest, campaigns: list[CallCampaign]) -> CallCampaign | None:
    """The campaign that the address names, else the first. Raises Http404 for one that is not shown."""
    text = request.GET.get("campagne", "")
    if not text:
        return campaigns[0] if campaigns else None
    for campaign in campaigns:
        if str(campaign.pk) == text:
            return campaign
    raise Http404

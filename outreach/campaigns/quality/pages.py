"""The pages of the quality review: what waits, one call along the grid, and what an adviser is told."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import ConsoleModelAdmin
from ameli_notify.core.crypto import key_ring
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.claiming.models import CallAttempt
from outreach.campaigns.quality.enums import Mark, Verdict
from outreach.campaigns.quality.forms import ReviewForm
from outreach.campaigns.quality.grid import parse_grid, publish_grid
from outreach.campaigns.quality.models import QualityReview
from outreach.campaigns.quality.reviewing import (
    ReviewError,
    feedback_of,
    items_of,
    mark_read,
    marks_by_item,
    save_review,
    to_review,
)
from outreach.campaigns.scripts.publishing import published
from outreach.campaigns.scripts.structure import walk

WAITING = "admin:outreach_callcampaign_reviews"
_SHOWN = 50


class QualityPages(ConsoleModelAdmin):
    """The person who was called is not named here; each call that is opened is logged for them all the same."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("qualite/", wrap(self.reviews_view), name="outreach_callcampaign_reviews"),
            path("qualite/<int:pk>/", wrap(self.review_view), name="outreach_callcampaign_review"),
            path("poste/retours/", wrap(self.feedback_view), name="outreach_callcampaign_feedback"),
        ]
        return own + super().get_urls()

    def reviews_view(self, request: HttpRequest) -> HttpResponse:
        """Calls that wait for somebody to read them again; and the grid's figures, of all advisers together."""
        reviewer = _reviewer(request)
        figures = marks_by_item(parse_grid(publish_grid().content))
        page = {
            "title": "Relecture des appels",
            "reviews": to_review(reviewer)[:_SHOWN],
            "points": [(item.label, [marks[mark] for mark in Mark]) for item, marks in figures],
            "marks": [mark.label for mark in Mark],
        }
        return self._page(request, "admin/outreach/campaigns/reviews.html", page)

    def review_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One call along the grid."""
        reviewer = _reviewer(request)
        reviews = QualityReview.objects.select_related("attempt__task", "campaign", "grid", "adviser")
        review = reviews.filter(pk=pk, attempt__isnull=False).first()
        if review is None or review.attempt is None:
            raise Http404
        if review.adviser_id == reviewer.pk:
            raise PermissionDenied
        form = ReviewForm(request.POST if request.method == "POST" else None, items=items_of(review))
        if request.method == "POST" and form.is_valid() and _try_to_save(review, form, by=reviewer):
            self.message_user(request, "La relecture est enregistrée : le conseiller la lira.", messages.SUCCESS)
            return redirect(WAITING)
        log_access(
            by=reviewer,
            action=AccessAction.VIEW,
            object_kind="outreach.callattempt",
            object_id=review.attempt_id,
            insured_id=review.attempt.insured_id,
            reason="relecture de qualité d’un appel",
        )
        page = {
            "title": f"Relire l’appel {review.attempt.task_id}",
            "subtitle": "Erreur" if form.errors else None,
            "review": review,
            "form": form,
            **_call(review.attempt, script_id=review.campaign.script_id),
        }
        return self._page(request, "admin/outreach/campaigns/review.html", page)

    def feedback_view(self, request: HttpRequest) -> HttpResponse:
        """What an adviser is told of their calls."""
        adviser = signed_in(request)
        if not adviser.has_perm("outreach.call_callcampaign"):
            raise PermissionDenied
        if request.method == "POST":
            mark_read(adviser)
            return redirect("admin:outreach_callcampaign_desk")
        told = feedback_of(adviser)
        page = {
            "title": "Mes retours",
            "told": [(one, Verdict(one.review.verdict).label) for one in told],
            "has_new": any(one.review.read_at is None for one in told),
        }
        return self._page(request, "admin/outreach/campaigns/feedback.html", page)

    def _page(self, request: HttpRequest, template: str, page: dict[str, Any]) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"opts": self.opts} | page
        return TemplateResponse(request, template, context)


def _reviewer(request: HttpRequest) -> User:
    user = signed_in(request)
    if not user.has_perm("outreach.review_callcampaign"):
        raise PermissionDenied
    return user


def _try_to_save(review: QualityReview, form: ReviewForm, *, by: User) -> bool:
    data = form.cleaned_data
    try:
        save_review(review.pk, marks=form.marks(), verdict=Verdict(data["verdict"]), advice=data["advice"], by=by)
    except ReviewError as error:
        form.add_error(None, str(error))
        return False
    return True


def _call(attempt: CallAttempt, *, script_id: int) -> dict[str, Any]:
    """What is seen of the call itself: what was said along the script, the redacted note, the result. Nobody's name."""
    sealed = attempt.note_sealed
    seconds = int((attempt.ended_at - attempt.started_at).total_seconds())
    return {
        "when": timezone.localtime(attempt.started_at),
        "minutes": max(1, round(seconds / 60)),
        "steps": walk(published(script_id), attempt.answers).passed,
        "result": Disposition(attempt.disposition).label,
        "note": "" if sealed is None else key_ring().open(sealed, context=attempt.note_context),
        "redactions": attempt.redactions,
    }

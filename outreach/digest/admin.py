"""Daily runs: how far they are, what became of their messages, suspending and resuming them."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html

from accounts.people.admin import counts_fr
from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import ReadOnlyAdmin, SearchShape
from ameli_notify.core.import_report import french_number
from outreach.digest.models import DigestRun, RunStatus
from outreach.digest.pausing import RunStateError, pause_run, resume_run
from outreach.digest.progress import percent_done, status_counts, with_progress
from outreach.digest.search import on_day
from outreach.notifications.enums import CancelReason, Channel
from outreach.notifications.models import MessageTemplate


@admin.register(DigestRun)
class DigestRunAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "cohort", "status", "people_fr", "progress", "finished_at")
    list_filter = ("status",)
    ordering = ("-planned_on",)
    sortable_by = ()
    fields = (
        "planned_on", "cohort", "status", "people_fr", "progress", "at_start",
        "email_text", "sms_text", "post_text", "planned_at", "finished_at",
    )  # fmt: skip
    readonly_fields = ("people_fr", "progress", "at_start", "email_text", "sms_text", "post_text")
    change_select_related = ("email_template", "sms_template", "post_template")
    search_shapes = (SearchShape("jour de la vague (22/11/2026)", r"[0-9]{2}/[0-9]{2}/[0-9]{4}", on_day),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_progress(super().get_queryset(request))

    @admin.display(description="personnes", ordering="people")
    def people_fr(self, obj: DigestRun) -> str:
        return french_number(obj.people)

    @admin.display(description="avancement")
    def progress(self, obj: DigestRun) -> str:
        percent = percent_done(obj)
        return format_html(
            '<progress max="100" value="{}" aria-label="Avancement de la {}"></progress> {}\u00a0%',
            percent,
            obj,
            percent,
        )

    @admin.display(description="répartition au départ")
    def at_start(self, obj: DigestRun) -> str:
        labels = {**dict(CancelReason.choices), **dict(Channel.choices)}
        return counts_fr(
            {str(labels.get(name, name)): number for name, number in obj.counts.items()}, none="personne à informer"
        )

    @admin.display(description="texte de l’e-mail")
    def email_text(self, obj: DigestRun) -> str:
        return _link(obj.email_template)

    @admin.display(description="texte du SMS")
    def sms_text(self, obj: DigestRun) -> str:
        return _link(obj.sms_template)

    @admin.display(description="texte du courrier")
    def post_text(self, obj: DigestRun) -> str:
        return _link(obj.post_template)

    def page_context(self, request: HttpRequest, obj: DigestRun) -> dict[str, Any]:
        may_operate = request.user.has_perm("outreach.change_digestrun")
        return {
            "status_counts": status_counts(obj),
            "may_pause": may_operate and obj.status == RunStatus.SENDING,
            "may_resume": may_operate and obj.status == RunStatus.PAUSED,
        }

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/suspendre/", wrap(self.pause_view), name="outreach_digestrun_pause"),
            path("<int:pk>/reprendre/", wrap(self.resume_view), name="outreach_digestrun_resume"),
        ]
        return own + super().get_urls()

    def pause_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._operate(
            request,
            pk,
            act=pause_run,
            title="Suspendre l’envoi",
            question="Les messages en cours de remise partiront ; les suivants attendront que vous repreniez l’envoi.",
            button="Suspendre l’envoi",
            done="L’envoi est suspendu.",
        )

    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._operate(
            request,
            pk,
            act=resume_run,
            title="Reprendre l’envoi",
            question="L’envoi reprendra là où il s’est arrêté : personne ne recevra deux fois le message.",
            button="Reprendre l’envoi",
            done="L’envoi a repris.",
        )

    def _operate(
        self,
        request: HttpRequest,
        pk: int,
        *,
        act: Callable[..., DigestRun],
        title: str,
        question: str,
        button: str,
        done: str,
    ) -> HttpResponse:
        user: User = signed_in(request)
        if not user.has_perm("outreach.change_digestrun"):
            raise PermissionDenied
        run = DigestRun.objects.filter(pk=pk).first()
        if run is None:
            raise Http404
        back = reverse("admin:outreach_digestrun_change", args=[pk])
        if request.method != "POST":
            return self.ask_first(request, run, title=title, question=question, button=button, back=back)
        try:
            act(run, by=user)
        except RunStateError:
            state = DigestRun.objects.get(pk=pk).get_status_display()
            self.message_user(request, f"Rien n’a changé : cette vague est {state}.", messages.WARNING)
        else:
            self.message_user(request, f"{done} ({date_format(run.planned_on)})", messages.SUCCESS)
        return redirect(back)


def _link(template: MessageTemplate | None) -> str:
    """The version that a run's messages are sent with, leading to its page."""
    if template is None:
        return "aucun"
    address = reverse("admin:outreach_messagetemplate_change", args=[template.pk])
    return format_html('<a href="{}">version {}</a>', address, template.version)

"""Versions of the message texts: read, tried in a preview, added, put into service; never edited."""

from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.staff.perms import signed_in
from ameli_notify.core.admin import ConsoleModelAdmin
from outreach.notifications.enums import Channel, MessageKind
from outreach.notifications.forms import TemplateForm
from outreach.notifications.gsm7 import analyse_sms
from outreach.notifications.linter import LintError
from outreach.notifications.models import MessageTemplate
from outreach.notifications.preview import html_part
from outreach.notifications.templates_service import activate, add_version, in_service, with_replaced

PARTS: Final = {Channel.EMAIL: ("subject", "text", "html"), Channel.SMS: ("text",), Channel.POST: ("text",)}


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ConsoleModelAdmin):
    form = TemplateForm
    list_display = ("__str__", "channel", "version", "service_fr", "created_at")
    list_filter = ("channel",)
    ordering = ("kind", "channel", "-version")
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_replaced(super().get_queryset(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401
        """A version may have been sent: it stays as it is. A change is a new version."""
        return False

    @admin.display(description="en service")
    def service_fr(self, obj: MessageTemplate) -> str:
        if obj.activated_at is None:
            return "jamais"
        return "non, remplacée" if getattr(obj, "is_replaced", False) else "oui"

    def get_fields(self, request: HttpRequest, obj: MessageTemplate | None = None) -> tuple[str, ...]:
        if obj is None:
            return PARTS[self._channel(request)]
        about = ("kind", "channel", "version", "service_fr", "activated_at", "created_at", "created_by")
        return about + PARTS[Channel(obj.channel)]

    def get_readonly_fields(self, request: HttpRequest, obj: MessageTemplate | None = None) -> tuple[str, ...]:
        return () if obj is None else ("service_fr",)

    def get_form(
        self, request: HttpRequest, obj: MessageTemplate | None = None, change: bool = False, **kwargs: Any
    ) -> Any:  # noqa: ANN401 (a form class)
        form: Any = super().get_form(request, obj, change, **kwargs)
        if obj is None:
            form.message_channel = str(self._channel(request))
            for name in form.base_fields:
                form.base_fields[name].required = True
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new version starts from the one in service."""
        channel = self._channel(request)
        current = in_service(MessageKind.PAYMENT_DIGEST, channel)
        return {name: getattr(current, name) for name in PARTS[channel]} if current else {}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        try:
            channel = self._channel(request)
        except ValueError:
            return self._choose_channel(request)
        title = f"Nouvelle version du message par {channel.label}"
        return super().add_view(request, form_url, {"title": title, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: MessageTemplate, form: Any, change: bool) -> None:  # noqa: ANN401
        obj.kind = MessageKind.PAYMENT_DIGEST
        obj.channel = self._channel(request)
        add_version(obj, by=signed_in(request))

    def page_context(self, request: HttpRequest, obj: MessageTemplate) -> dict[str, Any]:
        may_activate = request.user.has_perm("outreach.change_messagetemplate")
        return {"may_activate": may_activate, "may_add": self.has_add_permission(request)}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/apercu/", wrap(self.preview_view), name="outreach_messagetemplate_preview"),
            path("<int:pk>/apercu/html/", wrap(self.preview_html_view), name="outreach_messagetemplate_html"),
            path("<int:pk>/mettre-en-service/", wrap(self.activate_view), name="outreach_messagetemplate_activate"),
        ]
        return own + super().get_urls()

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = self._viewable(request, pk)
        context = self.admin_site.each_context(request) | {
            "title": f"Aperçu : {template}",
            "opts": self.opts,
            "template": template,
            "size": analyse_sms(template.text) if template.channel == Channel.SMS else None,
        }
        return TemplateResponse(request, "admin/outreach/messagetemplate/preview.html", context)

    def preview_html_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        template = self._viewable(request, pk)
        if not template.html:
            raise Http404
        return html_part(request, template)

    def activate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = signed_in(request)
        if not user.has_perm("outreach.change_messagetemplate"):
            raise PermissionDenied
        template = self._viewable(request, pk)
        back = reverse("admin:outreach_messagetemplate_change", args=[pk])
        if request.method != "POST":
            return self.ask_first(
                request,
                template,
                title="Mettre en service",
                question="Les vagues planifiées à partir de maintenant utiliseront cette version.",
                button="Mettre en service",
                back=back,
            )
        try:
            activate(template, by=user)
        except LintError as error:
            for found in error.findings:
                self.message_user(request, found.message_fr, messages.ERROR)
        else:
            self.message_user(request, "Cette version est en service.", messages.SUCCESS)
        return redirect(back)

    def _viewable(self, request: HttpRequest, pk: int) -> MessageTemplate:
        if not self.has_view_permission(request):
            raise PermissionDenied
        template = MessageTemplate.objects.filter(pk=pk).first()
        if template is None:
            raise Http404
        return template

    def _choose_channel(self, request: HttpRequest) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": "Nouvelle version d’un message",
            "opts": self.opts,
            "channels": list(PARTS),
        }
        return TemplateResponse(request, "admin/outreach/messagetemplate/choose_channel.html", context)

    def _channel(self, request: HttpRequest) -> Channel:
        """The channel named by the page's address. Raises ValueError."""
        channel = Channel(request.GET.get("canal", ""))
        if channel not in PARTS:
            raise ValueError("no text travels on this channel")
        return channel

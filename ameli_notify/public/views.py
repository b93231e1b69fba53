"""Public pages: they read nothing about anybody, and say the same to everybody."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from accounts.identity import activity, one_time_codes, outbox, proving, sessions
from ameli_notify.public.pages import PUBLIC_PAGES, PublicPage, site_map
from fraud.cases.enums import ParameterCode
from fraud.intake import drafting
from fraud.intake.assistant import dialogue
from fraud.retention.terms import years_kept

UNINDEXED_PATHS: Final = ("/mon-espace/", "/connexion/", "/creer-mon-compte/", "/mot-de-passe-oublie/", "/console/")


class PublicPageView(TemplateView):
    http_method_names = ("get", "head", "options")
    page: PublicPage = PUBLIC_PAGES[0]

    def get_template_names(self) -> list[str]:
        return [self.page.template]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(title=self.page.title, **kwargs)


class LegalNoticeView(PublicPageView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            publication_director=settings.PUBLICATION_DIRECTOR, hosting_provider=settings.HOSTING_PROVIDER, **kwargs
        )


class PersonalDataView(PublicPageView):
    """Durations come from the rules that the programs apply, cookies from the settings: the page cannot say others."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            line_months=settings.LINE_RETENTION_MONTHS,
            notification_days=settings.NOTIFICATION_RETENTION_DAYS,
            code_minutes=int(one_time_codes.LIFETIME.total_seconds()) // 60,
            proof_hours=int(proving.KEPT.total_seconds()) // 3600,
            notice_days=outbox.KEPT.days,
            activity_days=activity.KEPT.days,
            draft_days=drafting.KEPT.days,
            report_years=years_kept(ParameterCode.KEEP_REPORT, day=timezone.localdate()),
            legal_years=years_kept(ParameterCode.KEEP_LEGAL, day=timezone.localdate()),
            talk_years=years_kept(ParameterCode.KEEP_TALK, day=timezone.localdate()),
            dialogue_days=dialogue.KEPT.days,
            idle_minutes=int(sessions.IDLE.total_seconds()) // 60,
            session_hours=int(sessions.LONGEST.total_seconds()) // 3600,
            session_cookie=settings.SESSION_COOKIE_NAME,
            csrf_cookie=settings.CSRF_COOKIE_NAME,
            csrf_days=settings.CSRF_COOKIE_AGE // (24 * 60 * 60),
            **kwargs,
        )


class SiteMapView(PublicPageView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(sections=site_map(today=timezone.localdate()), **kwargs)


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """What search engines leave alone: nothing private is there without signing in, but a sign-in step is no result."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in UNINDEXED_PATHS), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")

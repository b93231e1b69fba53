"""Reports of an insured person, and the way without an account. Paths are in French, names in English."""

from typing import Final

from django.urls import URLPattern, path

from fraud.intake import draft_views, file_views, public_views, report_views
from fraud.intake.assistant import views as assistant_views

_SPACE: Final = "mon-espace/signalements/"
_DRAFT: Final = f"{_SPACE}brouillon/<uuid:public_id>/"
_REPORT: Final = f"{_SPACE}<uuid:public_id>/"

urlpatterns: list[URLPattern] = [
    path("signaler/", public_views.without_account, name="report-without-account"),
    path("signaler/formulaire.pdf", public_views.paper, name="report-paper-form"),
    path(_SPACE, report_views.reports, name="reports"),
    path(f"{_SPACE}nouveau/", draft_views.start, name="report-start"),
    path(_DRAFT, draft_views.resume, name="report-draft"),
    path(f"{_DRAFT}paiements/", draft_views.lines, name="report-lines"),
    path(f"{_DRAFT}question/<slug:step>/", draft_views.step, name="report-step"),
    path(f"{_DRAFT}explication/", draft_views.explanation, name="report-explanation"),
    path(f"{_DRAFT}compris/", draft_views.understood, name="report-understood"),
    path(f"{_DRAFT}documents/", file_views.files, name="report-files"),
    path(f"{_DRAFT}documents/<uuid:attachment>/retirer/", file_views.remove_file, name="report-file-remove"),
    path(f"{_DRAFT}verification/", draft_views.check, name="report-check"),
    path(f"{_DRAFT}supprimer/", draft_views.throw_away, name="report-discard"),
    path(_REPORT, report_views.report, name="report"),
    path(f"{_REPORT}accuse.pdf", report_views.receipt, name="report-receipt"),
    path(f"{_REPORT}message/", report_views.message, name="report-message"),
    path(f"{_REPORT}lu/", report_views.read, name="report-read"),
    path(f"{_REPORT}documents/ajouter/", file_views.add_file, name="report-add-file"),
    path(f"{_REPORT}documents/<uuid:attachment>/", file_views.attachment, name="report-attachment"),
    path(f"{_REPORT}retirer/", report_views.take_back, name="report-withdraw"),
    path("mon-espace/assistant/", assistant_views.talk, name="assistant"),
    path("mon-espace/assistant/recommencer/", assistant_views.start_again, name="assistant-restart"),
]

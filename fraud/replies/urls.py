"""The public side of a right of reply."""

from typing import Final

from django.urls import URLPattern, path

from fraud.replies import views

_CASE: Final = "repondre/dossier/"

urlpatterns: list[URLPattern] = [
    path("repondre/", views.start, name="reply"),
    path(_CASE, views.case, name="reply-case"),
    path(f"{_CASE}envoyer/", views.send, name="reply-send"),
    path(f"{_CASE}lu/", views.read, name="reply-read"),
    path(f"{_CASE}documents/<uuid:public_id>/", views.document, name="reply-document"),
    path("repondre/quitter/", views.quit_case, name="reply-quit"),
]

"""Talking with an adviser. Paths are in French, names in English."""

from django.urls import URLPattern, path

from fraud.conversations import views

urlpatterns: list[URLPattern] = [
    path("mon-espace/conseiller/", views.adviser, name="adviser"),
]

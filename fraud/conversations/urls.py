"""Talking with an adviser. Paths are in French, names in English."""

from django.urls import URLPattern, path

from fraud.conversations import own_views, views

urlpatterns: list[URLPattern] = [
    path("mon-espace/conseiller/", views.adviser, name="adviser"),
    path("mon-espace/conseiller/fil/", views.said, name="adviser-said"),
    path("mon-espace/conseiller/message/", own_views.write, name="adviser-message"),
    path("mon-espace/conseiller/lu/", own_views.read, name="adviser-read"),
    path("mon-espace/conseiller/terminer/", own_views.end, name="adviser-end"),
    path("mon-espace/conseiller/avis/", own_views.satisfaction, name="adviser-satisfaction"),
]

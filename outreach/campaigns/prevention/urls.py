"""Prevention for an insured person. Paths are in French, names in English."""

from django.urls import URLPattern, path

from outreach.campaigns.prevention.my_views import my_prevention

urlpatterns: list[URLPattern] = [
    path("mon-espace/prevention/", my_prevention, name="my-prevention"),
]

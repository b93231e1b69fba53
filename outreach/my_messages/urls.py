"""The messages of an insured person. Paths are in French, names in English."""

from django.urls import URLPattern, path

from outreach.my_messages.views import my_messages

urlpatterns: list[URLPattern] = [
    path("mon-espace/messages-recus/", my_messages, name="my-messages"),
]

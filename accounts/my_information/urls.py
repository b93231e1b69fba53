"""Pages of « Mes informations ». Paths are in French, names in English."""

from django.urls import URLPattern, path

from accounts.my_information import views
from accounts.my_information.consent_views import my_consents

urlpatterns: list[URLPattern] = [
    path("mon-espace/informations/consultations/", views.my_accesses, name="my-accesses"),
    path("mon-espace/informations/droits/", views.my_rights, name="my-rights"),
    path("mon-espace/informations/preferences/", views.my_preferences, name="my-preferences"),
    path("mon-espace/informations/organisme-complementaire/", my_consents, name="my-consents"),
]

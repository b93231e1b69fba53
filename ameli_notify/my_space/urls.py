"""Pages of « Mon espace » that several floors fill. Paths are in French, names in English."""

from django.urls import URLPattern, path

from ameli_notify.my_space import views

urlpatterns: list[URLPattern] = [
    path("mon-espace/", views.my_space, name="my-space"),
    path("mon-espace/informations/", views.my_information, name="my-information"),
    path("mon-espace/informations/telecharger/", views.my_data, name="my-data"),
]

"""Published figures. Paths are in French, names in English."""

from django.urls import URLPattern, path

from fraud.cases.results import public_views

urlpatterns: list[URLPattern] = [
    path("signalements-en-chiffres/", public_views.figures, name="report-figures"),
    path("signalements-en-chiffres/<int:year>/", public_views.figures, name="report-figures-of-year"),
    path("signalements-en-chiffres/<int:year>/chiffres.csv", public_views.figures_csv, name="report-figures-csv"),
]

"""Payments of an insured person, and the public articles that explain them. Paths are in French, names in English."""

from django.urls import URLPattern, path

from reimbursements.payments import article_views, views

urlpatterns: list[URLPattern] = [
    path("mon-espace/paiements/", views.payments, name="payments"),
    path("mon-espace/paiements/releve.csv", views.payments_csv, name="payments-csv"),
    path("mon-espace/paiements/releve.pdf", views.payments_pdf, name="payments-pdf"),
    path("mon-espace/paiements/<slug:statement>/", views.payment, name="payment"),
    path("mon-espace/annee/<int:year>/", views.care_year, name="care-year"),
    path("comprendre/", article_views.articles, name="articles"),
    path("comprendre/<slug:slug>/", article_views.one_article, name="article"),
]

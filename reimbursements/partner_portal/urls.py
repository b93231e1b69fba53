"""The partner's pages of this floor."""

from django.urls import URLPattern, path

from reimbursements.partner_portal import views

urlpatterns: list[URLPattern] = [
    path("partenaires/exports/", views.ExportsView.as_view(), name="portal-exports"),
    path("partenaires/", views.OverviewView.as_view(), name="portal"),
]

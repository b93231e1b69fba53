"""Addresses of exports, below the version of the API."""

from django.urls import URLPattern, path

from reimbursements.partner_api.exports import views

urlpatterns: list[URLPattern] = [
    path("exports", views.ExportsView.as_view(), name="api-exports"),
    path("exports/<uuid:export_id>", views.ExportView.as_view(), name="api-export"),
    path("exports/<uuid:export_id>/files/<int:number>", views.ExportFileView.as_view(), name="api-export-file"),
]

"""Addresses of the FHIR server, below its root. One export has one status, told at the level that it was ordered at."""

from django.urls import URLPattern, path, re_path

from reimbursements.partner_api.fhir import bulk_views, job_views, views

_ID = r"(?P<resource_id>[A-Za-z0-9.-]{1,64})"

urlpatterns: list[URLPattern] = [
    path("metadata", views.MetadataView.as_view(), name="fhir-metadata"),
    path(".well-known/smart-configuration", views.SmartConfigurationView.as_view(), name="fhir-smart-configuration"),
    path("Patient", views.PatientsView.as_view(), name="fhir-patients"),
    path(
        "Patient/_search",
        views.PatientsView.as_view(is_posted=True, http_method_names=["post"]),
        name="fhir-patients-search",
    ),
    path("ExplanationOfBenefit", views.BenefitsView.as_view(), name="fhir-benefits"),
    path(
        "ExplanationOfBenefit/_search",
        views.BenefitsView.as_view(is_posted=True, http_method_names=["post"]),
        name="fhir-benefits-search",
    ),
    path("jobs", job_views.JobsView.as_view(), name="fhir-jobs"),
    path("$export", bulk_views.KickOffView.as_view(), name="fhir-export"),
    path("Patient/$export", bulk_views.KickOffView.as_view(level="Patient/"), name="fhir-patient-export"),
    path("export-status/<uuid:export_id>", bulk_views.ExportStatusView.as_view(), name="fhir-export-status"),
    path(
        "Patient/export-status/<uuid:export_id>",
        bulk_views.ExportStatusView.as_view(level="Patient/"),
        name="fhir-export-status",
    ),
    path("export-files/<uuid:export_id>/<int:number>", bulk_views.ExportFileView.as_view(), name="fhir-export-file"),
    re_path(rf"^Patient/{_ID}\Z", views.PatientView.as_view(), name="fhir-patient"),
    re_path(rf"^ExplanationOfBenefit/{_ID}\Z", views.BenefitView.as_view(), name="fhir-benefit"),
    re_path(r"^(?P<rest>[\s\S]*)\Z", views.NothingView.as_view(), name="fhir-nothing"),
]

"""Addresses of the partner API's resources, below the version."""

from django.urls import URLPattern, path, re_path

from reimbursements.partner_api import views
from reimbursements.partner_api.exports.urls import urlpatterns as exports
from reimbursements.partner_api.identifiers import LENGTH

urlpatterns: list[URLPattern] = [
    path("members", views.MembersView.as_view(), name="api-members"),
    path("members/<uuid:member_id>", views.MemberView.as_view(), name="api-member"),
    path("members/<uuid:member_id>/reimbursements", views.MemberLinesView.as_view(), name="api-member-reimbursements"),
    path("reimbursements", views.ReimbursementsView.as_view(), name="api-reimbursements"),
    re_path(
        rf"^reimbursements/(?P<reimbursement_id>[A-Za-z0-9_-]{{{LENGTH}}})\Z",
        views.ReimbursementView.as_view(),
        name="api-reimbursement",
    ),
    path("changes", views.ChangesView.as_view(), name="api-changes"),
    path("status", views.StatusView.as_view(), name="api-status"),
    *exports,
]

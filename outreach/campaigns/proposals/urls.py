"""Addresses of joint campaigns, below the version."""

from django.urls import URLPattern, path

from outreach.campaigns.proposals import views

urlpatterns: list[URLPattern] = [
    path("campaigns", views.CampaignsView.as_view(), name="api-campaigns"),
    path("campaigns/<uuid:campaign_id>", views.CampaignView.as_view(), name="api-campaign"),
]

"""Addresses of alerts and signals, below the version."""

from django.urls import URLPattern, path

from fraud.partner_api import views

urlpatterns: list[URLPattern] = [
    path("alerts", views.AlertsView.as_view(), name="api-alerts"),
    path("alerts/<uuid:alert_id>", views.AlertView.as_view(), name="api-alert"),
    path("alerts/<uuid:alert_id>/feedback", views.AlertFeedbackView.as_view(), name="api-alert-feedback"),
    path("signals", views.SignalsView.as_view(), name="api-signals"),
    path("signals/<uuid:signal_id>", views.SignalView.as_view(), name="api-signal"),
]

"""Addresses of the resources about webhooks, below the version."""

from django.urls import URLPattern, path, re_path

from accounts.partners.webhooks import views
from accounts.partners.webhooks.signing import ID_PREFIX

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

urlpatterns: list[URLPattern] = [
    path("webhooks", views.WebhooksView.as_view(), name="api-webhooks"),
    path("webhooks/<uuid:webhook_id>", views.WebhookView.as_view(), name="api-webhook"),
    path("webhooks/<uuid:webhook_id>/test", views.WebhookTestView.as_view(), name="api-webhook-test"),
    path(
        "webhooks/<uuid:webhook_id>/rotate-secret", views.WebhookSecretView.as_view(), name="api-webhook-rotate-secret"
    ),
    path("webhooks/<uuid:webhook_id>/deliveries", views.DeliveriesView.as_view(), name="api-webhook-deliveries"),
    re_path(
        rf"^webhooks/(?P<webhook_id>{_UUID})/deliveries/(?P<delivery_id>{ID_PREFIX}[0-9a-f]{{32}})/replay\Z",
        views.ReplayView.as_view(),
        name="api-webhook-replay",
    ),
]

"""A partner's pages. Paths are in French, names in English. Overview and exports are on the floor above."""

from django.urls import URLPattern, path

from accounts.partners.portal import entry_views, key_views, network_views, user_views, webhook_views

urlpatterns: list[URLPattern] = [
    path("partenaires/connexion/", entry_views.SignInView.as_view(), name="portal-sign-in"),
    path("partenaires/connexion/code/", entry_views.SignInCodeView.as_view(), name="portal-sign-in-code"),
    path("partenaires/invitation/", entry_views.JoinView.as_view(), name="portal-join"),
    path("partenaires/invitation/application/", entry_views.JoinAppView.as_view(), name="portal-join-app"),
    path("partenaires/deconnexion/", entry_views.sign_out, name="portal-sign-out"),
    path("partenaires/cles/", key_views.KeysView.as_view(), name="portal-keys"),
    path("partenaires/cles/<int:pk>/retirer/", key_views.WithdrawKeyView.as_view(), name="portal-key-withdraw"),
    path(
        "partenaires/programmes/<uuid:client_id>/reseaux/",
        network_views.NetworksView.as_view(),
        name="portal-networks",
    ),
    path("partenaires/avis/", webhook_views.WebhooksView.as_view(), name="portal-webhooks"),
    path("partenaires/avis/<uuid:public_id>/", webhook_views.WebhookView.as_view(), name="portal-webhook"),
    path(
        "partenaires/avis/<uuid:public_id>/essai/", webhook_views.TestWebhookView.as_view(), name="portal-webhook-test"
    ),
    path(
        "partenaires/avis/<uuid:public_id>/secret/",
        webhook_views.WebhookSecretView.as_view(),
        name="portal-webhook-secret",
    ),
    path(
        "partenaires/avis/<uuid:public_id>/renvoyer/<uuid:message_id>/",
        webhook_views.ReplayView.as_view(),
        name="portal-webhook-replay",
    ),
    path("partenaires/utilisateurs/", user_views.UsersView.as_view(), name="portal-users"),
    path("partenaires/utilisateurs/<int:pk>/retirer/", user_views.RemoveUserView.as_view(), name="portal-user-remove"),
]

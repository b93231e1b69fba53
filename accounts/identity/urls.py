"""Sign-in, account and security pages of insured people. Paths are in French, names in English."""

from django.urls import URLPattern, path

from accounts.identity import (
    contact_views,
    passkey_views,
    password_views,
    proof_views,
    security_views,
    session_views,
    sign_in_views,
)
from accounts.identity.enums import ProofPurpose
from accounts.identity.franceconnect.urls import urlpatterns as franceconnect

CREATE, RESET = ProofPurpose.CREATE, ProofPurpose.RESET

urlpatterns: list[URLPattern] = [
    path("connexion/", sign_in_views.SignInView.as_view(), name="sign-in"),
    path("connexion/code/", sign_in_views.CodeView.as_view(), name="sign-in-code"),
    path("connexion/code/envoyer/", sign_in_views.sign_in_factor, name="sign-in-factor"),
    path("connexion/cle-d-acces/", passkey_views.sign_in_passkey, name="sign-in-passkey"),
    path("connexion/cle-d-acces/defi/", passkey_views.sign_in_challenge, name="sign-in-passkey-challenge"),
    path("deconnexion/", sign_in_views.sign_out, name="sign-out"),
    path("creer-mon-compte/", proof_views.IdentityView.as_view(purpose=CREATE), name="account-create"),
    path("creer-mon-compte/code/", proof_views.ProofCodeView.as_view(purpose=CREATE), name="account-create-code"),
    path(
        "creer-mon-compte/mot-de-passe/",
        proof_views.NewPasswordView.as_view(purpose=CREATE),
        name="account-create-password",
    ),
    path("mot-de-passe-oublie/", proof_views.IdentityView.as_view(purpose=RESET), name="password-forgotten"),
    path("mot-de-passe-oublie/code/", proof_views.ProofCodeView.as_view(purpose=RESET), name="password-forgotten-code"),
    path(
        "mot-de-passe-oublie/mot-de-passe/",
        proof_views.NewPasswordView.as_view(purpose=RESET),
        name="password-forgotten-password",
    ),
    path("mon-espace/session/", session_views.session_time, name="session-time"),
    path("mon-espace/session/prolonger/", session_views.extend_session, name="session-extend"),
    path("mon-espace/informations/securite/", security_views.security, name="security"),
    path("mon-espace/informations/securite/confirmer/", security_views.confirm_identity, name="confirm-identity"),
    path(
        "mon-espace/informations/securite/confirmer/envoyer/",
        security_views.confirm_identity_factor,
        name="confirm-identity-factor",
    ),
    path(
        "mon-espace/informations/securite/confirmer/cle-d-acces/",
        passkey_views.confirm_passkey,
        name="confirm-identity-passkey",
    ),
    path(
        "mon-espace/informations/securite/confirmer/cle-d-acces/defi/",
        passkey_views.confirm_challenge,
        name="confirm-identity-passkey-challenge",
    ),
    path("mon-espace/informations/securite/cle-d-acces/", passkey_views.add_passkey, name="add-passkey"),
    path(
        "mon-espace/informations/securite/cle-d-acces/defi/",
        passkey_views.new_passkey_challenge,
        name="add-passkey-challenge",
    ),
    path("mon-espace/informations/securite/mot-de-passe/", password_views.change_password, name="change-password"),
    path("mon-espace/informations/securite/application/", security_views.add_app, name="add-app"),
    path("mon-espace/informations/securite/application/code/", security_views.confirm_app, name="confirm-app"),
    path("mon-espace/informations/securite/envois/ajouter/", security_views.add_channel, name="add-channel"),
    path("mon-espace/informations/securite/moyens/retirer/", security_views.remove_factor, name="remove-factor"),
    path(
        "mon-espace/informations/securite/codes-de-secours/",
        security_views.make_recovery_codes,
        name="make-recovery-codes",
    ),
    path("mon-espace/informations/securite/sessions/fermer/", security_views.end_session, name="end-session"),
    path(
        "mon-espace/informations/securite/sessions/fermer-les-autres/",
        security_views.end_other_sessions,
        name="end-other-sessions",
    ),
    path("mon-espace/informations/coordonnees/code/", contact_views.confirm_contact, name="confirm-contact"),
    path("mon-espace/informations/coordonnees/<slug:channel>/", contact_views.change_contact, name="change-contact"),
    *franceconnect,
]

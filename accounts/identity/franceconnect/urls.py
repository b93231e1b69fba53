"""FranceConnect's URLs: 404 while it is off. Those marked « registered » are declared to FranceConnect."""

from django.urls import URLPattern, path

from accounts.identity.franceconnect import views

urlpatterns: list[URLPattern] = [
    path("connexion/franceconnect/", views.start, name="franceconnect-sign-in"),
    path("connexion/franceconnect/retour/", views.callback, name="franceconnect-callback"),  # registered
    path("connexion/franceconnect/arret/<slug:reason>/", views.stopped, name="franceconnect-stopped"),
    path("deconnexion/franceconnect/", views.sign_out, name="franceconnect-sign-out"),
    path("deconnexion/franceconnect/retour/", views.signed_out, name="franceconnect-signed-out"),  # registered
    path("franceconnect/cles/", views.keys, name="franceconnect-keys"),  # registered
    path("mon-espace/informations/securite/franceconnect/lier/", views.start_linking, name="franceconnect-link"),
    path("mon-espace/informations/securite/franceconnect/retirer/", views.unlink, name="franceconnect-unlink"),
]

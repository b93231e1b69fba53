"""Every URL of the web server. Paths are in French, names in English."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

from accounts.identity.urls import urlpatterns as identity
from accounts.my_information.urls import urlpatterns as my_information
from accounts.partners.portal.urls import urlpatterns as partner_portal
from accounts.staff.views import CodeView, SignInView, passkey_answer, passkey_challenge, sign_out
from ameli_notify.api_urls import urlpatterns as api
from ameli_notify.core.health import healthz
from ameli_notify.my_space.urls import urlpatterns as my_space
from ameli_notify.public.urls import urlpatterns as public
from fraud.cases.results.urls import urlpatterns as results
from fraud.conversations.urls import urlpatterns as conversations
from fraud.intake.urls import urlpatterns as intake
from fraud.replies.urls import urlpatterns as replies
from outreach.campaigns.prevention.urls import urlpatterns as prevention
from outreach.my_appointments.urls import urlpatterns as my_appointments
from outreach.my_messages.urls import urlpatterns as my_messages
from reimbursements.partner_portal.urls import urlpatterns as partner_overview
from reimbursements.payments.urls import urlpatterns as payments

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("console/connexion/", SignInView.as_view(), name="staff-sign-in"),
    path("console/connexion/code/", CodeView.as_view(), name="staff-sign-in-code"),
    path("console/connexion/cle-d-acces/", passkey_answer, name="staff-sign-in-passkey"),
    path("console/connexion/cle-d-acces/defi/", passkey_challenge, name="staff-sign-in-passkey-challenge"),
    path("console/deconnexion/", sign_out, name="staff-sign-out"),
    path("console/", admin.site.urls),
    *api,
    *public,
    *identity,
    *my_space,
    *payments,
    *intake,
    *conversations,
    *results,
    *replies,
    *my_messages,
    *prevention,
    *my_appointments,
    *my_information,
    *partner_portal,
    *partner_overview,
]

# What no address answers itself: to programs in their own way.
handler400 = "ameli_notify.api_errors.bad_request"
handler404 = "ameli_notify.api_errors.page_not_found"
handler500 = "ameli_notify.api_errors.server_error"

"""Every address of the partner API: the authorisation server, the resources of version 1 and their document, FHIR."""

from typing import Final

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.partners.grant_views import GRANT_PATH, ServerMetadataView, TokenView
from accounts.partners.webhooks.urls import urlpatterns as webhooks
from ameli_notify.core.api.document import DocumentView
from ameli_notify.core.api.problem_views import NO_SUCH_RESOURCE, ProblemView
from fraud.partner_api.urls import urlpatterns as fraud_resources
from outreach.campaigns.proposals.urls import urlpatterns as campaigns
from reimbursements.partner_api.fhir.urls import urlpatterns as fhir
from reimbursements.partner_api.urls import urlpatterns as resources

DOCUMENT: Final = settings.BASE_DIR / "docs/partner-api/openapi.json"

version_1: list[URLPattern | URLResolver] = [
    *resources,
    *webhooks,
    *fraud_resources,
    *campaigns,
    path("problems/<slug:code>", ProblemView.as_view(), name="api-problem"),
    path("openapi.json", DocumentView.as_view(path=DOCUMENT), name="api-openapi"),
    path("", NO_SUCH_RESOURCE, name="api-root"),
    # Whatever it holds: « path » leaves out line ends, which would be answered by a page.
    re_path(r"^(?P<rest>[\s\S]+)\Z", NO_SUCH_RESOURCE, name="api-nothing"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path(".well-known/oauth-authorization-server", ServerMetadataView.as_view(), name="api-server-metadata"),
    path(GRANT_PATH.removeprefix("/"), TokenView.as_view(), name="api-token"),
    path("api/v1/", include(version_1)),
    path("fhir/r4/", include(fhir)),
]

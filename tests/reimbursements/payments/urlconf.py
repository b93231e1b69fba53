"""The site's URLs with those of the insured people's sign-in and of their payments."""

from django.urls import URLPattern, URLResolver

from reimbursements.payments.urls import urlpatterns as payments
from tests.accounts.identity_urls import urlpatterns as with_identity

_named = {pattern.name for pattern in with_identity if isinstance(pattern, URLPattern)}
urlpatterns: list[URLPattern | URLResolver] = [
    *(pattern for pattern in payments if pattern.name not in _named),
    *with_identity,
]

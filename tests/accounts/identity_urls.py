"""The site's URLs with those of the insured people's sign-in."""

from django.urls import URLPattern, URLResolver

from accounts.identity.urls import urlpatterns as identity
from ameli_notify.urls import urlpatterns as site

_named = {pattern.name for pattern in site if isinstance(pattern, URLPattern)}
urlpatterns: list[URLPattern | URLResolver] = [
    *(pattern for pattern in identity if pattern.name not in _named),
    *site,
]

"""The URLs of the demo: those of the site and the inbox, which exists nowhere else."""

from django.urls import URLPattern, URLResolver, path

from ameli_notify.demo.views import inbox
from ameli_notify.urls import urlpatterns as site

urlpatterns: list[URLPattern | URLResolver] = [*site, path("demo/messages/", inbox, name="demo-messages")]

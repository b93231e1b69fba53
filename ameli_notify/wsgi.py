"""WSGI entry point. A worker is warm before its first visitor comes."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.template import engines
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ameli_notify.settings.prod")
application = get_wsgi_application()

# Django loads addresses, views and template libraries when they are first needed: a third of a second that the first
# visitor of each worker would wait.
reverse("home")
engines.all()
# What is loaded now stays until the process ends. Unfrozen, the collector would walk all of it again and again, each
# time some tenth of a second in the middle of somebody's page.
gc.collect()
gc.freeze()

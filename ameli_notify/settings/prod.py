"""Production: everything secret comes from the environment, and it does not start without."""

from ameli_notify.settings.base import *
from ameli_notify.settings.environment import database, env, required

SECRET_KEY = required("SECRET_KEY")
FIELD_KEYS = required("FIELD_KEYS")
LOOKUP_KEY = required("LOOKUP_KEY")
EMAIL_URL = required("EMAIL_URL")
SMS_URL = required("SMS_URL")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS")
DATABASES = {
    "default": database(
        required("DATABASE_URL"),
        statement_timeout=env.str("STATEMENT_TIMEOUT", default="10s"),
        lock_timeout=env.str("LOCK_TIMEOUT", default="5s"),
    )
}

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

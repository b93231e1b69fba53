"""Production: everything secret comes from the environment, and it does not start without, or with a weak one."""

from ameli_notify.settings.base import *
from ameli_notify.settings.environment import check_production, database, env
from outreach.channels.addresses import mail_server, require_sms_carrier

check_production()
SECRET_KEY = env.str("SECRET_KEY")
FIELD_KEYS = env.str("FIELD_KEYS")
LOOKUP_KEY = env.str("LOOKUP_KEY")
EMAIL_URL = env.carrier("EMAIL_URL", mail_server, default="")
SMS_URL = env.carrier("SMS_URL", require_sms_carrier, default="")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS")
DATABASES = {
    "default": database(
        env.str("DATABASE_URL"),
        statement_timeout=env.duration("STATEMENT_TIMEOUT", default="10s"),
        lock_timeout=env.duration("LOCK_TIMEOUT", default="5s"),
    )
}

OTP_WEBAUTHN_RP_ID = env.str("PASSKEY_RP_ID")
OTP_WEBAUTHN_ALLOWED_ORIGINS: list[str] = env.list("PASSKEY_ORIGINS")

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

"""A developer's machine and the demo: embedded PostgreSQL, keys made on the spot, plain HTTP."""

from ameli_notify.settings.base import *
from ameli_notify.settings.environment import database, development_keys, env
from outreach.channels.addresses import mail_server, require_sms_carrier

_keys = development_keys()
SECRET_KEY = _keys["SECRET_KEY"]
FIELD_KEYS = _keys["FIELD_KEYS"]
LOOKUP_KEY = _keys["LOOKUP_KEY"]

DEBUG = env.switch("DEBUG", default=False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
DATABASES = {"default": database(env.fit("DATABASE_URL", default=""), statement_timeout="0", lock_timeout="150s")}
EMAIL_URL = env.carrier("EMAIL_URL", mail_server, default="inbox://")
SMS_URL = env.carrier("SMS_URL", require_sms_carrier, default="inbox://")
OUTGOING_LOCAL_ALLOWED = env.switch("OUTGOING_LOCAL_ALLOWED", default=False)
if env.switch("DEMO_INBOX", default=False):
    # Everybody's codes can be read at /demo/messages/: production has no such page and no such switch.
    ROOT_URLCONF = "ameli_notify.demo.urls"

# Browsers refuse passkeys at an address in figures: open http://localhost, not http://127.0.0.1. The ports: PORT is
# 8000 or the next free one.
OTP_WEBAUTHN_RP_ID = env.str("PASSKEY_RP_ID", default="localhost")
OTP_WEBAUTHN_ALLOWED_ORIGINS: list[str] = env.list(
    "PASSKEY_ORIGINS", default=[f"http://localhost:{port}" for port in range(8000, 8200)]
)

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

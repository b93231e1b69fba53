"""The test suite: fixed keys, the restricted runtime role, nothing beyond localhost."""

import base64

from ameli_notify.settings.base import *
from ameli_notify.settings.environment import database, env

SECRET_KEY = "tests-only-" + "0123456789abcdef" * 4
FIELD_KEYS = "2:" + base64.b64encode(b"2" * 32).decode() + ",1:" + base64.b64encode(b"1" * 32).decode()
LOOKUP_KEY = "a1" * 32

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
DATABASES = {"default": database(env.fit("DATABASE_URL", default=""), statement_timeout="60s", lock_timeout="20s")}
OTP_WEBAUTHN_RP_ID = "localhost"
OTP_WEBAUTHN_ALLOWED_ORIGINS = ["http://localhost"]
EMAIL_URL = "inbox://"
SMS_URL = "inbox://"
FRANCECONNECT_URL = ""
# A second connection sees nothing of a test that is one transaction; tests that are not ask for more.
EXPORT_FILES_AT_ONCE = 1

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

"""Settings shared by every environment. What differs stands in dev, test and prod."""

from pathlib import Path
from typing import Any, Final

import django_stubs_ext
from csp.constants import NONE, SELF
from django.urls import reverse_lazy

from ameli_notify.settings import environment
from ameli_notify.settings.environment import env
from fraud.intake.antivirus import read_scanner_url

django_stubs_ext.monkeypatch()

BASE_DIR: Path = environment.BASE_DIR
VAR_DIR: Path = environment.VAR_DIR
"""Everything the program writes: embedded database, keys, journals, rejects, static files."""

DEBUG = False
ROOT_URLCONF = "ameli_notify.urls"
WSGI_APPLICATION = "ameli_notify.wsgi.application"

INSTALLED_APPS = [
    "ameli_notify.apps.ProjectConfig",
    "ameli_notify.core",
    "ameli_notify.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_linear_migrations",
    "django_q",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "accounts",
    "django_otp_webauthn",
    "reimbursements",
    "outreach",
    "fraud",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.identity.middleware.InsuredSessionMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "ameli_notify.core.page_typography.FilesystemLoader",
                        "ameli_notify.core.page_typography.AppDirectoriesLoader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- People and sign-in
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = reverse_lazy("staff-sign-in")
TRUSTED_PROXY_HOPS = env.whole("TRUSTED_PROXY_HOPS", default=0, least=0, most=20)
"""Reverse proxies of ours in front of the web server: how many entries of X-Forwarded-For can be believed."""
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "accounts.identity.password_rules.EasyPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
OTP_WEBAUTHN_RP_NAME = "l’Assurance Maladie"
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False  # a passkey is a second factor; the package's own pages are not used
OTP_WEBAUTHN_TIMEOUT_SECONDS = 5 * 60
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds: nobody stays signed in longer than a working day
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

# --- FranceConnect+ (accounts.identity.franceconnect): off without a URL
FRANCECONNECT_URL = env.str("FRANCECONNECT_URL", default="")
FRANCECONNECT_CLIENT_ID = env.str("FRANCECONNECT_CLIENT_ID", default="")
FRANCECONNECT_CLIENT_SECRET = env.str("FRANCECONNECT_CLIENT_SECRET", default="")
FRANCECONNECT_KEY_FILES: list[str] = env.list("FRANCECONNECT_KEY_FILES", default=[])
FRANCECONNECT_PKCE = env.switch("FRANCECONNECT_PKCE", default=True)

# --- Language, time
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"
USE_TZ = True

# --- Files
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Browser protections
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not "no-referrer": browsers then send « Origin: null » with forms, which the CSRF protection must refuse.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# --- API
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "ameli_notify.core.api.endings.EndingSchema",
    "EXCEPTION_HANDLER": "ameli_notify.core.api.problems.handle",
    "URL_FORMAT_OVERRIDE": None,  # « format » is a parameter like another: unknown
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "API des organismes complémentaires",
    "DESCRIPTION": (
        "What the members of a mutual insurer allow it to read: reimbursements, and a feed of what changed.\n\n"
        "Instants are UTC, amounts are decimal texts in euros, unknown parameters are refused. "
        "Errors follow RFC 9457, in French or in English (Accept-Language); their `code` never changes its meaning. "
        "Every answer tells what is left of the limit (`RateLimit`), and 429 when to come back (`Retry-After`)."
    ),
    "VERSION": "1.3.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # Three shapes have a « state » of their own.
    "ENUM_NAME_OVERRIDES": {
        "WebhookState": "accounts.partners.webhooks.enums.CHOSEN_STATES",
        "ExportState": "reimbursements.partner_api.exports.models.ExportState.values",
        "DeliveryState": "accounts.partners.webhooks.enums.DeliveryState.values",
    },
    "GET_LIB_DOC_EXCLUDES": "accounts.partners.openapi.bases_that_speak_to_us",
    "PREPROCESSING_HOOKS": ["accounts.partners.openapi.only_the_partner_api"],
    "POSTPROCESSING_HOOKS": ["accounts.partners.openapi.complete"],
}

# --- Jobs: django-q2 only wakes work up; leases, attempts and outcomes are in our own rows.
QUEUE_WORKERS = env.whole("QUEUE_WORKERS", default=2, least=1, most=256)
Q_CLUSTER: dict[str, Any] = {
    "name": "ameli_notify",
    "orm": "default",
    "workers": QUEUE_WORKERS,
    "bulk": 1,
    "queue_limit": QUEUE_WORKERS,
    "timeout": 60,
    # A prefetched task must outlive its lock: retry > timeout x (1 + (queue_limit + bulk) / workers), rounded up.
    "retry": 600,
    "max_attempts": 5,
    "ack_failures": True,
    # Keeping successes makes each finished task lock all of them.
    "save_limit": -1,
    "catch_up": False,
    "poll": 0.5,
    "label": "Tâches de fond",
}

JOBS_SILENCE_SECONDS = env.number("JOBS_SILENCE_SECONDS", default=180, least=1, most=86_400)
"""How long the workers may run no task at all before ``run_jobs`` starts them again."""

EXPORT_FILES_AT_ONCE = env.whole("EXPORT_FILES_AT_ONCE", default=2, least=1, most=4)
"""How many files of a partner's export a worker writes side by side, each over a connection of its own."""

# --- Logs: JSON on stderr, personal data masked before any handler sees it
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask": {"()": "ameli_notify.core.masking.MaskPersonalData"}},
    "formatters": {"json": {"()": "ameli_notify.core.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["mask"]}},
    "root": {"handlers": ["stderr"], "level": env.log_level("LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
}

# --- What the law asks a site to say (« Mentions légales »)
PUBLICATION_DIRECTOR = env.str(
    "PUBLICATION_DIRECTOR", default="Le directeur général de la Caisse nationale de l’Assurance Maladie"
)
HOSTING_PROVIDER = env.str("HOSTING_PROVIDER", default="")
"""Name, address and telephone of who hosts the site; empty: the page says that it is not open to the public."""

# --- Requests to addresses that partners choose (ameli_notify.core.outgoing)
OUTGOING_LOCAL_ALLOWED = False
"""Whether plain HTTP to 127.0.0.1 is one of them: for development and tests, which name it; production never does."""
CLIENT_CERTIFICATE_HEADER = env.str("CLIENT_CERTIFICATE_HEADER", default="")
"""Header in which our reverse proxy, and nobody else, hands over the client's certificate after it has checked it
(RFC 9440, or a PEM with URL escapes); the proxy takes it out of what clients send. Empty: certificates are not used."""

# --- Attachments of reports
CLAMD_URL = env.carrier("CLAMD_URL", read_scanner_url, default="")
"""The virus scanner, ``tcp://host:3310`` or ``unix:///path``. Empty: none; set: nothing is kept unscanned."""

# --- Booking over FHIR R4 (outreach.campaigns.booking), for agreements that allow it
FHIR_BOOKING_URL = env.str("FHIR_BOOKING_URL", default="")
"""Base of the server, https. Empty, as by default: nothing is asked of anybody."""
FHIR_BOOKING_TOKEN = env.str("FHIR_BOOKING_TOKEN", default="")
"""Bearer token that the server gave us."""

# --- Rules of the house that may change
AUDIT_WITNESSES = ("fraud.cases.witness.told_fr",)  # what verify_audit compares with the sealed log, beside it
LINE_RETENTION_MONTHS: Final = env.whole("LINE_RETENTION_MONTHS", default=27, least=1, most=600)
NOTIFICATION_RETENTION_DAYS: Final = env.whole("NOTIFICATION_RETENTION_DAYS", default=90, least=31, most=3_660)
DIGEST_CADENCE_DAYS: Final = 10  # one cohort (0 to 9) a day: everyone is covered every ten days
DEFAULT_MAX_REJECT_RATE: Final = env.number("DEFAULT_MAX_REJECT_RATE", default=0.05, least=0, most=1)
DISPATCH_LEASE_SECONDS = env.whole("DISPATCH_LEASE_SECONDS", default=120, least=1, most=3_600)
DISPATCH_CHUNK_SIZE = env.whole("DISPATCH_CHUNK_SIZE", default=5_000, least=1, most=100_000)
DISPATCH_FIRST_RETRY_SECONDS = env.whole("DISPATCH_FIRST_RETRY_SECONDS", default=10, least=1, most=14_400)
DISPATCH_WINDOW = env.whole("DISPATCH_WINDOW", default=500, least=1, most=100_000)
"""Messages that may be under way without an outcome, so the most that one crash leaves ``unknown``."""

"""Settings of the small project in which the peers run: their applications only, nothing of ours but the seam."""

import os
from pathlib import Path

SECRET_KEY = os.environ["SECRET_KEY"]
INSTALLED_APPS = ["django.contrib.contenttypes", "post_office", "mailer", "ameli_notify.measure.peers"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["PEER_DATABASE_HOST"],
        "USER": "postgres",
        "NAME": "peers",
        "CONN_MAX_AGE": None,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ["PEER_EMAIL_PORT"])
DEFAULT_FROM_EMAIL = "l'Assurance Maladie <assurance-maladie@info.ameli.fr>"

# Each at its best: what it documents for large queues.
POST_OFFICE = {"BATCH_SIZE": 5000, "LOG_LEVEL": 0}
MAILER_EMAIL_BACKEND = EMAIL_BACKEND
MAILER_LOCK_PATH = str(Path(os.environ["VAR_DIR"]) / "mailer")
MAILER_USE_FILE_LOCK = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {
        name: {"handlers": ["stderr"], "level": "ERROR", "propagate": False} for name in ("post_office", "mailer")
    },
}

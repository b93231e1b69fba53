"""Reading the environment: what production must name, and what a checkout makes for itself in ``var``."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import environ
from django.core.exceptions import ImproperlyConfigured

from ameli_notify.core.embedded_postgres import DATABASE

BASE_DIR: Final = Path(__file__).resolve().parent.parent.parent
env: Final = environ.Env()
VAR_DIR: Final = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

REQUIRED_IN_PRODUCTION: Final = (
    "DATABASE_URL", "SECRET_KEY", "FIELD_KEYS", "LOOKUP_KEY", "EMAIL_URL", "SMS_URL", "ALLOWED_HOSTS",
)  # fmt: skip


def required(name: str) -> str:
    """The value of a variable that production cannot do without. Raises ImproperlyConfigured naming all missing."""
    missing = [name for name in REQUIRED_IN_PRODUCTION if not os.environ.get(name)]
    if missing:
        raise ImproperlyConfigured(f"Production needs these environment variables: {', '.join(missing)}.")
    return os.environ[name]


def _fresh_keys() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "FIELD_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "LOOKUP_KEY": secrets.token_hex(32),
    }


def development_keys() -> Mapping[str, str]:
    """Keys of this checkout, made once in ``var/development_keys.json``; the environment wins over them."""
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    path = VAR_DIR / "development_keys.json"
    with (VAR_DIR / "development_keys.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            partial = path.with_suffix(".new")
            partial.touch(mode=0o600)
            partial.write_text(json.dumps(_fresh_keys(), indent=1))
            partial.rename(path)
    keys: dict[str, str] = json.loads(path.read_text())
    return {name: os.environ.get(name) or value for name, value in keys.items()}


def database(url: str | None, *, statement_timeout: str, lock_timeout: str) -> dict[str, Any]:
    """The ``default`` entry of DATABASES: the server of the URL, or the embedded one when there is none."""
    config: dict[str, Any] = env.db_url_config(url) if url else {"NAME": DATABASE, "EMBEDDED_IN": str(VAR_DIR)}
    options = config.setdefault("OPTIONS", {})
    options["assume_role"] = "ameli_app"
    options["options"] = f"-c statement_timeout={statement_timeout} -c lock_timeout={lock_timeout}"
    return config | {"ENGINE": "ameli_notify.core.postgresql", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}

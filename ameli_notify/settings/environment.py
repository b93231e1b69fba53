"""Reading the environment: what production must name, and what a checkout makes for itself in ``var``."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import environ
from django.core.exceptions import ImproperlyConfigured

from ameli_notify.core.crypto import KEY_BYTES, KeyRing, KeyRingError
from ameli_notify.core.embedded_postgres import DATABASE

BASE_DIR: Final = Path(__file__).resolve().parent.parent.parent
SECRET_KEY_CHARACTERS: Final = 50  # Django's own floor (security.W009)


class Environment(environ.Env):
    """The environment, whose errors name the variable and never show its value."""

    def get_value(self, var: str, cast: Any = None, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        try:
            return super().get_value(var, cast, *args, **options)
        except ValueError:
            kind = "a whole number" if cast is int else "a number"
            raise ImproperlyConfigured(f"The environment variable {var} must be {kind}.") from None


env: Final = Environment()
VAR_DIR: Final = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

REQUIRED_IN_PRODUCTION: Final = (
    "DATABASE_URL", "SECRET_KEY", "FIELD_KEYS", "LOOKUP_KEY", "EMAIL_URL", "SMS_URL", "ALLOWED_HOSTS",
)  # fmt: skip


def check_production() -> None:
    """Raises ImproperlyConfigured naming every variable that is missing or of no use; no value is shown."""
    missing = [name for name in REQUIRED_IN_PRODUCTION if not os.environ.get(name)]
    unfit = [
        f"{name} {needs}."
        for name, (is_fit, needs) in _FITNESS.items()
        if name not in missing and not is_fit(os.environ[name])
    ]
    if missing:
        unfit.insert(0, f"Production needs these environment variables: {', '.join(missing)}.")
    if unfit:
        raise ImproperlyConfigured(" ".join(unfit))


def _is_database(url: str) -> bool:
    scheme, separator, rest = url.partition("://")
    return scheme in {"postgres", "postgresql"} and bool(separator) and "/" in rest and not rest.endswith("/")


def _is_secret_key(text: str) -> bool:
    return len(text) >= SECRET_KEY_CHARACTERS and len(set(text)) > 4 and not text.startswith("django-insecure-")


def _is_key_ring(text: str) -> bool:
    try:
        KeyRing.parse(text)
    except KeyRingError:
        return False
    return True


def _is_lookup_key(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) >= KEY_BYTES
    except ValueError:
        return False


def _are_hosts(text: str) -> bool:
    hosts = [host.strip() for host in text.split(",")]
    return all(hosts) and "*" not in hosts


_FITNESS: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "DATABASE_URL": (_is_database, "must be of the form postgres://login:password@host:5432/name"),
    "SECRET_KEY": (_is_secret_key, f"must be random and hold at least {SECRET_KEY_CHARACTERS} characters"),
    "FIELD_KEYS": (
        _is_key_ring,
        f"must be of the form id:base64,id:base64 with ids from 1 to 255 and keys of {KEY_BYTES} bytes",
    ),
    "LOOKUP_KEY": (_is_lookup_key, f"must be hexadecimal and hold at least {KEY_BYTES} bytes"),
    "ALLOWED_HOSTS": (_are_hosts, "must name the hosts, separated by commas; * is refused"),
}
"""What each variable must be like. EMAIL_URL and SMS_URL have a system check (``outreach.checks``)."""


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

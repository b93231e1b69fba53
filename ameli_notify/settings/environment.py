"""Reading the environment: what production must name, and what a checkout makes for itself in ``var``."""

import base64
import fcntl
import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import environ
from django.core.exceptions import ImproperlyConfigured

from ameli_notify.core.crypto import KEY_BYTES, KeyRing, KeyRingError
from ameli_notify.core.embedded_postgres import DATABASE
from ameli_notify.core.import_report import french_number

BASE_DIR: Final = Path(__file__).resolve().parent.parent.parent
SECRET_KEY_CHARACTERS: Final = 50  # Django's own floor (security.W009)


class Environment(environ.Env):
    """The environment. What cannot be used is refused in one French sentence, without the value: it may be secret.

    A variable that is set and empty counts as not set. Every method raises ImproperlyConfigured.
    """

    def whole(self, name: str, *, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        text = self._text(name, default=str(default))
        if re.fullmatch(r"\d{1,9}", text, re.ASCII) is None or not least <= int(text) <= most:
            raise refused(name, f"doit être un nombre entier de {french_number(least)} à {french_number(most)}")
        return int(text)

    def number(self, name: str, *, default: float, least: float, most: float) -> float:
        """A decimal number within bounds."""
        text = self._text(name, default=str(default))
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII) is None or not least <= float(text) <= most:
            raise refused(name, f"doit être un nombre de {least:g} à {most:g}, par exemple {default:g}")
        return float(text)

    def switch(self, name: str, *, default: bool) -> bool:
        """On or off; anything else would be taken for off, which nobody meant."""
        text = self._text(name, default=str(default)).lower()
        if text not in _SWITCHES:
            raise refused(name, "doit être true ou false")
        return _SWITCHES[text]

    def duration(self, name: str, *, default: str) -> str:
        """A time as PostgreSQL reads it; 0 is none."""
        text = self._text(name, default=default)
        if re.fullmatch(r"\d{1,9}(ms|s|min|h)|0", text, re.ASCII) is None:
            raise refused(name, "doit être une durée comme 500ms, 10s ou 2min, ou 0")
        return text

    def log_level(self, name: str, *, default: str) -> str:
        """The name of a level of Python's logging."""
        text = self._text(name, default=default).upper()
        if text not in _LOG_LEVELS:
            raise refused(name, f"doit être l’un de {', '.join(_LOG_LEVELS)}")
        return text

    def carrier(self, name: str, read: Callable[[str], object], *, default: str) -> str:
        """A URL that ``read`` understands; its ValueError says in French why it does not."""
        text = self._text(name, default=default)
        try:
            read(text)
        except ValueError as error:
            raise refused(name, f"ne peut pas servir, {error}") from None
        return text

    def fit(self, name: str, *, default: str) -> str:
        """A database or a key, when it is set: as production asks for."""
        text = self._text(name, default="")
        is_fit, needs = _FITNESS[name]
        if text and not is_fit(text):
            raise refused(name, needs)
        return text or default

    def _text(self, name: str, *, default: str) -> str:
        return os.environ.get(name, "").strip() or default


def refused(name: str, why: str) -> ImproperlyConfigured:
    """One sentence that names the variable."""
    return ImproperlyConfigured(f"La variable d’environnement {name} {why}.")


_SWITCHES: Final = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(("false", "0", "no", "off"), False)
_LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

env: Final = Environment()
VAR_DIR: Final = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

REQUIRED_IN_PRODUCTION: Final = (
    "DATABASE_URL", "SECRET_KEY", "FIELD_KEYS", "LOOKUP_KEY", "EMAIL_URL", "SMS_URL", "ALLOWED_HOSTS",
    "PASSKEY_RP_ID", "PASSKEY_ORIGINS",
)  # fmt: skip


def check_production() -> None:
    """Raises ImproperlyConfigured naming, in one French sentence, every variable that is missing or of no use.

    No value is shown.
    """
    missing = [name for name in REQUIRED_IN_PRODUCTION if not os.environ.get(name)]
    unfit = [
        f"{name} {needs}"
        for name, (is_fit, needs) in _FITNESS.items()
        if name not in missing and not is_fit(os.environ[name])
    ]
    if missing:
        unfit.insert(0, f"il manque {', '.join(missing)}")
    if unfit:
        raise ImproperlyConfigured(f"La production ne démarre pas avec cet environnement : {' ; '.join(unfit)}.")


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


_DOMAIN: Final = r"(?!-)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*"
_ORIGIN: Final = re.compile(rf"https://({_DOMAIN})(?::[0-9]{{1,5}})?")


def _is_domain(text: str) -> bool:
    return re.fullmatch(_DOMAIN, text) is not None


def _are_origins(text: str) -> bool:
    """Browsers let a page use the passkeys of its own domain and of those above it, no other."""
    found = [_ORIGIN.fullmatch(origin.strip()) for origin in text.split(",")]
    domain = os.environ.get("PASSKEY_RP_ID", "")
    return all(origin and (not domain or f".{origin[1]}".endswith(f".{domain}")) for origin in found)


_FITNESS: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "DATABASE_URL": (_is_database, "doit être de la forme postgres://compte:motdepasse@hote:5432/base"),
    "SECRET_KEY": (_is_secret_key, f"doit être tiré au hasard et compter au moins {SECRET_KEY_CHARACTERS} caractères"),
    "FIELD_KEYS": (
        _is_key_ring,
        f"doit être de la forme id:base64,id:base64, avec des id de 1 à 255 et des clés de {KEY_BYTES} octets",
    ),
    "LOOKUP_KEY": (_is_lookup_key, f"doit être en hexadécimal et compter au moins {KEY_BYTES} octets"),
    "ALLOWED_HOSTS": (_are_hosts, "doit nommer les hôtes, séparés par des virgules, et non *"),
    "PASSKEY_RP_ID": (_is_domain, "doit être un domaine en minuscules, sans https:// ni port"),
    "PASSKEY_ORIGINS": (
        _are_origins,
        "doit être de la forme https://hote,https://hote, chaque hôte étant le domaine de PASSKEY_RP_ID ou en dessous",
    ),
}
"""What each variable must be like; EMAIL_URL and SMS_URL are read by their carriers."""


def _fresh_keys() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "FIELD_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "LOOKUP_KEY": secrets.token_hex(32),
    }


def development_keys() -> Mapping[str, str]:
    """Keys of this checkout, made once in ``var/development_keys.json``; the environment wins over them."""
    try:
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        lock_file = (VAR_DIR / "development_keys.lock").open("w")
    except OSError as error:
        raise refused("VAR_DIR", f"doit nommer un dossier où écrire ({error.strerror})") from None
    path = VAR_DIR / "development_keys.json"
    with lock_file as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            partial = path.with_suffix(".new")
            partial.touch(mode=0o600)
            partial.write_text(json.dumps(_fresh_keys(), indent=1))
            partial.rename(path)
    keys: dict[str, str] = json.loads(path.read_text())
    return {
        "SECRET_KEY": os.environ.get("SECRET_KEY") or keys["SECRET_KEY"],
        "FIELD_KEYS": env.fit("FIELD_KEYS", default=keys["FIELD_KEYS"]),
        "LOOKUP_KEY": env.fit("LOOKUP_KEY", default=keys["LOOKUP_KEY"]),
    }


def database(url: str | None, *, statement_timeout: str, lock_timeout: str) -> dict[str, Any]:
    """The ``default`` entry of DATABASES: the server of the URL, or the embedded one when there is none."""
    config: dict[str, Any] = env.db_url_config(url) if url else {"NAME": DATABASE, "EMBEDDED_IN": str(VAR_DIR)}
    options = config.setdefault("OPTIONS", {})
    options["assume_role"] = "ameli_app"
    options["options"] = f"-c statement_timeout={statement_timeout} -c lock_timeout={lock_timeout}"
    return config | {"ENGINE": "ameli_notify.core.postgresql", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}

"""Each environment's settings, read by real processes: Django reads them once."""

import base64
import hashlib
import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from ameli_notify.settings.environment import REQUIRED_IN_PRODUCTION, check_production

# Fixed, for every worker must name the cases alike.
_LONG = base64.urlsafe_b64encode(hashlib.sha512(b"settings under test").digest()).decode()
_KEY = hashlib.sha256(b"a key under test").digest()

PRODUCTION = {
    "DATABASE_URL": "postgres://ameli:secret@db.example.org:5432/ameli_notify",
    "SECRET_KEY": _LONG,
    "FIELD_KEYS": "1:" + base64.b64encode(_KEY).decode(),
    "LOOKUP_KEY": _KEY.hex(),
    "EMAIL_URL": "smtp://relay.example.org:25",
    "SMS_URL": "inbox://",
    "ALLOWED_HOSTS": "console.example.org",
    "PASSKEY_RP_ID": "example.org",
    "PASSKEY_ORIGINS": "https://console.example.org,https://notify.example.org:8443",
}


def start(arguments: list[str], environment: dict[str, str], folder: Path) -> subprocess.Popen[str]:
    """A Python process that knows no variable of ours but those given."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.Popen(
        [sys.executable, "-W", "error", *arguments], cwd=settings.BASE_DIR, text=True,
        env=inherited | {"VAR_DIR": str(folder)} | environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def outcome(arguments: list[str], environment: dict[str, str], folder: Path) -> tuple[int, str, str]:
    process = start(arguments, environment, folder)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def in_production(arguments: list[str], folder: Path, **changes: str) -> tuple[int, str, str]:
    environment = PRODUCTION | {"DJANGO_SETTINGS_MODULE": "ameli_notify.settings.prod"} | changes
    return outcome(arguments, {name: value for name, value in environment.items() if value}, folder)


class TestProduction:
    def test_check_deploy_has_nothing_to_say(self, tmp_path: Path) -> None:
        code, out, err = in_production(["manage.py", "check", "--deploy", "--fail-level", "WARNING"], tmp_path)
        assert (code, err) == (0, ""), out
        assert "no issues" in out or "aucun problème" in out.lower() or "0 silenced" in out

    @pytest.mark.parametrize("name", REQUIRED_IN_PRODUCTION)
    def test_does_not_start_without_a_variable_and_names_it(self, name: str, tmp_path: Path) -> None:
        code, out, err = in_production(["-c", "import django; django.setup()"], tmp_path, **{name: ""})
        assert code != 0
        assert f"il manque {name}." in err
        assert PRODUCTION["SECRET_KEY"] not in out + err

    def test_names_all_that_is_missing_at_once(self, tmp_path: Path) -> None:
        empty = dict.fromkeys(REQUIRED_IN_PRODUCTION, "")
        _, _, err = in_production(["-c", "import django; django.setup()"], tmp_path, **empty)
        assert ", ".join(REQUIRED_IN_PRODUCTION) in err

    def test_makes_no_keys_of_its_own(self, tmp_path: Path) -> None:
        code, _, err = in_production(["-c", "import django; django.setup()"], tmp_path)
        assert (code, err) == (0, "")
        assert list(tmp_path.iterdir()) == []


WEAK = {
    "DATABASE_URL": ["garbage", "mysql://a:b@db.example.org/x", "postgres://db.example.org/"],
    "SECRET_KEY": ["short-one", "a" * 64, "django-insecure-" + _LONG],
    "FIELD_KEYS": ["zzz", "1:AAAA", "0:" + PRODUCTION["FIELD_KEYS"][2:], ","],
    "LOOKUP_KEY": ["ab", "xyz", "a1" * 31],
    "ALLOWED_HOSTS": ["*", "console.example.org, *", "console.example.org,,"],
    "PASSKEY_RP_ID": ["https://example.net", "Example.net", "localhost", "192.0.2.1", "example.net:443"],
    "PASSKEY_ORIGINS": [
        "http://console.example.org",
        "https://console.example.net",
        "https://badexample.org",
        "https://console.example.org/",
        "https://console.example.org,,https://example.org",
    ],
}


SETTINGS = Path(settings.BASE_DIR) / "ameli_notify" / "settings"
UNUSABLE = {
    "TRUSTED_PROXY_HOPS": ["garbage", "-1", "1.5", "21", "²"],
    "QUEUE_WORKERS": ["0", "257"],
    "EXPORT_FILES_AT_ONCE": ["0", "5", "two"],
    "JOBS_SILENCE_SECONDS": ["0", "nan", "1e3", "86401"],
    "LINE_RETENTION_MONTHS": ["0", "601"],
    "NOTIFICATION_RETENTION_DAYS": ["30", "3661"],
    "DEFAULT_MAX_REJECT_RATE": ["-0.1", "1.01", "5%", "inf"],
    "DISPATCH_LEASE_SECONDS": ["0", "3601"],
    "DISPATCH_CHUNK_SIZE": ["0", "100001"],
    "DISPATCH_FIRST_RETRY_SECONDS": ["0", "14401"],
    "DISPATCH_WINDOW": ["-1", "0", "100001", "99999999999999999999"],
    "STATEMENT_TIMEOUT": ["ten seconds", "10", "-1s", "1s; SELECT 1"],
    "LOCK_TIMEOUT": ["5 s"],
    "LOG_LEVEL": ["LOUD"],
    "DEBUG": ["maybe"],
    "OUTGOING_LOCAL_ALLOWED": ["perhaps"],
    "DEMO_INBOX": ["2"],
    "FRANCECONNECT_PKCE": ["maybe"],
}
READERS: dict[str, Callable[[], object]] = {
    **dict.fromkeys(UNUSABLE, lambda: runpy.run_path(str(SETTINGS / "base.py"))),
    **dict.fromkeys(
        ("DEBUG", "DEMO_INBOX", "OUTGOING_LOCAL_ALLOWED"), lambda: runpy.run_path(str(SETTINGS / "dev.py"))
    ),
    **dict.fromkeys(("STATEMENT_TIMEOUT", "LOCK_TIMEOUT"), lambda: runpy.run_path(str(SETTINGS / "prod.py"))),
}
"""The settings that read a variable."""


class TestWeakProduction:
    @pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WEAK.items() for text in texts])
    def test_an_unfit_value_is_named_and_not_shown(self, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable, good in PRODUCTION.items():
            monkeypatch.setenv(variable, good)
        check_production()
        monkeypatch.setenv(name, text)
        with pytest.raises(ImproperlyConfigured, match=f": {name} doit ") as caught:
            check_production()
        assert text in {"*", ",", "ab"} or text not in str(caught.value)

    def test_production_refuses_all_of_them_in_one_message(self, tmp_path: Path) -> None:
        weak = {name: texts[0] for name, texts in WEAK.items()}
        code, out, err = in_production(["manage.py", "check", "--deploy"], tmp_path, **weak | {"SMS_URL": ""})
        assert code != 0
        assert all(f"{name} doit " in err for name in WEAK), out + err
        assert "il manque SMS_URL ;" in err

    @pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in UNUSABLE.items() for text in texts])
    def test_a_value_out_of_range_is_named_and_not_shown(
        self, name: str, text: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for variable, good in PRODUCTION.items():
            monkeypatch.setenv(variable, good)
        monkeypatch.setenv(name, text)
        with pytest.raises(ImproperlyConfigured, match=f"^La variable d’environnement {name} .*[.]$") as caught:
            READERS[name]()
        assert len(text) < 5 or text not in str(caught.value)

    def test_each_setting_that_is_read_has_its_bounds_tested(self) -> None:
        """A number read with plain ``env.int`` has none."""
        sources = "\n".join(path.read_text() for path in SETTINGS.glob("*.py"))
        assert re.findall(r"env[.](?:int|float|bool)[(]", sources) == []
        bounded = re.findall(r"env[.](?:whole|number|switch|duration|log_level)[(]\s*\"(\w+)", sources)
        assert "DISPATCH_WINDOW" in bounded
        assert set(bounded) == set(UNUSABLE)

    @pytest.mark.parametrize("command", ["check", "send_notifications", "migrate"])
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("DISPATCH_WINDOW", "-1"),
            ("EMAIL_URL", "smtp://me:hush-hush@relay.example.org/path"),
            ("SMS_URL", "hush-hush"),
        ],
    )
    def test_every_command_says_so_in_one_sentence_and_ends_with_2(
        self, name: str, text: str, command: str, tmp_path: Path
    ) -> None:
        code, out, err = in_production(["manage.py", command], tmp_path, **{name: text})
        assert (code, out) == (2, "")
        assert err.startswith(f"La variable d’environnement {name} ")
        assert err.count("\n") == 1
        assert "hush" not in err

    @pytest.mark.parametrize(("name", "command"), [("EMAIL_URL", "send_notifications"), ("SMS_URL", "send_codes")])
    def test_a_sender_says_so_in_one_sentence(self, name: str, command: str, settings: Settings, db: None) -> None:
        setattr(settings, name, "garbage://me:hush-hush@[")
        with pytest.raises(CommandError, match=f"rien n’a été envoyé. {name} ne peut pas servir, ") as caught:
            call_command(command)
        assert caught.value.returncode == 2
        assert "hush" not in str(caught.value)


class TestDevelopment:
    SHOW = (
        "import json; from django.conf import settings;"
        "print(json.dumps([settings.SECRET_KEY, settings.FIELD_KEYS, settings.LOOKUP_KEY, str(settings.VAR_DIR)]))"
    )
    ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "ameli_notify.settings.dev"}

    def test_processes_that_start_together_share_one_set_of_keys(self, tmp_path: Path) -> None:
        started = [start(["-c", self.SHOW], self.ENVIRONMENT, tmp_path / "var") for _ in range(4)]
        shown = [process.communicate(timeout=60) for process in started]
        assert [process.returncode for process in started] == [0] * 4, shown
        assert len({out for out, _ in shown}) == 1
        assert (tmp_path / "var" / "development_keys.json").stat().st_mode & 0o077 == 0

    def test_keys_are_kept_and_the_environment_wins(self, tmp_path: Path) -> None:
        first = json.loads(outcome(["-c", self.SHOW], self.ENVIRONMENT, tmp_path)[1])
        second = json.loads(outcome(["-c", self.SHOW], self.ENVIRONMENT | {"SECRET_KEY": "mine"}, tmp_path)[1])
        assert second == ["mine", *first[1:]]

    def test_two_checkouts_have_different_keys(self, tmp_path: Path) -> None:
        one, other = (
            json.loads(outcome(["-c", self.SHOW], self.ENVIRONMENT, tmp_path / name)[1]) for name in ("one", "other")
        )
        assert not set(one) & set(other)

    def test_everything_written_lies_under_var_dir(self, tmp_path: Path) -> None:
        ask = (
            "from django.conf import settings as s;"
            "print(s.VAR_DIR, s.DATABASES['default']['EMBEDDED_IN'], s.STATIC_ROOT, sep='\\n')"
        )
        folder = tmp_path / "elsewhere"
        _, out, _ = outcome(["-c", ask], self.ENVIRONMENT, folder)
        assert all(Path(line).is_relative_to(folder) for line in out.splitlines()), out
        assert len(out.splitlines()) == 3


def test_the_queue_is_set_up_so_that_a_prefetched_task_outlives_its_lock() -> None:
    """A task runs again when its lock ends, and django-q2 counts from the fetch, not from the start."""
    queue: dict[str, Any] = settings.Q_CLUSTER
    waiting = (queue["queue_limit"] + queue["bulk"]) / queue["workers"]
    assert queue["retry"] > queue["timeout"] * (1 + waiting)
    assert (queue["save_limit"], queue["catch_up"], queue["orm"]) == (-1, False, "default")
    assert queue["max_attempts"] > 0

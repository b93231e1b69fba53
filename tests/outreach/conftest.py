"""Mail servers and senders for the tests of sending."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.outreach.outbox import start_manage
from tests.outreach.sinks import RunningSink, running_sink

StartSink = Callable[..., RunningSink]
StartSender = Callable[..., subprocess.Popen[str]]

CONNECTIONS = 2


@pytest.fixture
def journals_here(settings: Settings, tmp_path: Path) -> Path:
    """Where this test's senders keep their journals, in whatever process."""
    settings.VAR_DIR = tmp_path / "var"
    return tmp_path / "var" / "journal"


@pytest.fixture
def start_sink(tmp_path: Path, settings: Settings, journals_here: Path) -> Iterator[StartSink]:
    """Start a mail server, with the sink's fault options; senders of this process use it from then on."""
    with ExitStack() as stack:

        def start(*options: str, port: int = 0) -> RunningSink:
            sink = stack.enter_context(running_sink(tmp_path, *options, port=port))
            settings.EMAIL_URL = f"smtp://127.0.0.1:{sink.port}?connections={CONNECTIONS}&backoff=0.05"
            return sink

        yield start


@pytest.fixture
def sender_environment(process_environment: dict[str, str], settings: Settings) -> dict[str, str]:
    """Environment of a sender in a process of its own, on this test's database, keys and journals."""
    return process_environment | {
        "DJANGO_SETTINGS_MODULE": "ameli_notify.settings.dev",
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_KEYS": settings.FIELD_KEYS,
        "LOOKUP_KEY": settings.LOOKUP_KEY,
        "EMAIL_URL": settings.EMAIL_URL,
    }


@pytest.fixture
def start_sender(sender_environment: dict[str, str], settings: Settings) -> Iterator[StartSender]:
    """Start ``send_notifications`` for e-mail in a process; keywords are settings from the environment."""
    with ExitStack() as stack:

        def start(*arguments: str, **variables: object) -> subprocess.Popen[str]:
            env = sender_environment | {"EMAIL_URL": settings.EMAIL_URL}
            env |= {name: str(value) for name, value in variables.items()}
            process = start_manage("send_notifications", "--channel", "email", *arguments, env=env)
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start

"""No log record and no job may carry personal data: neither a canary nor anything that looks like a NIR or an address.

Production masks logs beside that; the guard looks at what the code hands over, before the net.
"""

import logging
from collections.abc import Mapping

import pytest
from django_q.signing import SignedPackage

from ameli_notify.core.masking import mask_personal_data

# People of the tests that must be met nowhere; factories and tests use them at will.
CANARY_NAMES = ("ZZCANARI", "Yzélie-Canari")
CANARY_NIR = "185070099912345"
CANARY_EMAIL = "canari@example.org"
CANARY_PHONE = "+33600012345"
CANARIES = (*CANARY_NAMES, CANARY_NIR, CANARY_EMAIL, CANARY_PHONE)

_STANDARD = frozenset(vars(logging.makeLogRecord({})))


class PersonalDataGuard:
    """Collects what it finds; the test fails at its end, since code under test may swallow an exception."""

    def __init__(self) -> None:
        self.findings: list[str] = []

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        handle, dumps = logging.Logger.handle, SignedPackage.dumps

        def watched_handle(logger: logging.Logger, record: logging.LogRecord) -> None:
            self.look_at_record(record)
            handle(logger, record)

        def watched_dumps(task: Mapping[str, object], *args: object) -> str:
            self._look(f"job {task['func']}", repr((task["args"], task["kwargs"])))
            packed: str = dumps(task, *args)
            return packed

        monkeypatch.setattr(logging.Logger, "handle", watched_handle)
        monkeypatch.setattr(SignedPackage, "dumps", staticmethod(watched_dumps))

    def look_at_record(self, record: logging.LogRecord) -> None:
        self._look(f"log {record.name}", record.getMessage())
        for name, value in vars(record).items():
            if name not in _STANDARD:
                self._look(f"log {record.name}, extra {name}", str(value))

    def _look(self, place: str, text: str) -> None:
        if any(canary in text for canary in CANARIES) or mask_personal_data(text) != text:
            self.findings.append(f"{place}: {text[:300]}")

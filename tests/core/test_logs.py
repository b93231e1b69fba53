"""One JSON object a line, without personal data and without the text of exceptions."""

import json
import logging
import sys

import pytest

from ameli_notify.core.logs import JsonFormatter, describe_exception
from tests.guards.personal_data import CANARY_EMAIL, CANARY_NIR, CANARY_PHONE


def line(record: logging.LogRecord) -> dict[str, object]:
    text = JsonFormatter().format(record)
    assert "\n" not in text
    entry: dict[str, object] = json.loads(text)
    return entry


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("tests.logs", logging.WARNING, __file__, 1, message, args, None)
    vars(made).update(extra)
    return made


def test_a_line_says_when_how_grave_where_and_what() -> None:
    made = record("%d lines\nloaded", 5)
    made.created = 0.0
    assert line(made) == {
        "at": "1970-01-01T00:00:00.000+00:00", "level": "warning", "logger": "tests.logs", "message": "5 lines\nloaded",
    }  # fmt: skip


def test_extras_keep_their_numbers_and_lose_their_people() -> None:
    entry = line(record("done", lines=5, seconds=1.5, held=True, to=CANARY_EMAIL, nirs=[CANARY_NIR]))
    assert (entry["lines"], entry["seconds"], entry["held"]) == (5, 1.5, True)
    assert (entry["to"], entry["nirs"]) == ("[e-mail]", "['[nir]']")


def test_a_message_loses_its_people() -> None:
    assert line(record("to %s", CANARY_PHONE))["message"] == "to [phone]"


def quotes_its_row() -> None:
    raise LookupError(f"no row for {CANARY_NIR}")


def test_an_exception_keeps_its_frames_and_loses_its_text() -> None:
    made = record("failed")
    try:
        quotes_its_row()
    except LookupError:
        made.exc_info = sys.exc_info()
    shown = str(line(made)["exception"])
    assert shown.startswith("LookupError at ")
    assert "quotes_its_row" in shown
    assert CANARY_NIR not in shown


def test_an_exception_never_raised_is_described_too() -> None:
    assert describe_exception(ValueError(CANARY_NIR)) == "ValueError at "


@pytest.mark.parametrize("exc_info", [None, (None, None, None)])
def test_no_exception_no_entry(exc_info: tuple[None, None, None] | None) -> None:
    made = record("fine")
    made.exc_info = exc_info
    assert "exception" not in line(made)

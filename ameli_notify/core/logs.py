"""JSON log lines: one object a line, UTC, with whatever ``extra`` a caller gives."""

import datetime as dt
import json
import logging
import traceback
from typing import Final

from ameli_notify.core.masking import mask_personal_data

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """``{"at", "level", "logger", "message", …extra, "exception"}``; exceptions keep frames, never values."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": mask_personal_data(record.getMessage()),
        }
        for name, value in vars(record).items():
            if name not in _STANDARD:
                entry[name] = value if isinstance(value, int | float | bool) else mask_personal_data(str(value))
        if record.exc_info and record.exc_info[1] is not None:
            entry["exception"] = describe_exception(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=False)


def describe_exception(error: BaseException) -> str:
    """Its class and frames, which say where to look, and never its text, which often quotes the row it failed on."""
    frames = " < ".join(
        f"{f.filename}:{f.lineno} {f.name}" for f in reversed(traceback.extract_tb(error.__traceback__))
    )
    return f"{type(error).__name__} at {frames}"

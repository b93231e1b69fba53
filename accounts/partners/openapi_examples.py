"""An example for whatever the document shows: those of ``docs/partner-api/examples.json``, by the name of the shape.

``"@Member"`` stands for the example of that shape, be it one that a serializer has. A status behind the name is for an
answer of that status.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.conf import settings

EXAMPLES: Final = settings.BASE_DIR / "docs/partner-api/examples.json"
NAME: Final = "example"
_JSON: Final = ("application/json", "application/x-www-form-urlencoded")

Schema = dict[str, Any]


def add_examples(document: Schema) -> None:
    """Give what has none the example of its shape. Raises KeyError for a shape without any."""
    known: dict[str, Any] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    contents = list(_contents(document))
    for name, _, content in contents:
        for given in content.get("examples", {}).values():
            known.setdefault(name, given["value"])
    for name, status, content in contents:
        if "examples" not in content:
            value = known.get(f"{name} {status}", known.get(name)) if name else {}
            if value is None:
                raise KeyError(f"no example of {name}")
            content["examples"] = {NAME: {"value": _whole(value, known)}}


def _contents(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    """What is sent and answered, with the name of its shape (none for an empty body) and its status."""
    for methods in document["paths"].values():
        for operation in methods.values():
            parts = [("", operation.get("requestBody", {})), *operation["responses"].items()]
            for status, part in parts:
                for media_type, content in part.get("content", {}).items():
                    if media_type in _JSON:
                        yield content["schema"].get("$ref", "").rpartition("/")[2], status, content


def _whole(value: Any, known: Mapping[str, Any]) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, str) and value.startswith("@"):
        return _whole(known[value[1:]], known)
    if isinstance(value, list):
        return [_whole(one, known) for one in value]
    if isinstance(value, dict):
        return {name: _whole(one, known) for name, one in value.items()}
    return value

"""The grid: read from its file, checked, published once; a review keeps the version that it was drawn with."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from outreach.campaigns.quality.models import ReviewGrid

FOLDER: Final = Path(__file__).parent / "grids"
CURRENT: Final = "appel-v1.yaml"
_PARTS: Final = {"code", "label", "help", "well", "better"}


class GridError(ValueError):
    """A grid that cannot be. For whoever writes one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One point. ``well`` and ``better`` are said to the adviser, for « oui » and for « non »."""

    code: str
    label: str
    help: str
    well: str
    better: str


def parse_grid(content: object) -> tuple[Item, ...]:
    """The points of a grid's content. Raises GridError."""
    match content:
        case {"name": str(), "version": int(), "items": [_, *_] as items, **rest} if not rest:
            parsed = tuple(_item(item) for item in items)
        case _:
            raise GridError("a grid has a name, a version and items")
    if len({item.code for item in parsed}) < len(parsed):
        raise GridError("two items have one code")
    return parsed


def publish_grid(path: Path = FOLDER / CURRENT) -> ReviewGrid:
    """The published row of a file. Raises GridError: also for a file that was changed after it was published."""
    content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    parse_grid(content)
    if path.stem != f"{content['name']}-v{content['version']}":
        raise GridError(f"{path.name} holds another version")
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    checksum = hashlib.sha256(text.encode()).hexdigest()
    row, _ = ReviewGrid.objects.get_or_create(
        name=content["name"], version=content["version"], defaults={"checksum": checksum, "content": content}
    )
    if row.checksum != checksum:
        raise GridError(f"{path.name} was published, and changed since: write the next version")
    return row


def _item(item: object) -> Item:
    if not isinstance(item, dict) or set(item) != _PARTS or not all(isinstance(text, str) for text in item.values()):
        raise GridError(f"an item has {', '.join(sorted(_PARTS))}")
    return Item(**item)

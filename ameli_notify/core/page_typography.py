"""French spacing of what templates say: the space before « : ; ? ! » % € » and inside guillemets never breaks a line.

Templates are written with the spaces of a keyboard; the loaders change them once, when a template is compiled. What
comes out of variables is not touched: a person's words stay as they typed them.
"""

import re
from typing import Final

from django.template import Origin
from django.template.loaders import app_directories, filesystem

NBSP: Final = "\u00a0"
_TAG: Final = r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}"
_COMMENT: Final = r"\{%\s*comment\b.*?endcomment\s*%\}|<!--.*?-->"
_MARKUP: Final = re.compile(rf"({_COMMENT}|{_TAG}|<(?:{_TAG}|[^>])*>)", re.DOTALL)
_TIGHT: Final = re.compile(r"\s+(?=[:;?!»%€])|(?<=«)\s+|(?<=\d) (?=\d|[KMG]o\b)")


def typeset_page(source: str) -> str:
    """The source of an HTML template with its texts typeset; tags and their attributes are left alone."""
    parts = _MARKUP.split(source)
    parts[::2] = [tight(text) for text in parts[::2]]
    return "".join(parts)


def tight(text: str) -> str:
    """A text of ours without breaks before its signs."""
    return _TIGHT.sub(NBSP, text)


def _typeset_file(source: str, origin: Origin) -> str:
    return typeset_page(source) if origin.name.endswith(".html") else source


class FilesystemLoader(filesystem.Loader):
    """Templates of the project."""

    def get_contents(self, origin: Origin) -> str:
        return _typeset_file(super().get_contents(origin), origin)


class AppDirectoriesLoader(app_directories.Loader):
    """Templates of installed apps."""

    def get_contents(self, origin: Origin) -> str:
        return _typeset_file(super().get_contents(origin), origin)

"""A PDF is kept only when it is nothing but pages: no password, no program, no file inside, nothing that starts."""

import io
import logging
import zipfile
from collections.abc import Iterator
from typing import Final

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

MOST_PAGES: Final = 200
MOST_OBJECTS: Final = 100_000
ACTIVE: Final = frozenset({
    "/JavaScript", "/JS", "/OpenAction", "/AA", "/Launch", "/EmbeddedFiles", "/EmbeddedFile", "/Filespec", "/RichMedia",
    "/XFA", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/Sound", "/3D", "/AF",
})  # fmt: skip
"""Keys, types and actions that make a document do something, or carry something else."""
HARMLESS_OPENINGS: Final = frozenset({"/XYZ", *("/Fit" + ending for ending in ("", "H", "V", "R", "B", "BH", "BV"))})
"""Destinations: which page shows first, and how large."""
_END: Final = b"%%EOF"
_AFTER_END: Final = 1024
"""Bytes: an appended archive or program would stand behind the end."""


class PdfError(ValueError):
    """Not a PDF that can be kept. The text is French, for the person."""


_DAMAGED: Final = "Ce fichier PDF est abîmé : nous n’arrivons pas à l’ouvrir."
_ACTIVE_FR: Final = (
    "Ce fichier PDF contient autre chose que des pages (un programme, un formulaire actif ou un fichier caché). "
    "Envoyez plutôt une photo ou une version imprimée puis numérisée."
)


def check_pdf(content: bytes) -> None:
    """Raise PdfError unless the file is a plain document, read to its last object."""
    if not content.startswith(b"%PDF-"):
        raise PdfError(_DAMAGED)
    end = content.rfind(_END)
    if end < 0 or len(content) - end > _AFTER_END or content[end + len(_END) :].strip(b"\r\n \x00"):
        raise PdfError(_DAMAGED)
    # An archive opens from its end, whatever stands before: a document can be one, in an object that no page needs.
    if zipfile.is_zipfile(io.BytesIO(content)):
        raise PdfError(_ACTIVE_FR)
    try:
        # pypdf says what it repairs in a log; a file of a person is nobody's log line.
        logging.getLogger("pypdf").setLevel(logging.CRITICAL)
        reader = PdfReader(io.BytesIO(content), strict=True)
        if reader.is_encrypted:
            raise PdfError("Ce fichier PDF est protégé par un mot de passe. Envoyez-en une copie sans protection.")
        pages = len(reader.pages)
        if not 1 <= pages <= MOST_PAGES:
            raise PdfError(f"Ce fichier PDF a {pages} pages. Nous en acceptons {MOST_PAGES} au plus.")
        found = next(_active(reader), None)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        if isinstance(error, PdfError):
            raise
        raise PdfError(_DAMAGED) from None
    if found is not None:
        raise PdfError(_ACTIVE_FR)


def _active(reader: PdfReader) -> Iterator[str]:
    """Names of what acts, in every object that can be reached from the trailer."""
    ahead: list[object] = [reader.trailer]
    seen: set[tuple[int, int]] = set()
    count = 0
    while ahead:
        value = ahead.pop()
        count += 1
        if count > MOST_OBJECTS:
            raise PdfError("Ce fichier PDF est trop complexe. Envoyez plutôt une photo.")
        if isinstance(value, IndirectObject):
            place = (value.idnum, value.generation)
            if place not in seen:
                seen.add(place)
                ahead.append(value.get_object())
        elif isinstance(value, DictionaryObject):
            yield from _names_in(value)
            ahead.extend(value.raw_get(key) for key in value)
        elif isinstance(value, ArrayObject):
            ahead.extend(list.__iter__(value))


def _names_in(value: DictionaryObject) -> Iterator[str]:
    for key in value:
        if key == "/OpenAction" and _is_view(value.get(key)):
            continue
        if key in ACTIVE:
            yield str(key)
    for key in ("/S", "/Type", "/Subtype"):
        named = value.get(key)
        if isinstance(named, str) and named in ACTIVE:
            yield named


def _is_view(opening: object) -> bool:
    """An opening that only says which page shows first, and how large."""
    opening = opening.get_object() if isinstance(opening, IndirectObject) else opening
    return isinstance(opening, ArrayObject) and len(opening) >= 2 and str(opening[1]) in HARMLESS_OPENINGS

"""A picture written anew: only its pixels come in, turned the right way up. No metadata, no passenger."""

import io
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from fraud.intake.enums import AttachmentKind

MOST_PIXELS: Final = 50_000_000
"""A phone's largest pictures; each is held in memory whole, at three bytes a pixel."""
LONGEST_SIDE: Final = 4_000
"""Pixels kept: a sheet of A4 stays readable at 300 dots an inch."""
JPEG_QUALITY: Final = 88
_FORMATS: Final = {AttachmentKind.JPEG: "JPEG", AttachmentKind.PNG: "PNG"}

_TOO_LARGE: Final = "Cette image est trop grande. Prenez la photo en taille moyenne."


class PictureError(ValueError):
    """Not a picture that can be kept. The text is French, for the person."""


def rewritten(content: bytes, *, kind: AttachmentKind) -> bytes:
    """The same picture, from its pixels alone. Raises PictureError."""
    wanted = _FORMATS[kind]
    try:
        # Only the decoder of the format that the first bytes announce is ever run.
        with Image.open(io.BytesIO(content), formats=[wanted]) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise PictureError(_TOO_LARGE)
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(_TOO_LARGE) from None
    except PictureError:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise PictureError("Cette image est abîmée : nous n’arrivons pas à l’ouvrir.") from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A new canvas carries nothing of what came with the old one.
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    out = io.BytesIO()
    if kind is AttachmentKind.JPEG:
        clean.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    else:
        clean.save(out, "PNG", optimize=True)
    return out.getvalue()

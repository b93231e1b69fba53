"""Documents as people and as attackers send them, made here: none is stored in the repository."""

import io
import zipfile
import zlib

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

EICAR_PARTS = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")
"""In two parts, so that no scanner takes this module for the test file itself."""


def eicar() -> bytes:
    return "".join(EICAR_PARTS).encode()


def a_jpeg(*, size: tuple[int, int] = (60, 40), exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    picture = Image.new("RGB", size, (200, 30, 30))
    picture.save(out, "JPEG", exif=exif or Image.Exif())
    return out.getvalue()


def a_png(*, size: tuple[int, int] = (60, 40)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (30, 200, 30)).save(out, "PNG")
    return out.getvalue()


def a_photo_with_a_place() -> bytes:
    """A picture that says where and with what it was taken, and lies on its side."""
    exif = Image.Exif()
    exif[0x010F] = "TELEPHONE-ESSAI"
    exif[0x0112] = 6  # turned by a quarter
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 24.0)}
    return a_jpeg(exif=exif)


def a_png_bomb() -> bytes:
    """A few kilobytes that claim 30,000 x 30,000 pixels."""
    header = b"IHDR" + (30_000).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    body = b"IDAT" + zlib.compress(b"\0" * 1_000_000, 9)
    chunks = b"".join(
        (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
        for chunk in (header, body, b"IEND")
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


def a_pdf(pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=200, height=200)
    return _written(writer)


def a_pdf_with_script() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    script = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(script)
    return _written(writer)


def a_pdf_with_a_file() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.add_attachment("programme.exe", b"MZ")
    return _written(writer)


def a_pdf_that_starts_something() -> bytes:
    writer = PdfWriter()
    page = writer.add_blank_page(width=200, height=200)
    action = DictionaryObject({NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("cmd")})
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): action})
    return _written(writer)


def a_locked_pdf() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.encrypt("secret", algorithm="AES-256")
    return _written(writer)


def a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bombe.txt", b"0" * 5_000_000)
    return out.getvalue()


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()

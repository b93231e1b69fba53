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


def a_small_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Main-Class: X")
    return out.getvalue()


def a_gif_that_is_a_jar() -> bytes:
    out = io.BytesIO()
    Image.new("P", (2, 2)).save(out, "GIF")
    return out.getvalue() + a_small_zip()


def a_pdf_that_is_a_jar() -> bytes:
    """A flawless document of one page; an object that nothing refers to holds a whole archive."""
    return _by_hand(b"<</Length %d>>\nstream\n%b\nendstream" % (len(a_small_zip()), a_small_zip()))


def a_pdf_that_swells() -> bytes:
    """A kilobyte of it claims a megabyte: the table of its objects unpacks to 300 megabytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(300)) + packer.flush()
    body = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    table = b"<</Type/XRef/Size 3/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>" % len(packed)
    return b"%b2 0 obj\n%b\nstream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (body, table, packed, len(body))


def a_script_that_is_a_pdf() -> bytes:
    """A program in JavaScript to a browser, a document to readers that look for their mark anywhere."""
    return b"/*" + a_pdf() + b"*/alert(1)"


def a_jpeg_with_a_page() -> bytes:
    """A picture whose comment is a page of HTML."""
    said = b"<html><script>alert(document.domain)</script></html>"
    picture = a_jpeg()
    return picture[:2] + b"\xff\xfe" + (len(said) + 2).to_bytes(2, "big") + said + picture[2:]


def a_png_with_a_page() -> bytes:
    """A picture with a chunk of text that is a page of HTML."""
    said = b"tEXtComment\0<script>alert(1)</script>"
    chunk = (len(said) - 4).to_bytes(4, "big") + said + zlib.crc32(said).to_bytes(4, "big")
    picture = a_png()
    return picture[:33] + chunk + picture[33:]  # behind the mark and the header


def a_jpeg_bomb() -> bytes:
    """A small picture that claims 60,000 x 60,000 pixels."""
    picture = bytearray(a_jpeg())
    frame = picture.index(b"\xff\xc0")
    picture[frame + 5 : frame + 9] = (60_000).to_bytes(2, "big") * 2
    return bytes(picture)


def _by_hand(loose: bytes) -> bytes:
    """One page, and an object that nothing refers to."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        loose,
    ]
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + table + b"trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()

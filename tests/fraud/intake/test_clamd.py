"""The hook against ClamAV itself, with one signature of our own: that of the harmless test file."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from fraud.intake.antivirus import InfectedError, ScannerDownError, scan
from fraud.intake.attachments import MOST_BYTES, AttachmentError, made_acceptable
from tests.fraud.intake import files
from tests.tools import require_tool

STARTS_SECONDS = 30.0
CONFIGURATION = """
Foreground yes
LocalSocket {folder}/clamd.ctl
DatabaseDirectory {folder}
TemporaryDirectory {folder}
StreamMaxLength 11M
ExitOnOOM yes
"""

pytestmark = [pytest.mark.xdist_group("clamd")]


@pytest.fixture(scope="module")
def clamd() -> Iterator[str]:
    """Its address, once it answers; ended by its own process."""
    program = require_tool("clamd", "apt-get install clamav-daemon")
    with tempfile.TemporaryDirectory(prefix="clamd-") as name:
        folder = Path(name)
        # name:any kind of file:anywhere in it:bytes. ClamAV's own signatures are fetched at run time, not here.
        (folder / "essai.ndb").write_text(f"Essai.Eicar:0:*:{files.eicar().hex()}\n", encoding="ascii")
        (folder / "clamd.conf").write_text(CONFIGURATION.format(folder=folder), encoding="utf-8")
        with (folder / "out").open("wb") as said:
            process = subprocess.Popen(
                [program, "--config-file", str(folder / "clamd.conf")], stdout=said, stderr=subprocess.STDOUT
            )
        try:
            deadline = time.monotonic() + STARTS_SECONDS
            while not (folder / "clamd.ctl").exists():
                assert process.poll() is None, (folder / "out").read_text()
                assert time.monotonic() < deadline, (folder / "out").read_text()
                time.sleep(0.1)
            yield f"unix://{folder}/clamd.ctl"
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture
def scanner(clamd: str, settings: Settings) -> None:
    settings.CLAMD_URL = clamd


@pytest.mark.usefixtures("scanner")
class TestClamd:
    @pytest.mark.parametrize(
        "content",
        [b"x", files.a_pdf(), files.a_jpeg(), files.a_png(), b"0" * MOST_BYTES],
        ids=["one byte", "PDF", "JPEG", "PNG", "ten megabytes"],
    )
    def test_lets_clean_files_through(self, content: bytes) -> None:
        scan(content)

    @pytest.mark.parametrize(
        "content",
        [files.eicar(), files.a_jpeg() + files.eicar(), files.a_pdf() + files.eicar(), b" " * 200_000 + files.eicar()],
        ids=["alone", "behind a picture", "behind a document", "past the first piece"],
    )
    def test_recognises_the_test_file_wherever_it_hides(self, content: bytes) -> None:
        with pytest.raises(InfectedError):
            scan(content)

    def test_is_asked_for_every_attachment(self) -> None:
        safe = made_acceptable(SimpleUploadedFile("facture.pdf", files.a_pdf()))
        assert safe.scanned_at is not None
        with pytest.raises(AttachmentError, match="refusé par notre antivirus"):
            made_acceptable(SimpleUploadedFile("photo.jpg", files.a_jpeg() + files.eicar()))

    def test_what_it_does_not_take_is_no_verdict(self) -> None:
        """It closes the door on what is over its own limit, which is above ours."""
        with pytest.raises(ScannerDownError):
            scan(b"0" * (12 * 1024 * 1024))

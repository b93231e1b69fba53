"""Documents: what comes in is safe, whatever was sent; what goes out goes to its owner, and opens nowhere."""

import io
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import Settings

from accounts.people.models import InsuredPerson
from fraud.intake.antivirus import read_scanner_url
from fraud.intake.attachments import (
    MOST_BYTES,
    MOST_FILES,
    AttachmentError,
    content_of,
    harmless_name,
    made_safe,
    sniffed,
)
from fraud.intake.enums import AttachmentKind
from fraud.intake.models import AttachmentContent, FraudReport, ReportAttachment
from fraud.intake.sealed import open_name
from tests.fraud.intake import files
from tests.fraud.intake.walking import send, start_url, write_draft
from tests.reimbursements.payments.rows import make_person, page_of, sign_in

pytestmark = pytest.mark.django_db


def draft_of(client: Client, person: InsuredPerson) -> FraudReport:
    write_draft(client, start_url(person))
    return FraudReport.objects.get(insured=person)


def upload(client: Client, draft: FraudReport, *contents: bytes, name: str = "document.pdf") -> str:
    """What the page says after sending these files."""
    chosen = [SimpleUploadedFile(name, content) for content in contents]
    answer = client.post(reverse("report-files", args=[draft.public_id]), {"files": chosen})
    return answer.content.decode() if answer.status_code == 400 else ""


class TestWhatComesIn:
    @pytest.mark.parametrize(
        ("make", "kind"),
        [
            (files.a_pdf, AttachmentKind.PDF),
            (files.a_jpeg, AttachmentKind.JPEG),
            (files.a_png, AttachmentKind.PNG),
        ],
    )
    def test_is_kept_and_given_back(
        self, make: Callable[[], bytes], kind: AttachmentKind, me: InsuredPerson, mine: Client
    ) -> None:
        draft = draft_of(mine, me)
        assert upload(mine, draft, make(), name="../../Ma facture n°3.exe") == ""
        attachment = ReportAttachment.objects.get()
        assert attachment.kind == kind
        assert open_name(attachment).startswith("Ma facture n 3.")
        answer = mine.get(reverse("report-attachment", args=[draft.public_id, attachment.public_id]))
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.content == content_of(attachment)

    def test_a_photo_loses_its_place_and_stands_upright(self) -> None:
        safe = made_safe(files.a_photo_with_a_place(), kind=AttachmentKind.JPEG)
        assert b"TELEPHONE-ESSAI" not in safe
        with Image.open(io.BytesIO(safe)) as picture:
            assert dict(picture.getexif()) == {}
            assert picture.size == (40, 60)

    def test_what_hangs_behind_a_picture_is_gone(self) -> None:
        polyglot = files.a_jpeg() + files.a_zip()
        safe = made_safe(polyglot, kind=sniffed(polyglot))
        assert b"PK\x03\x04" not in safe

    @pytest.mark.parametrize("make", [files.a_jpeg_with_a_page, files.a_png_with_a_page])
    def test_a_page_inside_a_picture_is_gone(self, make: Callable[[], bytes]) -> None:
        assert b"<script>" in make()
        safe = made_safe(make(), kind=sniffed(make()))
        assert b"<script>" not in safe
        with Image.open(io.BytesIO(safe)) as picture:
            assert picture.size == (60, 40)

    def test_is_sealed_in_its_table(self, me: InsuredPerson, mine: Client) -> None:
        upload(mine, draft_of(mine, me), files.a_pdf())
        assert b"%PDF" not in bytes(AttachmentContent.objects.get().content_sealed)

    def test_the_same_file_twice_is_one(self, me: InsuredPerson, mine: Client) -> None:
        upload(mine, draft_of(mine, me), files.a_pdf(), files.a_pdf())
        assert ReportAttachment.objects.count() == 1


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a program called PDF": (lambda: b"MZ\x90\x00" + b"\0" * 500, "Ce type de fichier n’est pas accepté"),
    "EICAR": (files.eicar, "Ce type de fichier n’est pas accepté"),
    "a zip bomb": (files.a_zip, "Ce type de fichier n’est pas accepté"),
    "a page of HTML": (lambda: b"<html><script>alert(1)</script>", "Ce type de fichier n’est pas accepté"),
    "an SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "Ce type de fichier n’est pas"),
    "nothing": (lambda: b"", "vide"),
    "a picture bomb": (files.a_png_bomb, "trop grande"),
    "half a picture": (lambda: files.a_jpeg(size=(800, 800))[:600], "abîmée"),
    "a PNG that is a JPEG inside": (lambda: b"\x89PNG\r\n\x1a\n" + files.a_jpeg(), "abîmée"),
    "a PDF with a script": (files.a_pdf_with_script, "autre chose que des pages"),
    "a PDF with a file": (files.a_pdf_with_a_file, "autre chose que des pages"),
    "a PDF that starts something": (files.a_pdf_that_starts_something, "autre chose que des pages"),
    "a locked PDF": (files.a_locked_pdf, "mot de passe"),
    "half a PDF": (lambda: files.a_pdf(3)[:200], "abîmé"),
    "a PDF and an archive": (lambda: files.a_pdf() + files.a_zip(), "abîmé"),
    "a PDF of 500 pages": (lambda: files.a_pdf(500), "500 pages"),
    "EICAR in a PDF's end": (lambda: files.a_pdf() + files.eicar(), "abîmé"),
    "a GIF that is a JAR": (files.a_gif_that_is_a_jar, "Ce type de fichier n’est pas accepté"),
    "a script that is a PDF": (files.a_script_that_is_a_pdf, "Ce type de fichier n’est pas accepté"),
    "a PDF that is a JAR": (files.a_pdf_that_is_a_jar, "autre chose que des pages"),
    "a PDF and a script": (lambda: files.a_pdf() + b"\n//*/alert(1)", "abîmé"),
    "a PDF that swells": (files.a_pdf_that_swells, "abîmé"),
    "a JPEG bomb": (files.a_jpeg_bomb, "trop grande"),
    "fifty megabytes": (lambda: files.a_jpeg() + b"0" * 50 * 1024 * 1024, "10 Mo"),
    "eleven megabytes": (lambda: b"%PDF-" + b"0" * (MOST_BYTES + 1), "10 Mo"),
}


class TestHostileFiles:
    @pytest.mark.parametrize("what", HOSTILE)
    def test_are_refused_with_a_clear_word(self, what: str, me: InsuredPerson, mine: Client) -> None:
        make, said = HOSTILE[what]
        draft = draft_of(mine, me)
        page = upload(mine, draft, make(), name="facture-de-ZZCANARI.pdf")
        assert said in page.replace("\u00a0", " ")
        assert "Document 1" in page
        assert "ZZCANARI" not in page
        assert not ReportAttachment.objects.exists()

    def test_a_bad_file_does_not_take_the_good_ones_with_it(self, me: InsuredPerson, mine: Client) -> None:
        page = upload(mine, draft_of(mine, me), files.a_png(), b"MZ", files.a_jpeg())
        assert "Document 2" in page
        assert ReportAttachment.objects.count() == 2

    def test_there_are_only_so_many(self, me: InsuredPerson, mine: Client) -> None:
        draft = draft_of(mine, me)
        pictures = [files.a_png(size=(10 + number, 10)) for number in range(MOST_FILES + 1)]
        page = upload(mine, draft, *pictures)
        assert f"Document {MOST_FILES + 1}" in page
        assert ReportAttachment.objects.count() == MOST_FILES

    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("facture.pdf", "facture.pdf"),
            ("facture.pdf.exe", "facture pdf.pdf"),
            ("C:\\Users\\x\\ordonnance.JPG", "ordonnance.pdf"),
            ("../../../etc/passwd", "passwd.pdf"),
            ('a"; filename="b.html', "a filename b.pdf"),
            ("\u202egpj.exe", "gpj.pdf"),
            ("", "document.pdf"),
            ("é" * 300, "é" * 80 + ".pdf"),
            ("x\r\nSet-Cookie: a=b", "x Set-Cookie a b.pdf"),
        ],
    )
    def test_names_are_harmless(self, name: str, kept: str) -> None:
        assert harmless_name(name, kind=AttachmentKind.PDF) == kept


class TestWhoReads:
    def test_nobody_but_the_owner(self, me: InsuredPerson, mine: Client) -> None:
        draft = draft_of(mine, me)
        upload(mine, draft, files.a_pdf())
        address = reverse("report-attachment", args=[draft.public_id, ReportAttachment.objects.get().public_id])
        assert mine.get(address).status_code == 200
        assert sign_in(make_person("Autre")).get(address).status_code == 404
        assert Client().get(address).status_code == 302

    def test_not_through_another_report_of_ones_own(self, me: InsuredPerson, mine: Client) -> None:
        draft = draft_of(mine, me)
        upload(mine, draft, files.a_pdf())
        stranger = make_person("Autre")
        theirs = sign_in(stranger)
        other = draft_of(theirs, stranger)
        attachment = ReportAttachment.objects.get()
        assert theirs.get(reverse("report-attachment", args=[other.public_id, attachment.public_id])).status_code == 404
        removing = reverse("report-file-remove", args=[other.public_id, attachment.public_id])
        assert theirs.post(removing).status_code == 404
        assert ReportAttachment.objects.exists()

    def test_a_document_is_taken_off_a_draft_but_not_off_a_report(self, me: InsuredPerson, mine: Client) -> None:
        draft = draft_of(mine, me)
        upload(mine, draft, files.a_pdf())
        mine.post(reverse("report-file-remove", args=[draft.public_id, ReportAttachment.objects.get().public_id]))
        assert not AttachmentContent.objects.exists()
        upload(mine, draft, files.a_pdf())
        mine.post(reverse("report-check", args=[draft.public_id]))
        attachment = ReportAttachment.objects.get()
        answer = mine.post(reverse("report-file-remove", args=[draft.public_id, attachment.public_id]))
        assert answer.status_code == 302
        assert ReportAttachment.objects.filter(pk=attachment.pk).exists()

    def test_documents_are_added_to_an_open_report_and_noted(self, me: InsuredPerson, mine: Client) -> None:
        report = send(mine, start_url(me))
        adding = reverse("report-add-file", args=[report.public_id])
        mine.post(adding, {"files": [SimpleUploadedFile("x.png", files.a_png())]})
        assert "attached" in [event.kind for event in report.events.all()]
        mine.post(reverse("report-withdraw", args=[report.public_id]))
        mine.post(adding, {"files": [SimpleUploadedFile("y.png", files.a_jpeg())]})
        assert report.attachments.count() == 1
        assert "Vos documents" in page_of(mine, reverse("report", args=[report.public_id]))


class TestAntivirus:
    def test_a_clean_file_is_marked_as_seen(self, scanner: list[bytes], me: InsuredPerson, mine: Client) -> None:
        assert upload(mine, draft_of(mine, me), files.a_pdf()) == ""
        assert ReportAttachment.objects.get().scanned_at is not None
        assert scanner == [files.a_pdf()]

    def test_what_it_recognises_is_refused(self, scanner: list[bytes], me: InsuredPerson, mine: Client) -> None:
        infected = files.a_jpeg() + files.eicar()
        assert "refusé par notre antivirus" in upload(mine, draft_of(mine, me), infected)
        assert scanner == [infected], "it is shown what was sent, not what would be kept"
        assert not ReportAttachment.objects.exists()

    @pytest.mark.parametrize("url", ["tcp://127.0.0.1:1", "unix:///nowhere/clamd.ctl"])
    def test_nothing_comes_in_while_it_is_down(
        self, url: str, settings: Settings, me: InsuredPerson, mine: Client
    ) -> None:
        settings.CLAMD_URL = url
        assert "antivirus ne répond pas" in upload(mine, draft_of(mine, me), files.a_pdf())
        assert not ReportAttachment.objects.exists()

    def test_an_answer_that_says_nothing_is_a_refusal(
        self, settings: Settings, me: InsuredPerson, mine: Client
    ) -> None:
        with _Clamd(lambda _: b"INSTREAM size limit exceeded. ERROR\0") as clamd:
            settings.CLAMD_URL = clamd.url
            assert "antivirus ne répond pas" in upload(mine, draft_of(mine, me), files.a_pdf())

    def test_without_one_an_attachment_says_that_it_was_not_seen(self, me: InsuredPerson, mine: Client) -> None:
        upload(mine, draft_of(mine, me), files.a_pdf())
        with pytest.raises(AttachmentError):
            sniffed(b"")
        assert ReportAttachment.objects.get().scanned_at is None


@pytest.mark.parametrize(
    "url",
    ["clamd", "http://127.0.0.1:3310", "tcp://", "tcp://h:port", "tcp://h:99999", "unix://clamd.ctl", "tcp://h/x"],
)
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="tcp://hôte:port"):
        read_scanner_url(url)
    assert read_scanner_url("tcp://127.0.0.1:3310").port == 3310
    assert read_scanner_url("unix:///run/clamav/clamd.ctl").path == "/run/clamav/clamd.ctl"
    assert read_scanner_url("").scheme == ""


class _Clamd:
    """A scanner on this machine that speaks INSTREAM and keeps what it was shown."""

    def __init__(self, verdict: Callable[[bytes], bytes]) -> None:
        self._verdict = verdict
        self.seen: list[bytes] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "_Clamd":
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                channel, _ = self._server.accept()
            except OSError:
                return
            with channel, channel.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                content = b""
                while size := int.from_bytes(stream.read(4), "big"):
                    content += stream.read(size)
                self.seen.append(content)
                channel.sendall(self._verdict(content))


@pytest.fixture
def scanner(settings: Settings) -> Iterator[list[bytes]]:
    """A scanner that recognises EICAR; yields what it was shown."""
    verdict = lambda content: b"stream: Eicar-Test FOUND\0" if files.eicar() in content else b"stream: OK\0"  # noqa: E731
    with _Clamd(verdict) as clamd:
        settings.CLAMD_URL = clamd.url
        yield clamd.seen

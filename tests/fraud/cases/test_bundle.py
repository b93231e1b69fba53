"""A case as one ZIP: whole, fingerprinted, without formulas, and with people's documents only while they are open."""

import csv
import hashlib
import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.access.models import AccessLog
from accounts.staff.models import User
from fraud.cases.deciding import accuse_lines, take_step
from fraud.cases.decision_models import LegalBasis
from fraud.cases.enums import OpeningReason, StepKind
from fraud.cases.letters.making import make_letter
from fraud.cases.models import CaseEvent, CaseLine, FraudCase
from fraud.cases.unveiling import unveil
from fraud.intake.attachments import attach
from fraud.intake.models import FraudReport, ReportedLine
from tests.fraud.cases.rows import CaseMaker, hold
from tests.fraud.intake.files import a_png
from tests.reimbursements.payments.rows import make_person
from tests.staff import client_of

NAME = "Zélie-Reconnaissable"


@pytest.fixture
def case(new_case: CaseMaker, investigator: User) -> FraudCase:
    """Held, with a document, a letter, a held line and a title that a spreadsheet would compute."""
    made = hold(new_case(person=make_person(NAME), title='=HYPERLINK("x")'), by=investigator)
    report = FraudReport.objects.get()
    attach(report.pk, SimpleUploadedFile("Photo de Zélie.png", a_png()), insured_id=report.insured_id)
    accuse_lines(made.pk, line_ids=[ReportedLine.objects.get().pk], by=investigator)
    basis = LegalBasis.objects.get(kind=StepKind.LETTER)
    step = take_step(made.pk, kind=StepKind.LETTER, legal_basis=basis, done_on=timezone.localdate(), by=investigator)
    make_letter(step.pk, recipient="Camille ESSAI", address="1 rue de l’Essai", facts="", by=investigator)
    return made


def fetch(case: FraudCase, user: User) -> zipfile.ZipFile:
    answer = client_of(user).get(reverse("admin:fraud_fraudcase_bundle", args=[case.pk]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
    assert f"dossier-{case.number}.zip" in answer["Content-Disposition"]
    assert answer.streaming
    return zipfile.ZipFile(io.BytesIO(answer.getvalue()))


def rows(archive: zipfile.ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig")), delimiter=";"))


class TestBundle:
    def test_everything_is_in_it_and_agrees_with_the_manifest(self, case: FraudCase, investigator: User) -> None:
        archive = fetch(case, investigator)
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifeste.json"))
        assert (manifest["dossier"], manifest["etabli_par"]) == (case.number, investigator.username)
        said = {one["fichier"]: one["sha256"] for one in manifest["fichiers"]}
        assert said == {
            name: hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name != "manifeste.json"
        }
        assert {name.split("/")[0] for name in said} == {
            f"dossier-{case.number}.pdf", "lignes.csv", "chronologie.csv", "lettres",
        }  # fmt: skip
        assert archive.read(f"dossier-{case.number}.pdf").startswith(b"%PDF")

    def test_lines_are_a_table_without_formulas(self, case: FraudCase, investigator: User) -> None:
        headings, line = rows(fetch(case, investigator), "lignes.csv")
        cells = dict(zip(headings, line, strict=True))
        assert cells["Soin"] == '\'=HYPERLINK("x")'
        assert (cells["Retenue"], cells["Empreinte de la ligne retenue"]) == (
            "oui",
            CaseLine.objects.get().snapshot_sha256,
        )
        assert (cells["Facturé"], cells["Remboursé"]) == ("30,00", "21,00")

    def test_the_timeline_holds_every_event(self, case: FraudCase, investigator: User) -> None:
        found = rows(fetch(case, investigator), "chronologie.csv")[1:]
        assert len(found) >= CaseEvent.objects.filter(case=case).count()
        assert {"lettre établie", "ligne retenue", "dossier ouvert"} <= {row[2] for row in found}

    def test_nobody_s_document_or_name_is_in_it_while_the_people_are_closed(
        self, case: FraudCase, investigator: User
    ) -> None:
        archive = fetch(case, investigator)
        assert not [name for name in archive.namelist() if name.startswith("pieces/")]
        assert "absentes" in json.loads(archive.read("manifeste.json"))["pieces_jointes"]
        assert not AccessLog.objects.filter(insured_id__isnull=False).exists()
        for name in archive.namelist():
            assert NAME.encode() not in archive.read(name)
        assert AccessLog.objects.filter(action="export", reason="dossier complet", object_id=str(case.pk)).count() == 1

    def test_with_the_people_open_documents_are_in_it_and_each_is_logged_for_its_author(
        self, case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        unveil(case.pk, reason=OpeningReason.INVESTIGATION, by=investigator)
        report = FraudReport.objects.get()
        archive = fetch(case, investigator)
        (name,) = [name for name in archive.namelist() if name.startswith("pieces/")]
        assert name == f"pieces/{report.receipt_no}-01.png"
        assert archive.read(name).startswith(b"\x89PNG")
        assert json.loads(archive.read("manifeste.json"))["pieces_jointes"] == "jointes"
        (read,) = AccessLog.objects.filter(insured_id=report.insured_id)
        assert case.number in read.reason
        other = fetch(case, supervisor)
        assert not [name for name in other.namelist() if name.startswith("pieces/")]

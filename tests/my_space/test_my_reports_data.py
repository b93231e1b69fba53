"""Reports, documents and talks in « Télécharger mes données »: mine, whole, and nobody else's."""

import io
import json
import zipfile
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from accounts.people.models import InsuredPerson
from accounts.staff.roles import Role
from fraud.conversations.talking import answer, take_next
from fraud.intake.assistant import dialogue
from fraud.intake.attachments import attach, content_of
from fraud.intake.enums import ReportStatus
from fraud.intake.following import move_report, write_message
from fraud.intake.models import FraudReport, ReportAttachment
from fraud.intake.sending import send_report
from reimbursements.payments.tokens import StatementKey, statement_token
from tests.accounts.insured import confirmed, make_nir, make_person
from tests.fraud.conversations.rows import QUESTION, ask
from tests.fraud.intake.files import a_pdf, a_png
from tests.fraud.rows import complete_draft
from tests.my_space.test_my_data import DATA
from tests.reimbursements.payments.rows import pay
from tests.staff import make_staff


def archive(client: Client) -> zipfile.ZipFile:
    given = confirmed(client).post(DATA)
    assert isinstance(given, StreamingHttpResponse)
    return zipfile.ZipFile(io.BytesIO(given.getvalue()))


def parsed(found: zipfile.ZipFile, name: str) -> Any:  # noqa: ANN401 (what the file says)
    return json.loads(found.read(f"{name}.json"))


def draft_about(person: InsuredPerson) -> FraudReport:
    today = timezone.localdate()
    key = StatementKey(payment_date=today, emitter_code="01C751000", statement_no=pay(person, on=today))
    return complete_draft(person, statement_token(key, reader_id=person.pk))


def reported(person: InsuredPerson, *files: SimpleUploadedFile) -> FraudReport:
    draft = draft_about(person)
    for file in files:
        attach(draft.pk, file, insured_id=person.pk)
    return send_report(draft.pk, insured_id=person.pk).report


def test_a_report_with_all_that_hangs_on_it(me: InsuredPerson, mine: Client) -> None:
    report = reported(me, SimpleUploadedFile("facture.pdf", a_pdf()), SimpleUploadedFile("facture.pdf", a_png()))
    agent = make_staff()
    write_message(report.pk, text="Avez-vous la facture ?", by=agent)
    move_report(report.pk, to=ReportStatus.WAITING, by=agent)
    write_message(report.pk, text="La voici.", by=None)
    found = archive(mine)
    (record,) = parsed(found, "signalements")
    assert record["numero"].replace("\u00a0", "").replace(" ", "") == report.receipt_no
    assert record["etat"] == "en cours d’examen"
    assert record["reponses"][-1]["recit"] == "Personne n’est venu."
    assert record["reponses"][0]["question"].endswith("?")
    assert [line["montant_verse"] for line in record["paiements"]] == ["21.00"]
    assert [(one["de"], one["texte"]) for one in record["messages"]] == [
        ("l’Assurance Maladie", "Avez-vous la facture ?"),
        ("vous", "La voici."),
    ]
    assert record["etapes"][0]["evenement"] == "signalement envoyé"
    contents = [found.read(one["fichier"]) for one in record["documents"]]
    assert contents == [content_of(one) for one in ReportAttachment.objects.order_by("added_at", "pk")]
    assert len(set(contents)) == 2
    assert {one["fichier"].rpartition(".")[2] for one in record["documents"]} == {"pdf", "png"}


def test_a_draft_is_there_too(me: InsuredPerson, mine: Client) -> None:
    draft_about(me)
    (record,) = parsed(archive(mine), "signalements")
    assert (record["numero"], record["etat"], record["envoye_le"]) == (None, "brouillon", None)
    assert record["brouillon_garde_jusqu_au"]
    assert record["reponses"][-1]["recit"] == "Personne n’est venu."


def test_talks_with_an_adviser_and_with_the_assistant(me: InsuredPerson, mine: Client) -> None:
    adviser = make_staff("agent-conseil", role=Role.ADVISER)
    talk = ask(me)
    take_next(by=adviser)
    answer(talk.pk, text="Bonjour, je regarde.", by=adviser)
    dialogue.answer(me.pk, question="Pourquoi deux euros de moins ?")
    found = archive(mine)
    (said,) = parsed(found, "conversations")
    assert [(one["de"], one["texte"]) for one in said["messages"]] == [
        ("vous", QUESTION),
        ("le conseiller", "Bonjour, je regarde."),
    ]
    (spoken,) = parsed(found, "assistant")
    assert spoken["echanges"][0] == {"de": "vous", "texte": "Pourquoi deux euros de moins ?"}
    assert spoken["echanges"][1]["de"] == "l’assistant"


def test_nothing_of_anybody_else_and_nothing_of_the_staff(me: InsuredPerson, mine: Client) -> None:
    stranger = make_person(make_nir(6), mobile="")
    theirs = reported(stranger, SimpleUploadedFile("autre.pdf", a_pdf()))
    ask(stranger)
    dialogue.answer(stranger.pk, question="Question de quelqu’un d’autre")
    report = reported(me)
    FraudReport.objects.filter(pk=report.pk).update(joins=theirs)
    agent = make_staff("agent-nomme")
    write_message(report.pk, text="Bonjour.", by=agent)
    found = archive(mine)
    assert [name for name in found.namelist() if name.startswith("signalements/")] == []
    (record,) = parsed(found, "signalements")
    assert not {"gravite", "rejoint", "caisse"} & record.keys()
    everything = "".join(found.read(name).decode() for name in found.namelist())
    for words in (str(theirs.receipt_no), "quelqu’un d’autre", "agent-nomme", "autre.pdf"):
        assert words not in everything, words
    assert parsed(found, "conversations") == []


def test_the_file_says_what_each_of_these_is(me: InsuredPerson, mine: Client) -> None:
    found = archive(mine)
    assert (parsed(found, "signalements"), parsed(found, "conversations"), parsed(found, "assistant")) == ([], [], [])
    assert "signalements/" in found.read("LISEZ-MOI.txt").decode()

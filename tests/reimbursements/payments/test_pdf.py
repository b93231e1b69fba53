"""The PDF statement: what it says, to whom, how it is built for a screen reader, and what it costs."""

import io
import logging
import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from accounts.access.models import AccessLog
from accounts.people.models import InsuredPerson
from ameli_notify.core import typesetting
from reimbursements.lines.models import ReimbursementLine
from reimbursements.payments import pdf_export
from reimbursements.payments.querysets import Lines
from reimbursements.reference.models import ActReference
from tests.reimbursements.payments.rows import PAID, PAYMENTS, make_child, make_person, pay, pay_case, rows_of, sign_in
from tests.reimbursements.test_explanations_cases import CASES, copay, gp

PDF = f"{PAYMENTS}releve.pdf"


def document_of(client: Client, query: str = "") -> PdfReader:
    answer = client.get(f"{PDF}{query}")
    assert answer.status_code == 200, answer.content[:200]
    return PdfReader(io.BytesIO(answer.content))


def words_of(document: PdfReader) -> str:
    """Every word, with ordinary spaces and no line ends."""
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in document.pages))


def tags_of(document: PdfReader) -> list[str]:
    """The structure types, in reading order."""
    found: list[str] = []

    def walk(node: object) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, DictionaryObject):
            if "/S" in node:
                found.append(str(node["/S"]))
            if "/K" in node:
                walk(node["/K"])
        elif isinstance(node, list):
            for each in node:
                walk(each)

    walk(document.root_object["/StructTreeRoot"])
    return found


def test_the_file_is_a_pdf_that_nobody_stores(me: InsuredPerson, mine: Client) -> None:
    pay(me)
    answer = mine.get(PDF)
    assert answer.content.startswith(b"%PDF-1.")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="releve-paiements-2026-11-01.pdf"'
    assert "no-store" in answer.headers["Cache-Control"]


def test_it_is_tagged_french_titled_and_says_that_it_is_accessible(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp(), copay(1951, "2.00"))
    document = document_of(mine)
    root = document.root_object
    assert str(root["/Lang"]) == "fr-FR"
    assert root["/MarkInfo"]["/Marked"].value is True  # type: ignore[index]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True  # type: ignore[index]
    assert document.metadata is not None
    assert (
        document.metadata.title == "Relevé de vos paiements – du 1er\u00a0août\u00a02024 au 1er\u00a0novembre\u00a02026"
    )
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_object().get_data()  # type: ignore[union-attr]
    tags = tags_of(document)
    assert tags.count("/H1") == 1
    assert tags.count("/H2") == 3
    assert tags.count("/Table") == 2
    assert tags.count("/TH") == 5 + 7
    assert "/Figure" not in tags


def test_it_says_when_what_for_whom_to_whom_how_much_and_why(me: InsuredPerson, mine: Client) -> None:
    number = pay(me, gp(), copay(1951, "2.00"))
    words = words_of(document_of(mine))
    for told in (
        "Relevé de vos paiements",
        "Yzelle ESSAI",
        "Paiements du 1er août 2024 au 1er novembre 2026",
        "Relevé établi le 1er novembre 2026",
        f"19/10/2026 n° {number} Consultation chez un médecin généraliste Vous, le 12 octobre 2026",
        "30,00 € 30,00 € 70 % 21,00 € Vous",
        "Total versé 19,00 €",
        f"Paiement du 19 octobre 2026, décompte {number}",
        "Le 19 octobre 2026, l’Assurance Maladie vous a versé 19,00 €.",
        "Sur 30,00 € de soins, la part de l’Assurance Maladie",
        "page 1 sur 1",
    ):
        assert told in words, told


def test_it_explains_in_the_words_of_the_page(me: InsuredPerson, mine: Client) -> None:
    """The same engine: each sentence of the page « Détail » about its lines stands in the document."""
    pay_case(me, "gp_paid_to_you")
    detail = mine.get(f"{PAYMENTS}{rows_of(mine)[0].token}/").context["detail"]
    words = words_of(document_of(mine))
    said = [str(sentence) for line in detail.lines for sentence in line.explanation.sentences]
    assert said
    for sentence in said:
        assert re.sub(r"\s+", " ", sentence) in words, sentence


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_typical_statement_can_be_set(me: InsuredPerson, mine: Client, name: str) -> None:
    pay_case(me, name)
    words = words_of(document_of(mine))
    assert "[[" not in words
    assert "None" not in words


def test_the_totals_are_those_of_the_page(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp(paid="10.00"), copay(1951, "2.00"))
    pay(me, gp(paid="20.00", payee=36), copay(1952, "2.00"))
    pay_case(me, "allowance_paid_to_the_employer")
    words = words_of(document_of(mine))
    assert "2026 8,00 € 20,00 € 492,00 € 520,00 €" in words
    assert "Total versé 520,00 €" in words
    assert "Participation forfaitaire due plus tard : 2,00 €" in words
    assert "elle ne compte dans aucun total" in words


def test_it_follows_the_filters_and_says_so(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp(paid="1.00"))
    pay(me, gp(paid="2.00", payee=36), on=PAID.replace(year=2025))
    assert "Total versé 1,00 €" in words_of(document_of(mine, "?dates=2026"))
    words = words_of(document_of(mine, "?paye_a=soignants"))
    assert "Payé à : Un professionnel ou un établissement de santé" in words
    assert "Total versé 2,00 €" in words
    assert "Aucun paiement ne correspond à votre choix." in words_of(document_of(mine, "?paye_a=autres"))
    assert mine.get(f"{PDF}?dates=faux").headers["Location"] == f"{PAYMENTS}?dates=faux"


def test_of_a_statement_cut_by_the_choice_only_the_chosen_lines_speak(me: InsuredPerson, mine: Client) -> None:
    """A document about my child, to be given to somebody, says nothing of what the same statement paid for me."""
    child = make_child(me)
    number = pay(me, gp(paid="13.00"))
    apart = pay(me, gp(paid="5.00"), to=child)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reimbursements_line SET statement_no = %s, line_no = 7 WHERE statement_no = %s", [number, apart]
        )
    marks = {label: mark for mark, label in mine.get(PAYMENTS).context["form"].fields["beneficiary"].choices}
    words = words_of(document_of(mine, f"?{urlencode({'beneficiaire': marks['Noé']})}"))
    assert "Bénéficiaire : Noé" in words
    assert "vous a versé 5,00 €" in words
    for mine_alone in ("13,00", "18,00", "60,00"):
        assert mine_alone not in words, mine_alone


@pytest.mark.parametrize("hostile", ['#read("/etc/passwd")', "*a* _b_ $c$ \\ `d`", "= T <e> @f // g", "#panic() ]{"])
def test_hostile_labels_and_names_are_shown_literally(me: InsuredPerson, mine: Client, hostile: str) -> None:
    ActReference.objects.filter(system="NGAP", code="G").update(plain_label=hostile)
    child = make_child(me, hostile.replace(" ", ""))
    pay(me, to=child)
    words = words_of(document_of(mine))
    assert hostile in words
    assert hostile.replace(" ", "") in words.replace(" ", "")


def test_confidential_lines_show_to_whom_may_see_them(me: InsuredPerson, mine: Client) -> None:
    grown = make_child(me, "Lou", born=PAID.replace(year=2001))
    pay(me, gp(paid="17.00"), to=grown, is_confidential=True)
    mine_words = words_of(document_of(mine))
    for secret in ("17,00", "Lou", "confidentiel"):
        assert secret not in mine_words
    theirs = words_of(document_of(sign_in(grown)))
    assert "Soins confidentiels" in theirs
    assert "17,00" in theirs
    assert "onsultation" not in theirs


def test_somebody_elses_payments_are_nowhere(me: InsuredPerson, mine: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the code's own filter taken away, too: the database still shows nothing of anybody else."""
    pay(make_person("Autre"), gp(paid="99.00"))
    pay(me)
    assert "99,00" not in words_of(document_of(mine))

    def unfiltered(*_: object, **__: object) -> Lines:
        return ReimbursementLine.objects.all()

    monkeypatch.setattr(pdf_export, "visible_lines", unfiltered)
    words = words_of(document_of(mine))
    assert "99,00" not in words
    assert "Total versé 19,00 €" in words


def test_heads_and_page_numbers_are_on_every_page(me: InsuredPerson, mine: Client) -> None:
    for _ in range(3):
        pay(me, *[gp(paid="1.00")] * 20)
    pages = [re.sub(r"\s+", " ", page.extract_text()) for page in document_of(mine).pages]
    assert len(pages) > 4
    for number, page in enumerate(pages, start=1):
        assert f"page {number} sur {len(pages)}" in page
    listed = [page for page in pages if "n° " in page]
    assert len(listed) > 2
    assert all("Date et décompte Soins Montant de l’acte Base Taux Versé Payé à" in page for page in listed)


def test_without_any_payment_the_document_says_so(mine: Client) -> None:
    words = words_of(document_of(mine))
    assert "Aucune somme n’a été versée." in words
    assert "page 1 sur 1" in words


def test_each_document_is_noted_and_its_reader_is_nobody_else(
    me: InsuredPerson, mine: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """By account and size; the access log is about what others read."""
    pay(me)
    with caplog.at_level(logging.INFO, logger="reimbursements"):
        content = mine.get(PDF).content
        mine.get(f"{PDF}?dates=faux")
    (record,) = [record for record in caplog.records if record.message == "statement exported"]
    noted = vars(record)
    assert (noted["account"], noted["lines"], noted["bytes"]) == (me.account.user_id, 2, len(content))
    assert not AccessLog.objects.exists()


def test_a_person_may_ask_for_so_many_in_a_while(
    me: InsuredPerson, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_export, "PER_PERSON", 1)
    assert mine.get(PDF).status_code == 200
    answer = mine.get(PDF)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == pdf_export.PER_PERSON_SECONDS
    assert "Réessayez dans 15 minutes." in answer.content.decode()
    assert sign_in(make_person("Autre")).get(PDF).status_code == 200


def test_what_is_too_long_asks_for_a_shorter_period(
    me: InsuredPerson, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_export, "MOST_LINES", 3)
    pay(me, gp(), gp())
    assert mine.get(PDF).status_code == 200
    pay(me, gp(), gp(), on=PAID.replace(year=2025))
    answer = mine.get(PDF)
    assert answer.status_code == 400
    assert "choisissez une période plus courte" in answer.content.decode()
    assert mine.get(f"{PDF}?dates=2025").status_code == 200


def test_a_crowd_is_told_when_to_come_back(mine: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "TURN_SECONDS", 0.01)
    held = [typesetting._turns.acquire() for _ in range(typesetting.AT_ONCE)]
    try:
        answer = mine.get(PDF)
    finally:
        for _ in held:
            typesetting._turns.release()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "Réessayez dans une minute." in answer.content.decode()


def test_the_number_of_queries_does_not_depend_on_the_lines(me: InsuredPerson, mine: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            document_of(mine)
        return len(captured)

    pay(me)
    count()
    few = count()
    for _ in range(5):
        pay(me, gp(), gp(payee=36), copay(1951, "2.00"), to=make_child(me))
    assert count() == few


def test_two_thousand_lines_are_one_document(me: InsuredPerson, mine: Client) -> None:
    """27 months of somebody who is ill every day."""
    for _ in range(40):
        pay(me, *[gp(paid="1.00"), copay(1951, "0.50")] * 25)
    pages = document_of(mine).pages
    assert 100 < len(pages) < 300
    assert f"page {len(pages)} sur {len(pages)}" in re.sub(r"\s+", " ", pages[-1].extract_text())


def test_the_page_leads_to_both_files(me: InsuredPerson, mine: Client) -> None:
    pay(me)
    page = mine.get(f"{PAYMENTS}?dates=2026").content.decode()
    assert f'href="{PDF}?dates=2026">Télécharger le relevé (PDF)' in page
    assert "releve.csv?dates=2026" in page

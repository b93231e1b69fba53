"""« Télécharger mes données »: everything of mine, in files that open, and nothing of anybody else."""

import io
import json
import random
import string
import zipfile
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from accounts.access.models import AccessLog
from accounts.identity.events import AccountEvent
from accounts.partners.models import PartnerInsurer, PartnerMembership
from accounts.people.contacts import change_contact
from accounts.people.enums import ContactKind
from accounts.people.models import InsuredPerson, LongTermCondition
from ameli_notify.core.zip_stream import PIECE, Entry, zip_stream
from tests.accounts.insured import CONFIRM, NIR, add_contact, confirmed, make_nir, make_person
from tests.guards.personal_data import CANARY_EMAIL, CANARY_PHONE
from tests.my_space.messages import make_digest, text_of
from tests.reimbursements.payments.rows import make_child, pay, pay_case
from tests.reimbursements.test_explanations_cases import CASES

DATA = "/mon-espace/informations/telecharger/"
FILES = {
    "LISEZ-MOI.txt", "compte.json", "identite.json", "sante.json", "coordonnees.json", "preferences.json",
    "paiements.json", "paiements.csv", "messages.json", "rendez_vous.json", "appels.json", "consultations.json",
    "signalements.json", "conversations.json", "assistant.json",
}  # fmt: skip


def download(client: Client) -> dict[str, str]:
    """The files by name."""
    answer = client.post(DATA)
    assert answer.status_code == 200
    assert isinstance(answer, StreamingHttpResponse)
    assert answer.headers["Content-Type"] == "application/zip"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="mes-donnees-20')
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def parsed(files: dict[str, str], name: str) -> Any:  # noqa: ANN401 (what the file says)
    return json.loads(files[f"{name}.json"])


class TestFile:
    def test_holds_everything_of_mine(self, me: InsuredPerson, mine: Client) -> None:
        pay(me)
        make_digest(me)
        LongTermCondition.objects.create(insured=me, code=8)
        partner = PartnerInsurer.objects.create(code="75012345", name="Mutuelle d’essai")
        PartnerMembership.objects.create(insured=me, partner=partner, member_no="A1", starts_on="2025-01-01")
        AccessLog.objects.create(
            actor_id=1, actor_role="adviser", action="view", object_kind="accounts.insuredperson",
            insured_id=me.pk, reason="Appel",
        )  # fmt: skip
        change_contact(me.pk, kind=ContactKind.EMAIL, address="mienne@example.net")
        files = download(confirmed(mine))
        assert set(files) == FILES
        identity = parsed(files, "identite")
        assert identity["numero_de_securite_sociale"] == NIR
        assert identity["organismes_complementaires"][0]["nom"] == "Mutuelle d’essai"
        assert parsed(files, "sante")["affections_de_longue_duree"][0]["code"] == 8
        assert parsed(files, "sante")["affections_de_longue_duree"][0]["libelle"]
        assert {(one["adresse"], one["origine"]) for one in parsed(files, "coordonnees")} == {
            ("mienne@example.net", "saisie dans Mon espace"),
            (CANARY_EMAIL, "fichier de la caisse"),
            (CANARY_PHONE, "fichier de la caisse"),
        }
        lines = parsed(files, "paiements")
        assert [(line["soins"], line["montant_verse"]) for line in lines] == [
            ("Consultation chez un médecin généraliste", "21.00"),
            ("Participation forfaitaire", "-2.00"),
        ]
        assert files["paiements.csv"].count("\n") == 1 + len(lines)
        assert "Information de paiement" in {one["message"] for one in parsed(files, "messages")}
        assert parsed(files, "consultations")[0]["motif"] == "Appel"
        account = parsed(files, "compte")
        assert account["activite"][0]["evenement"] == "données téléchargées"
        assert account["sessions_ouvertes"][0]["navigateur"] == "Firefox"
        assert parsed(files, "preferences")["actuelles"]["information de paiement"] == "e-mail"

    def test_explains_each_of_its_files(self, me: InsuredPerson, mine: Client) -> None:
        readme = download(confirmed(mine))["LISEZ-MOI.txt"]
        assert [name for name in FILES - {"LISEZ-MOI.txt"} if name not in readme] == []
        assert "&" not in readme, "it is a text, not a page"

    def test_is_whole_when_there_is_nothing(self, me: InsuredPerson, mine: Client) -> None:
        files = download(confirmed(mine))
        assert (parsed(files, "paiements"), parsed(files, "consultations")) == ([], [])

    def test_holds_nothing_of_anybody_else(self, me: InsuredPerson, mine: Client) -> None:
        child, stranger = make_child(me, "Noé"), make_person(make_nir(6), email="autre@example.net", mobile="")
        add_contact(child, kind=ContactKind.EMAIL, address="enfant@example.net")
        pay(me, to=child)
        secret = pay(me, to=child, is_confidential=True)
        strange = pay(stranger)
        for person in (child, stranger):
            LongTermCondition.objects.create(insured=person, code=5)
            make_digest(person)
            AccessLog.objects.create(
                actor_id=1, actor_role="adviser", action="view", object_kind="x", insured_id=person.pk, reason="Secret"
            )
            AccountEvent.objects.create(insured=person, kind="app-added", browser="Safari")
        files = download(confirmed(mine))
        lines = parsed(files, "paiements")
        assert {line["beneficiaire"] for line in lines} == {"Noé"}
        numbers = {line["numero_de_decompte"] for line in lines}
        assert not {secret, strange} & numbers
        assert parsed(files, "sante")["affections_de_longue_duree"] == []
        everything = "".join(files.values())
        for words in ("example.net", "Secret", "Safari", make_nir(6)):
            assert words not in everything, words

    def test_shows_my_own_confidential_care_to_me(self, me: InsuredPerson, mine: Client) -> None:
        number = pay(me, is_confidential=True)
        lines = parsed(download(confirmed(mine)), "paiements")
        assert {(line["numero_de_decompte"], line["confidentiel"]) for line in lines} == {(number, True)}

    def test_of_a_protected_person_holds_no_address(self, me: InsuredPerson, mine: Client) -> None:
        confirmed(mine)
        InsuredPerson.objects.update(is_contact_protected=True)
        files = download(mine)
        assert parsed(files, "coordonnees") == []
        assert parsed(files, "identite")["code_postal"] is None
        everything = "".join(files.values())
        assert "example.org" not in everything
        assert CANARY_PHONE not in everything
        assert "Vos coordonnées sont protégées" in files["LISEZ-MOI.txt"]

    def test_gives_away_no_secret_of_the_account(self, me: InsuredPerson, mine: Client) -> None:
        everything = "".join(download(confirmed(mine)).values())
        session = mine.cookies["sessionid"].value
        assert session not in everything
        assert "argon2" not in everything


class TestDoor:
    def test_asks_for_a_fresh_code(self, me: InsuredPerson, mine: Client) -> None:
        answer = mine.post(DATA)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(CONFIRM)
        assert "next=%2Fmon-espace%2Finformations%2Ftelecharger%2F" in answer.headers["Location"]
        assert not AccountEvent.objects.filter(kind="data-downloaded").exists()

    def test_opens_five_times_a_day(self, me: InsuredPerson, mine: Client) -> None:
        confirmed(mine)
        for _ in range(5):
            download(mine)
        answer = mine.post(DATA)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert "Trop d’essais ont été faits" in answer.content.decode()
        assert AccountEvent.objects.filter(kind="data-downloaded").count() == 5

    def test_looking_gives_nothing_away(self, me: InsuredPerson, mine: Client) -> None:
        page = text_of(mine, DATA)
        assert "Télécharger mes données" in page
        assert NIR not in page
        assert not AccountEvent.objects.filter(kind="data-downloaded").exists()

    def test_every_kind_of_line_can_be_written(self, me: InsuredPerson, mine: Client) -> None:
        numbers = {pay_case(me, name, on=timezone.localdate()) for name in CASES}
        lines = parsed(download(confirmed(mine)), "paiements")
        assert {line["numero_de_decompte"] for line in lines} == numbers


class TestStream:
    def test_comes_in_pieces_of_bounded_size(self) -> None:
        words = random.Random(1)  # noise does not compress
        noise = ("".join(words.choices(string.printable, k=300)) for _ in range(3_000))
        pieces = list(zip_stream([Entry("a.txt", noise), Entry("b.txt", ["été"])], at=(2026, 11, 22, 10, 0, 0)))
        assert len(pieces) > 3
        assert max(map(len, pieces)) < 2 * PIECE
        with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
            assert archive.testzip() is None
            assert archive.read("b.txt").decode() == "été"
            assert archive.getinfo("a.txt").file_size == 900_000

    def test_of_nothing_is_an_archive(self) -> None:
        with zipfile.ZipFile(io.BytesIO(b"".join(zip_stream([], at=(2026, 1, 1, 0, 0, 0))))) as archive:
            assert archive.namelist() == []


@pytest.mark.parametrize("method", ["put", "delete"])
def test_nothing_else_is_done_here(me: InsuredPerson, mine: Client, method: str) -> None:
    assert getattr(mine, method)(DATA).status_code == 405

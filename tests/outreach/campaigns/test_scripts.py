"""Call scripts: what must be said is there, what must not be asked is not."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, transaction

from outreach.campaigns.campaign.dispositions import TRAITS, Disposition
from outreach.campaigns.campaign.enums import CampaignPurpose
from outreach.campaigns.scripts import publishing
from outreach.campaigns.scripts.checks import findings
from outreach.campaigns.scripts.models import CallScriptVersion
from outreach.campaigns.scripts.publishing import altered_files, files, publish_scripts, published, read_file
from outreach.campaigns.scripts.structure import ScriptError, parse, walk

CONTENT, SCRIPT = read_file(files()[0])


def changed(change: Callable[[dict[str, Any]], object]) -> list[str]:
    """What is found after a change of the script in service."""
    content = copy.deepcopy(CONTENT)
    change(content)
    return findings(parse(content))


def say(text: str, *, step: str = "medecin") -> list[str]:
    return changed(lambda content: content["steps"][step].update(say=text))


def test_every_script_in_service_passes(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_call_scripts")
    assert "suivi-v1.yaml : 6 étapes" in capsys.readouterr().out


def test_every_disposition_has_its_traits() -> None:
    assert set(TRAITS) == set(Disposition)


class TestChecks:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("Quel est votre numéro de sécurité sociale ?", "nobody's business"),
            ("Donnez-moi votre RIB.", "nobody's business"),
            ("Quel est votre numéro de sécu ?", "nobody's business"),
            ("Donnez-moi votre numéro d’assuré.", "nobody's business"),
            ("Lisez-moi les chiffres de votre carte.", "nobody's business"),
            ("Dictez-moi le code reçu.", "asks for a secret"),
            ("En quelle année êtes-vous née ?", "prove who they are"),
            ("Épelez votre nom.", "prove who they are"),
            ("Prenez-vous bien vos comprimés ?", "asks about an illness"),
            ("Comment va votre tension ?", "asks about an illness"),
            ("Vivez-vous seul ?", "private life"),
            ("Il faut absolument consulter.", "medical advice"),
            ("Vous risquez de perdre vos remboursements.", "presses"),
            ("Quel code à 6 chiffres avez-vous reçu ?", "asks for a secret"),
            ("Quelle est votre date de naissance ?", "prove who they are"),
            ("De quoi souffrez-vous ?", "asks about an illness"),
            ("Votre diabète demande un suivi.", "names an illness"),
            ("Vous devez prendre votre traitement.", "medical advice"),
            ("C’est urgent.", "presses"),
            ("Cliquez sur le lien reçu.", "leads somewhere"),
            ("C’est gratuit.", "sells"),
            ("Bonjour {prenom}.", "nobody fills"),
            ("Appelez le 06 39 98 00 00.", "looks personal"),
            ("mot " * 40, "a sentence of 40 words"),
        ],
    )
    def test_a_sentence_that_must_not_be(self, text: str, found: str) -> None:
        assert any(found in what for what in say(text)), say(text)

    def test_an_ordinary_sentence_passes(self) -> None:
        assert say("Avez-vous pu voir votre médecin ces derniers mois ?") == []

    @pytest.mark.parametrize("cut", ["raccrocher et rappeler", "libre de refuser", "de la part de la {caisse}"])
    def test_the_opening_says_who_calls(self, cut: str) -> None:
        opening = CONTENT["steps"]["presentation"]["say"]
        assert any("lacks the sentence" in what for what in say(opening.replace(cut, "…"), step="presentation"))

    def test_no_success_without_the_promise_to_ask_nothing(self) -> None:
        found = say("Je note ce qui vous aide.", step="cadre")
        assert any("without the sentence asks-nothing" in what for what in found)

    @pytest.mark.parametrize("place", ["voicemail", "third_party"])
    @pytest.mark.parametrize(
        "word", ["votre médecin", "votre docteur", "votre ordonnance", "votre dépistage", "vos soins", "vos paiements"]
    )
    def test_a_machine_and_others_learn_nothing(self, place: str, word: str) -> None:
        found = changed(lambda content: content.update({place: f"À propos de {word}, rappelez le 3646."}))
        assert f"{place} tells why we call" in found
        assert f"{place} offers no number to call back" in changed(lambda c: c.update({place: "Bonjour."}))

    def test_ways(self) -> None:
        def lead(content: dict[str, Any], to: str) -> None:
            content["steps"]["sans-medecin"]["answers"][0] = {"value": "oui", "label": "Oui", "next": to}

        assert any("leads nowhere: ailleurs" in what for what in changed(lambda c: lead(c, "ailleurs")))
        assert any("goes in a circle" in what for what in changed(lambda c: lead(c, "medecin")))
        alone = {"seule": {"title": "Seule", "say": "Bonjour.", "answers": [
            {"value": "a", "label": "Oui", "outcome": "refusal"}]}}  # fmt: skip
        assert "seule is out of reach" in changed(lambda c: c["steps"].update(alone))

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda c: c.pop("voicemail"), id="no voicemail"),
            pytest.param(lambda c: c.update(version=0), id="version"),
            pytest.param(lambda c: c.update(purpose="x"), id="purpose"),
            pytest.param(lambda c: c["steps"]["cadre"].update(answers=[]), id="no answers"),
            pytest.param(lambda c: c["steps"]["cadre"]["answers"][0].update(outcome="refusal"), id="two ends"),
            pytest.param(lambda c: c["steps"]["cadre"]["answers"][1].update(outcome="x"), id="unknown outcome"),
            pytest.param(lambda c: c["steps"]["cadre"]["answers"][1].update(value="continuer"), id="same value"),
        ],
    )
    def test_what_is_no_script(self, change: Callable[[dict[str, Any]], object]) -> None:
        with pytest.raises(ScriptError):
            changed(change)


class TestWalking:
    def test_follows_the_answers(self) -> None:
        place = walk(SCRIPT, ["oui", "continuer"])
        assert place.step is not None
        assert place.step.name == "medecin"
        assert [answer.value for _, answer in place.passed] == ["oui", "continuer"]

    def test_ends_with_an_outcome(self) -> None:
        place = walk(SCRIPT, ["oui", "continuer", "non", "prendra", "trop"])
        assert (place.step, place.outcome) == (None, Disposition.APPOINTMENT_PLANNED)

    def test_stops_before_an_answer_that_is_not_there(self) -> None:
        place = walk(SCRIPT, ["oui", "inconnue", "non"])
        assert place.step is not None
        assert place.step.name == "cadre"


@pytest.mark.django_db
class TestPublishing:
    def test_is_done_once_and_never_changes(self) -> None:
        rows = publish_scripts()
        assert publish_scripts() == rows
        assert {published(row.pk).purpose for row in rows} == set(CampaignPurpose)
        assert published(rows[0].pk) == SCRIPT
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            CallScriptVersion.objects.update(checksum="x")

    def test_a_file_that_changed_afterwards_is_seen(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        publish_scripts()
        text = files()[0].read_text(encoding="utf-8")
        (tmp_path / "suivi-v1.yaml").write_text(text.replace("bonne journée", "belle journée"), encoding="utf-8")
        monkeypatch.setattr(publishing, "FOLDER", tmp_path)
        assert altered_files() == ["suivi-v1.yaml"]
        with pytest.raises(CommandError, match="modifié après sa publication"):
            call_command("check_call_scripts")

    def test_a_bad_file_is_not_published(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        text = files()[0].read_text(encoding="utf-8")
        (tmp_path / "suivi-v1.yaml").write_text(text.replace("Merci de nous", "C’est urgent. Merci de nous"))
        monkeypatch.setattr(publishing, "FOLDER", tmp_path)
        with pytest.raises(ScriptError, match="presses"):
            publish_scripts()
        assert not CallScriptVersion.objects.exists()

    def test_a_file_is_named_after_its_version(self, tmp_path: Path) -> None:
        (tmp_path / "suivi-v2.yaml").write_text(files()[0].read_text(encoding="utf-8"))
        with pytest.raises(ScriptError, match="holds suivi, version 1"):
            read_file(tmp_path / "suivi-v2.yaml")

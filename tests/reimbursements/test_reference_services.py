"""Loading of the reference tables into the database."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import models

from reimbursements.reference import loader
from reimbursements.reference.loader import ReferenceFileError
from reimbursements.reference.models import (
    ActReference,
    CarePath,
    ConditionReference,
    CopayRule,
    ExemptionReason,
    HealthFund,
    InsuranceNature,
    NatureReference,
    PayeeReference,
    Specialty,
)
from reimbursements.reference.services import load_reference_data

pytestmark = pytest.mark.django_db

SIZES: dict[type[models.Model], int] = {
    HealthFund: len(loader.funds()),
    NatureReference: len(loader.natures()),
    Specialty: len(loader.specialties()),
    PayeeReference: len(loader.payees()),
    ExemptionReason: len(loader.exemptions()),
    CarePath: len(loader.care_paths()),
    InsuranceNature: len(loader.insurance_natures()),
    ConditionReference: len(loader.conditions()),
    CopayRule: len(loader.copay_rules()),
    ActReference: len(loader.acts()),
}
BDPM_LINE = (
    "60234100\t3595583\tplaquette de 8\tPrésentation active\tDéclaration de commercialisation\t19/03/2002\t"
    "3400935955838\toui\t65%\t1,16\t2,18\t1,02\t\n"
)


def test_a_new_database_receives_every_row() -> None:
    outcomes = load_reference_data()
    assert sum(outcome.created for outcome in outcomes) == sum(SIZES.values())
    assert {model: model._default_manager.count() for model in SIZES} == SIZES
    assert NatureReference.objects.get(code=2422).is_confidential
    rule = CopayRule.objects.on(dt.date(2024, 5, 14)).get(kind="flat_contribution")
    assert rule.amount == Decimal("1.00")
    assert ActReference.objects.on(dt.date(2026, 11, 1)).get(system="NGAP", code="G").tariff == Decimal("30.00")


def test_a_second_run_changes_nothing() -> None:
    load_reference_data()
    outcomes = load_reference_data()
    assert [(outcome.created, outcome.changed) for outcome in outcomes] == [(0, 0)] * len(SIZES)
    assert sum(outcome.unchanged for outcome in outcomes) == sum(SIZES.values())


def test_only_what_differs_is_put_right() -> None:
    load_reference_data()
    HealthFund.objects.filter(code="01C751000").update(name="x")
    ActReference.objects.filter(system="NGAP", code="G", valid_to=None).update(tariff=None)
    NatureReference.objects.filter(code=1110).delete()
    outcomes = {outcome.table: (outcome.created, outcome.changed) for outcome in load_reference_data()}
    assert {table: counts for table, counts in outcomes.items() if counts != (0, 0)} == {
        str(HealthFund._meta.verbose_name_plural): (0, 1),
        str(ActReference._meta.verbose_name_plural): (0, 1),
        str(NatureReference._meta.verbose_name_plural): (1, 0),
    }
    assert HealthFund.objects.get(code="01C751000").name == "CPAM de Paris"


def test_a_public_file_wins_and_stays(tmp_path: Path) -> None:
    bdpm = tmp_path / "CIS_CIP_bdpm.txt"
    bdpm.write_text(BDPM_LINE, encoding="utf-8")
    ccam = tmp_path / "ccam.csv"
    ccam.write_text("code;libelle;tarif\nZBQK002;Thorax;25.00\nAAAA001;Acte nouveau;10.00\n", encoding="utf-8")
    load_reference_data()
    first = load_reference_data(bdpm=bdpm, ccam=ccam)[-1]
    assert (first.created, first.changed) == (1, 2)
    assert ActReference.objects.get(system="CIP13", code="3400935955838").tariff == Decimal("1.16")
    thorax = ActReference.objects.get(system="CCAM", code="ZBQK002")
    assert (thorax.tariff, thorax.plain_label) == (Decimal("25.00"), "Radiographie des poumons")
    for again in (load_reference_data(bdpm=bdpm, ccam=ccam)[-1], load_reference_data()[-1]):
        assert (again.created, again.changed) == (0, 0)
    ccam.write_text("code;libelle;tarif\nZBQK002;Thorax;26.00\n", encoding="utf-8")
    assert load_reference_data(ccam=ccam)[-1].changed == 1


def test_a_bad_public_file_leaves_everything_as_it_was(tmp_path: Path) -> None:
    bdpm = tmp_path / "CIS_CIP_bdpm.txt"
    bdpm.write_text(BDPM_LINE.replace("3400935955838", "3400935955839"), encoding="utf-8")
    with pytest.raises(ReferenceFileError):
        load_reference_data(bdpm=bdpm)
    assert not HealthFund.objects.exists()


def test_the_command_says_what_it_did_and_refuses_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("load_reference_data")
    assert "ajouts" in capsys.readouterr().out
    call_command("load_reference_data")
    assert "rien n’a changé" in capsys.readouterr().out
    with pytest.raises(CommandError, match="n’existe pas") as missing:
        call_command("load_reference_data", bdpm=tmp_path / "absent.txt")
    assert missing.value.returncode == 2
    broken = tmp_path / "ccam.csv"
    broken.write_text("a;b\n", encoding="utf-8")
    with pytest.raises(CommandError, match="rien n’a été chargé : ccam.csv, ligne 1") as refused:
        call_command("load_reference_data", ccam=broken)
    assert refused.value.returncode == 2

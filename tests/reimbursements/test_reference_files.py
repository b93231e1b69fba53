"""The reference files shipped with the program, and the public formats that extend them."""

import csv
import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from stdnum import ean

from reimbursements.reference import loader
from reimbursements.reference.loader import DATA_DIRECTORY, ReferenceFileError, read_table
from reimbursements.reference.models import CopayRule
from reimbursements.reference.public_files import BDPM_SOURCE, CCAM_SOURCE, overlay, read_bdpm, read_ccam
from reimbursements.reference.rows import ActRow, DatedRow, FundRow

READERS: dict[str, Callable[[], Sequence[DatedRow]]] = {
    "funds": loader.funds,
    "natures": loader.natures,
    "acts": loader.acts,
    "specialties": loader.specialties,
    "payees": loader.payees,
    "exemptions": loader.exemptions,
    "care_paths": loader.care_paths,
    "insurance_natures": loader.insurance_natures,
    "ald": loader.conditions,
    "copay_rules": loader.copay_rules,
}
TODAY = dt.date(2026, 11, 1)


def test_every_file_has_its_reader() -> None:
    assert {path.stem for path in DATA_DIRECTORY.glob("*.csv")} == set(READERS)


@pytest.mark.parametrize("name", sorted(READERS))
def test_no_two_rows_of_a_code_hold_on_the_same_day(name: str) -> None:
    rows = READERS[name]()
    assert rows
    subject = [column for column in rows[0].key if column != "valid_from"]
    by_subject: dict[tuple[Any, ...], list[DatedRow]] = {}
    for row in rows:
        by_subject.setdefault(tuple(getattr(row, column) for column in subject), []).append(row)
    for key, periods in by_subject.items():
        for earlier, later in pairwise(sorted(periods, key=attrgetter("valid_from"))):
            assert earlier.valid_to is not None, key
            assert earlier.valid_to < later.valid_from, key


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_row_names_its_source_and_reads_as_french(name: str) -> None:
    for row in READERS[name]():
        assert 5 < len(row.source) <= 200
        for column in ("label", "plain_label", "name"):
            text = getattr(row, column, "x")
            assert text == text.strip() != ""
            assert "'" not in text, f"typographic apostrophe wanted: {text}"


@pytest.mark.parametrize("path", sorted(DATA_DIRECTORY.glob("*.csv")), ids=attrgetter("stem"))
def test_files_are_plain_utf8_with_unix_line_ends(path: Path) -> None:
    raw = path.read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    raw.decode("utf-8")


def test_natures_that_any_feed_holds_are_there_and_9999_is_not() -> None:
    natures = {row.code: row for row in loader.natures()}
    assert 9999 not in natures
    assert len(natures) >= 120
    letters = {1110: "G", 1112: "CS", 1104: "COE", 1351: "ADI", 3122: "AMK", 3211: "B", 3313: "PH7",
               1951: "PFH", 1952: "PFT", 3311: "PH1", 3312: "PH4", 3341: "PH2", 6111: "NOR-"}  # fmt: skip
    assert {code: natures[code].key_letter for code in letters} == letters


def test_contributions_and_secret_natures_are_marked() -> None:
    natures = loader.natures()
    assert {row.code for row in natures if row.is_flat_contribution} == {1951, 1952}
    assert {row.code for row in natures if row.is_deductible} == {*range(1971, 1979)}
    secret = {row.code for row in natures if row.is_confidential}
    assert {1168, 1981, 2411, 2414, 2422, 2426, 2428, 3213, 3216, 3329} <= secret
    assert not secret & {1110, 1112, 3211, 3313}
    for row in natures:
        if row.is_confidential:
            assert "confidentiel" in row.plain_label
            assert "IVG" not in row.label + row.plain_label


def test_fund_codes_follow_their_form() -> None:
    funds = {row.code: row for row in loader.funds()}
    assert len(funds) == 134
    for code, fund in funds.items():
        assert len(code) == 9
        assert code.startswith("01C")
        assert code.endswith("000")
        assert fund.territory in {"", "57", "67", "68", "971", "972", "973", "974"}
    assert funds["01C751000"].name == "CPAM de Paris"
    assert funds["01C974000"].territory == "974"
    assert funds["01C673000"].territory == "67"
    assert funds["01C202000"].department == "2B"


def test_acts_have_the_form_of_their_nomenclature() -> None:
    forms = {"CCAM": 7, "NABM": 4, "LPP": 7, "CIP13": 13}
    acts = loader.acts()
    assert {row.system for row in acts} == {*forms, "NGAP"}
    for row in acts:
        assert len(row.code) == forms.get(row.system, len(row.code)) <= 13
        assert row.tariff is None or row.tariff > 0
        assert row.rate_pct is None or 0 < row.rate_pct <= 100
        if row.system == "CCAM":
            assert row.code[:4].isalpha()
            assert row.code[4:].isdigit()
        if row.system == "CIP13":
            assert ean.is_valid(row.code)
            assert row.code.startswith("34009")
            assert row.code.startswith("340099990") == row.source.startswith("Présentation d’exemple")
    held = {(row.system, row.code) for row in acts if row.valid_from <= TODAY}
    assert {("CCAM", "QEQK001"), ("NABM", "1104"), ("CIP13", "3400935955838"), ("NGAP", "AMK"), ("NGAP", "COE"),
            ("NGAP", "CS"), ("NGAP", "G")} <= held  # fmt: skip


def test_the_consultation_of_the_general_practitioner_is_dated() -> None:
    tariffs = {
        row.valid_from: (row.tariff, row.valid_to) for row in loader.acts() if (row.system, row.code) == ("NGAP", "G")
    }
    assert tariffs[dt.date(2024, 12, 22)] == (Decimal("30.00"), None)
    assert tariffs[dt.date(2023, 11, 1)] == (Decimal("26.50"), dt.date(2024, 12, 21))


def test_copay_rules_cover_every_kind_without_a_gap() -> None:
    rules = loader.copay_rules()
    assert {rule.kind for rule in rules} == set(CopayRule.Kind.values)
    for kind in CopayRule.Kind.values:
        periods = sorted((rule for rule in rules if rule.kind == kind), key=attrgetter("valid_from"))
        assert periods[-1].valid_to is None
        for earlier, later in pairwise(periods):
            assert earlier.valid_to == later.valid_from - dt.timedelta(days=1)
    now = {rule.kind: (rule.amount, rule.daily_cap, rule.yearly_cap) for rule in rules if rule.valid_to is None}
    assert now == {
        "flat_contribution": (Decimal("2.00"), Decimal("8.00"), Decimal("50.00")),
        "deductible_medicine": (Decimal("1.00"), None, Decimal("50.00")),
        "deductible_paramedical": (Decimal("1.00"), Decimal("4.00"), Decimal("50.00")),
        "deductible_transport": (Decimal("4.00"), Decimal("8.00"), Decimal("50.00")),
    }


FUND_HEADER = "code;name;department;territory;valid_from;valid_to;source\n"


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("", 1, "est vide"),
        ("code;name\n", 1, "colonnes manquantes : "),
        (FUND_HEADER + "01C751000;CPAM de Paris;75;;2020-13-01;;x\n", 2, "valid_from illisible"),
        (FUND_HEADER + "01C751000;CPAM de Paris;75;;2020-01-01;;\n", 2, "la source manque"),
        (FUND_HEADER + "01C751000;CPAM de Paris;75;;2020-01-01;2019-01-01;x\n", 2, "valid_to précède"),
        (FUND_HEADER + "01C751000;CPAM de Paris;75;;2020-01-01;;x;y\n", 2, "8 colonnes, et l’en-tête en a 7"),
        (FUND_HEADER + "a;A;75;;2020-01-01;;x\n" * 2, 3, "qu’à la ligne 2"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, content: str, line: int, reason: str) -> None:
    path = tmp_path / "funds.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ReferenceFileError, match=reason) as caught:
        read_table(path, row_type=FundRow)
    assert caught.value.line == line


@pytest.mark.parametrize(("column", "value"), [("is_confidential", "2"), ("code", "x"), ("code", "")])
def test_values_of_the_wrong_kind_are_refused(tmp_path: Path, column: str, value: str) -> None:
    with (DATA_DIRECTORY / "natures.csv").open(encoding="utf-8", newline="") as stream:
        first = next(csv.DictReader(stream, delimiter=";"))
    path = tmp_path / "natures.csv"
    path.write_text(";".join(first) + "\n" + ";".join({**first, column: value}.values()) + "\n", encoding="utf-8")
    with pytest.raises(ReferenceFileError, match=f"ligne 2 : {column} illisible"):
        read_table(path, row_type=type(loader.natures()[0]))


def test_latin1_is_not_taken_for_utf8(tmp_path: Path) -> None:
    path = tmp_path / "funds.csv"
    path.write_bytes((FUND_HEADER + "01C974000;CGSS de La Réunion;974;974;2020-01-01;;x\n").encode("latin-1"))
    with pytest.raises(ReferenceFileError, match="UTF-8"):
        read_table(path, row_type=FundRow)


BDPM = (
    "60234100\t3595583\tplaquette de 8 comprimé(s)\tPrésentation active\tDéclaration de commercialisation\t"
    "19/03/2002\t3400935955838\toui\t65%\t1,16\t2,18\t1,02\t\r\n"
    "60002283\t4949729\tplaquette(s) de 30 comprimé(s)\tPrésentation active\tDéclaration de commercialisation\t"
    "16/03/2011\t3400949497294\toui\t15 %\t1,195,27\t1,196,29\t1,02\t\r\n"
    "60007960\t3637755\t1 tube(s) de 15 ml\tPrésentation active\tDéclaration de commercialisation\t"
    "04/04/2005\t3400936377554\tnon\t\t\t\t\t\r\n"
)  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_bdpm_presentations(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "CIS_CIP_bdpm.txt"
    path.write_bytes(BDPM.encode(encoding))
    rows = {row.code: row for row in read_bdpm(path)}
    assert list(rows) == ["3400935955838", "3400949497294", "3400936377554"]
    first, second, third = rows.values()
    assert (first.tariff, first.rate_pct, first.valid_from) == (Decimal("1.16"), Decimal(65), dt.date(2002, 3, 19))
    assert first.label == "plaquette de 8 comprimé(s)"
    assert (second.tariff, second.rate_pct) == (Decimal("1195.27"), Decimal(15))
    assert (third.tariff, third.rate_pct, third.source) == (None, None, BDPM_SOURCE)


def test_bdpm_names_are_taken_from_the_file_beside(tmp_path: Path) -> None:
    path = tmp_path / "CIS_CIP_bdpm.txt"
    path.write_text(BDPM, encoding="utf-8")
    (tmp_path / "CIS_bdpm.txt").write_text("60234100\tDOLIPRANE 1000 mg, comprimé\tcomprimé\n", encoding="utf-8")
    row = read_bdpm(path)[0]
    assert row.label == "DOLIPRANE 1000 mg, comprimé, plaquette de 8 comprimé(s)"
    assert row.plain_label == "DOLIPRANE 1000 mg, comprimé"


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("3400949497294", "3400949497295", "CIP13"),
        ("15 %", "quinze", "taux"),
        ("1,195,27", "1,19,x", "prix"),
        ("16/03/2011", "2011-03-16", "date"),
        ("\toui\t15 %\t1,195,27\t1,196,29\t1,02\t", "", "colonnes"),
    ],
)
def test_bad_bdpm_lines_are_refused_with_their_number(tmp_path: Path, before: str, after: str, reason: str) -> None:
    path = tmp_path / "CIS_CIP_bdpm.txt"
    path.write_text(BDPM.replace(before, after), encoding="utf-8", newline="")
    with pytest.raises(ReferenceFileError, match=reason) as caught:
        read_bdpm(path)
    assert caught.value.line == 2


CCAM_AS_PUBLISHED = (
    "CNAM - CCAM version 67 applicable au 26/04/2021,,,,,,,,,,\n"
    'Code,,Texte,Activité,Phase,"Tarif\nSecteur 1\n(en euro)","Tarif\nHors secteur 1",Rembt,Accord,Exo,Regroupement\n'
    "01.01,,ACTES DIAGNOSTIQUES,,,,,,,,\n"
    'AHQP001,,"Électromyographie de surface, sans vidéo",1,0,Non pris en charge,Non pris en charge,,,2,ATM\n'
    'AHQB025,,"Électromyographie de 1 ou 2 muscles",1,0,86.400000000000006,86.4,,,2,ATM\n'
    '"[F, P]",,Formation : spécifique,,,,,,,,\n'
    "AHQB025,,anesthésie,4,0,40,40,,,2,ADA\n"
)


def test_ccam_table_as_published(tmp_path: Path) -> None:
    path = tmp_path / "ccam.csv"
    path.write_text(CCAM_AS_PUBLISHED, encoding="utf-8")
    none, first = read_ccam(path)
    assert (none.code, none.tariff) == ("AHQP001", None)
    assert (first.code, first.tariff) == ("AHQB025", Decimal("86.40"))
    assert first.label == "Électromyographie de 1 ou 2 muscles"
    assert first.valid_from == dt.date(2021, 4, 26)


def test_ccam_table_with_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    path = tmp_path / "ccam.csv"
    path.write_bytes("Code;Libellé;Tarif\nZBQK002;Radiographie du thorax, de face;21,28\n".encode("cp1252"))
    (row,) = read_ccam(path)
    assert (row.code, row.tariff, row.source) == ("ZBQK002", Decimal("21.28"), CCAM_SOURCE)


def test_ccam_without_a_header_or_with_a_broken_tariff_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ccam.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(ReferenceFileError, match="pas d’en-tête"):
        read_ccam(path)
    path.write_text("code;libelle;tarif\nZBQK002;Thorax;21.2.8\n", encoding="utf-8")
    with pytest.raises(ReferenceFileError, match="ligne 2 : tarif illisible"):
        read_ccam(path)


def act(code: str, *, label: str, source: str, valid_from: dt.date, plain_label: str = "") -> ActRow:
    return ActRow(
        system="CCAM", code=code, label=label, plain_label=plain_label, tariff=None,
        rate_pct=None if source == CCAM_SOURCE else Decimal(70), valid_from=valid_from, valid_to=None, source=source,
    )  # fmt: skip


def test_a_public_row_takes_the_place_of_ours_and_keeps_what_it_lacks() -> None:
    ours = act("ZBQK002", label="ours", source="ours, short", valid_from=dt.date(2020, 1, 1), plain_label="Poumons")
    theirs = act("ZBQK002", label="theirs", source=CCAM_SOURCE, valid_from=dt.date(2026, 1, 1))
    added = act("ZBQK999", label="new", source=CCAM_SOURCE, valid_from=dt.date(2026, 1, 1))
    merged = overlay([ours], public=[theirs, added])
    assert [(row.code, row.label, row.plain_label, row.rate_pct, row.valid_from) for row in merged] == [
        ("ZBQK002", "theirs", "Poumons", Decimal(70), dt.date(2020, 1, 1)),
        ("ZBQK999", "new", "", None, dt.date(2026, 1, 1)),
    ]

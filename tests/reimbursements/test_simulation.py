"""The simulated set, read again by an independent reading of the feed's rules."""

import csv
import gzip
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from stdnum import luhn

from accounts.people.nir import is_nir
from reimbursements.reference.loader import DATA_DIRECTORY
from reimbursements.simulation.catalogue import BASKETS, CONFIDENTIAL_BUNDLE, SICKNESS_BENEFIT, Act
from reimbursements.simulation.defects import KINDS as DEFECT_KINDS
from reimbursements.simulation.defects import MOST_REJECTED
from reimbursements.simulation.frauds import IMPOSSIBLE_COUNT, IMPOSSIBLE_DAY
from reimbursements.simulation.frauds import KINDS as FRAUD_KINDS
from reimbursements.simulation.generator import simulate
from reimbursements.simulation.settings import SimulationError, SimulationSettings

COPAY_NATURES = {"1951", "1952", "1971", "1972", "1973", "1974", "1975", "1976"}
Row = dict[str, str]


def codes_of(name: str, *columns: str) -> set[tuple[str, ...]]:
    with (DATA_DIRECTORY / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return {tuple(row[column] for column in columns) for row in csv.DictReader(stream, delimiter=";")}


def text_of(path: Path) -> str:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")


def rows_of(path: Path) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text_of(path), newline=""), delimiter=";", strict=True))


@dataclass
class Reading:
    """An import in plain Python: what feed/README promises, line by line, in file order."""

    folder: Path
    people: dict[str, Row] = field(default_factory=dict)
    rejects: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    good: list[Row] = field(default_factory=list)
    findings: dict[tuple[str, int], str] = field(default_factory=dict)
    rejected_share: dict[str, float] = field(default_factory=dict)
    confidential: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.funds = {code for (code,) in codes_of("funds", "code")}
        self.natures = {code for (code,) in codes_of("natures", "code")}
        self.acts = codes_of("acts", "system", "code")
        self.confidential = {code for code, flag in codes_of("natures", "code", "is_confidential") if flag == "1"}
        self._by_key: dict[tuple[str, ...], Row] = {}
        self._amounts: set[tuple[str, ...]] = set()
        for path in sorted(self.folder.glob("ASS_*")):
            for row in rows_of(path):
                assert row["nir"] not in self.people
                assert not row["policyholder_nir"] or row["policyholder_nir"] in self.people
                self.people[row["nir"]] = row
        for path in sorted(self.folder.glob("DEC_*.csv*"), key=lambda path: path.name.split("_")[2]):
            self._read_lines(path)

    def _read_lines(self, path: Path) -> None:
        rejected = 0
        rows = rows_of(path)
        for number, row in enumerate(rows, start=2):
            found = set(self._errors(row))
            if not found and self._is_known_key(row):
                same = self._by_key[self._key(row)] == row
                self.duplicates += same
                self.findings[path.name, number] = "DUPLICATE" if same else "E601_KEY_CONFLICT"
                rejected += not same
                self.rejects.update([] if same else ["E601_KEY_CONFLICT"])
                continue
            assert len(found) <= 1, (path.name, number, found)
            self.rejects.update(found)
            if found:
                self.findings[path.name, number] = found.pop()
                rejected += 1
                continue
            warned = set(self._warnings(row))
            assert len(warned) <= 1
            self.warnings.update(warned)
            if warned:
                self.findings[path.name, number] = warned.pop()
            self.good.append(row)
            self._by_key[self._key(row)] = row
            self._amounts.add((*self._care(row), row["amount_paid"]))
        self.rejected_share[path.name] = rejected / max(len(rows), 1)  # a small fund may have a day without a line

    def _is_known_key(self, row: Row) -> bool:
        return self._key(row) in self._by_key

    @staticmethod
    def _key(row: Row) -> tuple[str, ...]:
        columns = ("emitter_code", "statement_no", "line_no", "rem_type", "payment_date")
        return tuple(row[column] for column in columns)

    @staticmethod
    def _care(row: Row) -> tuple[str, ...]:
        return row["insured_nir"], row["nature_code"], row["act_code"], row["care_start"]

    def _errors(self, row: Row) -> Iterator[str]:
        try:
            for column in ("quantity", "coefficient", "amount_charged", "base", "rate_pct", "amount_paid"):
                Decimal(row[column])
            dates = {name: day(row[name]) for name in ("care_start", "care_end", "payment_date", "flow_date")}
        except (InvalidOperation, ValueError):
            yield "E001_PARSE"
            return
        if None in row.values():
            yield "E001_PARSE"
            return
        yield from self._identity_errors(row)
        paid, charged = Decimal(row["amount_paid"]), Decimal(row["amount_charged"])
        if row["op"] == "C" and row["nature_code"] not in COPAY_NATURES and paid > charged:
            yield "E201_PAID_GT_CHARGED"
        if row["nature_code"] not in self.natures:
            yield "E301_UNKNOWN_NATURE"
        if row["emitter_code"] not in self.funds:
            yield "E303_UNKNOWN_FUND"
        if dates["payment_date"] < dates["care_start"]:
            yield "E401_DATE_ORDER"
        if dates["payment_date"] > dates["flow_date"]:
            yield "E402_FUTURE"
        if row["op"] == "A" and (*self._care(row), f"{-paid:.2f}") not in self._amounts:
            yield "E501_CANCEL_UNKNOWN"

    def _identity_errors(self, row: Row) -> Iterator[str]:
        numbers = (row["insured_nir"], row["beneficiary_nir"])
        if not all(is_nir(number) for number in numbers):
            yield "E101_NIR_KEY"
        elif not all(number in self.people for number in numbers):
            yield "E110_UNKNOWN_PERSON"
        if not all(luhn.is_valid(row[name]) for name in ("exec_rpps", "prescriber_rpps") if row[name]):
            yield "E111_RPPS_KEY"

    def _warnings(self, row: Row) -> Iterator[str]:
        finess = row["exec_finess"]
        if finess and not (len(finess) == 9 and luhn.is_valid(finess)):
            yield "W112_FINESS"
        if row["op"] == "C" and row["rem_type"] == "0" and row["nature_code"] not in COPAY_NATURES:
            due = Decimal(row["base"]) * Decimal(row["rate_pct"]) / 100
            if abs(due - Decimal(row["amount_paid"])) > Decimal("0.02"):
                yield "W202_RATE"
        if row["act_code"] and (row["act_system"], row["act_code"]) not in self.acts:
            yield "W302_UNKNOWN_ACT"

    def is_secret(self, row: Row) -> bool:
        return row["confidential"] == "1" or row["nature_code"] in self.confidential

    def due(self, *, only_paid: bool = False) -> set[str]:
        return {
            row["insured_nir"]
            for row in self.good
            if not self.is_secret(row)
            and (not only_paid or (row["rem_type"] == "0" and Decimal(row["amount_paid"]) > 0))
        }


def day(text: str) -> date:
    if len(text) != 8:
        raise ValueError("not AAAAMMJJ")
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def assert_truth_is_exact(folder: Path) -> Reading:
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    reading = Reading(folder)
    assert truth["persons"] == len(reading.people)
    assert truth["lines_good"] == len(reading.good)
    assert truth["duplicates"] == reading.duplicates
    assert truth["rejects"] == dict(reading.rejects)
    assert truth["warnings"] == dict(reading.warnings)
    assert truth["paid_total"] == f"{sum((Decimal(row['amount_paid']) for row in reading.good), Decimal()):.2f}"
    assert truth["confidential"] == sum(reading.is_secret(row) for row in reading.good)
    assert truth["due_persons"] == len(reading.due()) == len(reading.due(only_paid=True))
    assert sum(truth["due_by_state"].values()) == truth["due_persons"]
    planted = rows_of(folder / "truth_lines.csv")
    assert {(row["file"], int(row["line"])): row["kind"] for row in planted if row["kind"] not in FRAUD_KINDS} == (
        reading.findings
    )
    assert truth["frauds"] == dict(Counter(row["kind"] for row in planted if row["kind"] in FRAUD_KINDS))
    return reading


def assert_manifests_hold(folder: Path) -> None:
    sequences: dict[str, list[int]] = {}
    for path in sorted(folder.glob("*.manifest.json")):
        manifest = json.loads(path.read_text("utf-8"))
        delivered = folder / manifest["file"]
        assert manifest["sha256"] == hashlib.sha256(delivered.read_bytes()).hexdigest()
        rows = rows_of(delivered)
        assert manifest["row_count"] == len(rows)
        for column, name in (("amount_paid", "control_total_paid"), ("amount_charged", "control_total_charged")):
            assert Decimal(manifest[name]) == sum((Decimal(row[column]) for row in rows), Decimal())
        assert manifest["previous_sequence"] == manifest["sequence"] - 1
        assert delivered.name.startswith(
            f"DEC_{manifest['emitter_code']}_{manifest['flow_date'].replace('-', '')}_{manifest['sequence']:04d}."
        )
        sequences.setdefault(manifest["emitter_code"], []).append(manifest["sequence"])
    for numbers in sequences.values():
        assert sorted(numbers) == list(range(1, len(numbers) + 1))


def made(folder: Path, *, persons: int = 600, days: int = 4, seed: int = 7, **more: object) -> Path:
    simulate(SimulationSettings(persons=persons, days=days, seed=seed, out=folder, **more))  # type: ignore[arg-type]
    return folder


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Large enough for every defect and every fraud."""
    return made(tmp_path_factory.mktemp("rich"), persons=4_000, days=10, seed=11, defect_rate=0.02)


def test_truth_of_a_rich_set_is_exact_and_names_every_kind(rich: Path) -> None:
    reading = assert_truth_is_exact(rich)
    assert_manifests_hold(rich)
    truth = json.loads((rich / "truth.json").read_text("utf-8"))
    named = set(truth["rejects"]) | set(truth["warnings"]) | {"DUPLICATE"}
    assert named == set(DEFECT_KINDS)
    assert set(truth["frauds"]) == set(FRAUD_KINDS)
    assert max(reading.rejected_share.values()) <= MOST_REJECTED


def test_the_set_is_believable(rich: Path) -> None:
    truth = json.loads((rich / "truth.json").read_text("utf-8"))
    assert 0.33 < truth["due_persons"] / truth["persons"] < 0.48
    assert 2.0 < truth["lines_good"] / truth["claims"] < 3.2
    reading = Reading(rich)
    assert {row["op"] for row in reading.good} == {"C", "A", "R"}
    assert {"0", "4", "5"} <= {row["rem_type"] for row in reading.good}
    assert {"10", "33", "35", "36"} <= {row["payee"] for row in reading.good}
    assert {"1951", "1952", "1971", "1972", "1974", "1976"} <= {row["nature_code"] for row in reading.good}
    assert any(row["confidential"] == "0" and reading.is_secret(row) for row in reading.good)
    adults = [row for row in reading.people.values() if not row["policyholder_nir"]]
    shares = Counter(row["preferred_channel"] for row in adults)
    assert abs(shares["email"] / len(adults) - 0.72) < 0.03
    assert abs(shares["sms"] / len(adults) - 0.18) < 0.03
    assert any(row["contact_protected"] == "1" for row in adults)
    assert any(row["death_date"] for row in adults)
    assert any(not (row["email"] or row["mobile"]) for row in adults)
    assert any(row["policyholder_nir"] for row in reading.people.values())


def test_people_and_professionals_are_invented_in_valid_form(rich: Path) -> None:
    for row in Reading(rich).people.values():
        assert is_nir(row["nir"])
        assert row["nir"][5:7] == "00"
        assert row["email"] == "" or row["email"].endswith(("@example.org", "@example.net"))
        assert row["mobile"] == "" or row["mobile"].startswith("+336000")
    professionals = [row for path in rich.glob("PRO_*") for row in rows_of(path)]
    known = {row["rpps"] for row in professionals}
    assert len(known) == len(professionals)
    assert all(luhn.is_valid(rpps) for rpps in known)
    assert all(luhn.is_valid(row["finess"]) for row in professionals if row["finess"])
    billed = {row["exec_rpps"] for row in Reading(rich).good} | {row["prescriber_rpps"] for row in Reading(rich).good}
    assert billed - {""} <= known


def test_copays_stay_under_their_ceilings_and_are_due_in_third_party_payment(rich: Path) -> None:
    paramedical: Counter[tuple[str, str, str]] = Counter()
    for row in Reading(rich).good:
        if row["nature_code"] in COPAY_NATURES:
            assert Decimal(row["amount_paid"]) < 0
            is_due = row["nature_code"] in {"1952", "1972", "1974", "1976"}
            assert (row["settlement_ref"] == "DUE") is is_due
            assert (row["payee"] == "10") is not is_due
            assert row["beneficiary_quality"] == "1"
            if row["nature_code"] in {"1975", "1976"}:
                paramedical[row["emitter_code"], row["statement_no"], row["payment_date"]] -= int(
                    Decimal(row["amount_paid"])
                )
    assert paramedical
    assert max(paramedical.values()) <= 4


def test_an_impossible_day_has_more_acts_than_a_day_can_hold(rich: Path) -> None:
    planted = [row for row in rows_of(rich / "truth_lines.csv") if row["kind"] == IMPOSSIBLE_DAY]
    lines = {path.name: rows_of(path) for path in rich.glob("DEC_*.csv")}
    visits = Counter(
        (row["key"], lines[row["file"]][int(row["line"]) - 2]["care_start"])
        for row in planted
        if (line := lines[row["file"]][int(row["line"]) - 2])["nature_code"] == "1110" and line["rem_type"] == "0"
    )
    assert visits
    assert all(count == IMPOSSIBLE_COUNT for count in visits.values())


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path: Path) -> None:
    first, second, other = made(tmp_path / "a"), made(tmp_path / "b"), made(tmp_path / "c", seed=8)
    bytes_of = {folder: {p.name: p.read_bytes() for p in folder.iterdir()} for folder in (first, second, other)}
    assert bytes_of[first] == bytes_of[second]
    assert bytes_of[first]["truth.json"] != bytes_of[other]["truth.json"]


def test_compressed_files_say_the_same(tmp_path: Path) -> None:
    plain, packed = made(tmp_path / "plain"), made(tmp_path / "packed", is_gzipped=True)
    again = made(tmp_path / "again", is_gzipped=True)
    assert_manifests_hold(packed)
    assert_truth_is_exact(packed)
    for path in plain.glob("*_*.csv"):
        if path.name != "truth_lines.csv":
            assert text_of(packed / f"{path.name}.gz") == text_of(path)
            assert (packed / f"{path.name}.gz").read_bytes() == (again / f"{path.name}.gz").read_bytes()


@hypothesis_settings(max_examples=15, deadline=None)
@given(
    persons=st.integers(1, 300),
    days=st.integers(1, 5),
    seed=st.integers(0, 2**40),
    defect_rate=st.sampled_from([0.0, 0.004, 0.02]),
)
@example(persons=6, days=1, seed=812, defect_rate=0.0)  # a fund without a line on its day
def test_any_small_set_holds(
    tmp_path_factory: pytest.TempPathFactory, persons: int, days: int, seed: int, defect_rate: float
) -> None:
    folder = made(tmp_path_factory.mktemp("any"), persons=persons, days=days, seed=seed, defect_rate=defect_rate)
    assert_truth_is_exact(folder)
    assert_manifests_hold(folder)


def test_every_billed_act_is_in_the_reference_files() -> None:
    natures = {code for (code,) in codes_of("natures", "code")}
    acts = codes_of("acts", "system", "code")
    billed: list[Act] = [act for basket in BASKETS for act in basket.acts]
    for act in [*billed, CONFIDENTIAL_BUNDLE, SICKNESS_BENEFIT]:
        assert act.nature in natures
        assert not act.code or (act.system, act.code) in acts


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "DEC_precious.csv").write_text("keep", encoding="utf-8")
    with pytest.raises(SimulationError, match="n’est pas vide"):
        made(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["DEC_precious.csv"]


def test_a_second_simulation_replaces_the_first(tmp_path: Path) -> None:
    made(tmp_path, persons=600, days=6)
    before = {path.name for path in tmp_path.glob("DEC_*.csv")}
    made(tmp_path, persons=50, days=1)
    assert {path.name for path in tmp_path.glob("DEC_*.csv")} < before
    assert_truth_is_exact(tmp_path)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("persons", 0),
        ("days", 0),
        ("days", 367),
        ("seed", -1),
        ("defect_rate", 0.2),
        ("defect_rate", -0.1),
        ("start", date(2020, 1, 1)),
    ],
)
def test_settings_without_sense_are_refused(tmp_path: Path, option: str, value: object) -> None:
    with pytest.raises(SimulationError):
        made(tmp_path / "new", **{option: value})  # type: ignore[arg-type]
    assert not (tmp_path / "new").exists()


def test_the_command_writes_and_refuses_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "set"
    call_command("simulate", persons=120, days=2, seed=3, out=out, start=date(2026, 9, 1))
    assert "120 personnes" in capsys.readouterr().out
    assert any(path.name.startswith("DEC_") and "_20260901_" in path.name for path in out.iterdir())
    (out / ".simulated").unlink()
    with pytest.raises(CommandError, match="rien n’a été écrit"):
        call_command("simulate", persons=120, days=2, seed=3, out=out)

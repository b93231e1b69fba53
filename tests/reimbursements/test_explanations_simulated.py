"""A simulated feed, explained whole: what the simulation bills has a text, and the money of each file adds up."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from reimbursements.explanations.engine import explain
from reimbursements.explanations.lines import CopayStanding, LineView, Viewer
from reimbursements.simulation.generator import simulate
from reimbursements.simulation.settings import SimulationSettings
from tests.reimbursements.test_explanations_cases import BOOK
from tests.reimbursements.test_explanations_combinations import verify

Row = Mapping[str, str]


def day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a date, without a clock


def optional(text: str) -> int | None:
    return int(text) if text else None


def view(row: Row, *, insured_id: int, beneficiary_id: int) -> LineView:
    """A row of the file as the engine takes it."""
    return LineView(
        line_no=int(row["line_no"]),
        rem_type=int(row["rem_type"]),
        operation=row["op"],
        insured_id=insured_id,
        beneficiary_id=beneficiary_id,
        beneficiary_quality=int(row["beneficiary_quality"]),
        care_start=day(row["care_start"]),
        care_end=day(row["care_end"]) if row["care_end"] else None,
        payment_date=day(row["payment_date"]),
        nature_code=int(row["nature_code"]),
        act_system=row["act_system"],
        act_code=row["act_code"],
        quantity=Decimal(row["quantity"]),
        amount_charged=Decimal(row["amount_charged"]),
        base_amount=Decimal(row["base"]),
        rate_pct=Decimal(row["rate_pct"]),
        amount_paid=Decimal(row["amount_paid"]),
        excess_amount=Decimal(row["amount_excess"]),
        exemption_reason=optional(row["exemption_reason"]),
        care_path=optional(row["care_path"]),
        insurance_nature=optional(row["insurance_nature"]),
        is_confidential=row["confidential"] == "1",
        performer_specialty=row["exec_specialty"],
        payee=int(row["payee"]),
        settlement_ref=row["settlement_ref"],
        amc_code=row["amc_code"],
        amc_amount=Decimal(row["amc_amount"]) if row["amc_amount"] else None,
        is_amc_transmitted=row["amc_transmitted"] == "1",
    )


def statements_of(folder: Path) -> list[list[LineView]]:
    """By file and number of statement."""
    numbers: dict[str, int] = defaultdict(lambda: len(numbers) + 1)
    statements: dict[tuple[str, str], list[LineView]] = defaultdict(list)
    for path in sorted(folder.rglob("DEC_*.csv*")):
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
        for row in csv.DictReader(text.splitlines(), delimiter=";"):
            people = {"insured_id": numbers[row["insured_nir"]], "beneficiary_id": numbers[row["beneficiary_nir"]]}
            statements[path.name, row["statement_no"]].append(view(row, **people))
    return list(statements.values())


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> list[list[LineView]]:
    folder = tmp_path_factory.mktemp("feed")
    simulate(SimulationSettings(persons=3_000, days=10, seed=5, out=folder, defect_rate=0))
    return statements_of(folder)


def test_every_simulated_statement_is_explained(statements: list[list[LineView]]) -> None:
    assert len(statements) > 1_000
    for statement in statements:
        for reader in {statement[0].insured_id, statement[0].beneficiary_id}:
            verify(explain(statement, BOOK, viewer=Viewer(person_id=reader)), statement)


def test_the_simulation_meets_every_kind_of_line(statements: list[list[LineView]]) -> None:
    lines = [line for statement in statements for line in statement]
    assert {line.operation for line in lines} == {"C", "A", "R"}
    assert {line.rem_type for line in lines} == {0, 4, 5}
    assert {line.payee for line in lines} >= {10, 33, 35, 36}
    assert {line.settlement_ref == "DUE" for line in lines} == {True, False}


def test_the_expense_of_the_feed_is_counted_once(statements: list[list[LineView]]) -> None:
    allowances = {6111}
    for statement in statements:
        told = explain(statement, BOOK, viewer=Viewer(person_id=statement[0].insured_id))
        acts = [line for line in statement if line.rem_type == 0 and line.nature_code not in allowances]
        assert told.totals.charged == sum(line.amount_charged for line in acts)


def test_the_counters_of_the_feed_give_every_reason(statements: list[list[LineView]]) -> None:
    """With what the feed itself counts, nothing is taken or spared without a reason that a reader can check."""
    standings = standings_of(statements)
    for statement in statements:
        told = explain(statement, BOOK, viewer=Viewer(person_id=statement[0].insured_id, standings=standings))
        assert not [note.text for note in told.copay_notes if "n’en donne pas la raison" in note.text]
        less = [sentence.text for sentence in told.sentences if "ont été pris ici" in sentence.text]
        assert all("est atteint" in text for text in less)
        assert told.totals.overpaid == 0 or {line.operation for line in statement} == {"R"}


def standings_of(statements: list[list[LineView]]) -> dict[int, CopayStanding]:
    """What each adult has borne in 2026; children are told by the quality of their lines."""
    borne: dict[tuple[int, bool], Decimal] = defaultdict(Decimal)
    minors: dict[int, bool] = {}
    for line in (line for statement in statements for line in statement):
        minors[line.beneficiary_id] = line.beneficiary_quality == 3
        if line.nature_code in range(1951, 1979):
            borne[line.beneficiary_id, line.nature_code < 1971] -= line.amount_paid
    return {
        person: CopayStanding(
            year=2026,
            was_minor=was_minor,
            flat_contribution=borne[person, True],
            deductible=borne[person, False],
        )
        for person, was_minor in minors.items()
    }

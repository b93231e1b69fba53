"""The money of a simulated set: participations against their rules, the parts of payers against the expense."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.reimbursements.test_simulation import COPAY_NATURES, Reading, Row, made


def test_every_copay_follows_its_rule_and_no_ceiling_is_reached_unseen(tmp_path: Path) -> None:
    """Across a new year: less than the rule is only taken when the lines themselves reach the ceiling of the year."""
    folder = made(tmp_path, persons=150, days=250, seed=3, start=date(2026, 6, 1), defect_rate=0)
    reading = Reading(folder)
    statements: dict[tuple[str, ...], list[Row]] = {}
    for row in reading.good:
        statements.setdefault((row["emitter_code"], row["statement_no"], row["payment_date"]), []).append(row)
    borne: Counter[tuple[str, str, bool]] = Counter()
    capped = 0
    for rows in statements.values():
        for row in (one for one in rows if one["nature_code"] in COPAY_NATURES):
            taken, is_flat = -Decimal(row["amount_paid"]), row["nature_code"] in {"1951", "1952"}
            borne[row["beneficiary_nir"], row["care_start"][:4], is_flat] += int(taken * 100)
            if taken < rule_of(row["nature_code"], rows):
                capped += 1
                assert borne[row["beneficiary_nir"], row["care_start"][:4], is_flat] == 5_000
    assert capped
    assert max(borne.values()) == 5_000
    assert {year for _nir, year, _is_flat in borne} == {"2026", "2027"}


def rule_of(nature: str, rows: list[Row]) -> Decimal:
    """What the rules of 2026 take from the acts of a statement, before the ceiling of the year."""
    acts = [row for row in rows if row["rem_type"] == "0" and row["nature_code"] not in COPAY_NATURES]
    if nature in {"1951", "1952"}:
        return Decimal(2)
    if nature in {"1971", "1972"}:
        return Decimal(sum(row["act_system"] == "CIP13" for row in acts))
    return Decimal(min(4 * len(acts), 8) if nature in {"1973", "1974"} else min(len(acts), 4))


def test_no_act_is_paid_more_than_it_costs(tmp_path: Path) -> None:
    """Every payer rounds: together they never pay a cent above the expense."""
    acts: dict[tuple[str, ...], list[Row]] = {}
    for row in Reading(made(tmp_path, persons=1_500, days=6, seed=11)).good:
        if row["op"] == "C" and row["nature_code"] not in COPAY_NATURES:
            key = (row["emitter_code"], row["statement_no"], row["payment_date"], row["line_no"])
            acts.setdefault(key, []).append(row)
    shared = [rows for rows in acts.values() if len(rows) > 1]
    assert shared
    for rows in shared:
        assert sum(Decimal(row["amount_paid"]) for row in rows) <= Decimal(rows[0]["amount_charged"])

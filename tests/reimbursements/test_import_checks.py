"""Every line check of the feed format, through the command."""

from pathlib import Path

import pytest

from accounts.people.models import InsuredPerson
from reimbursements.feed.models import ImportBatch, ImportReject
from reimbursements.lines.models import ReimbursementLine
from tests.accounts.factories import make_nir
from tests.reimbursements.conftest import SECRET_NATURE
from tests.reimbursements.feed_files import (
    CHILD,
    PERSON,
    STRANGER,
    deliver,
    participation,
    reject_rows,
    row,
    run_import,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("directories")]

WRONG_KEY = PERSON[:-2] + f"{(int(PERSON[-2:]) + 1) % 97:02d}"


@pytest.mark.parametrize(
    ("changes", "code", "field", "shown"),
    [
        ({"quantity": "deux"}, "E001_PARSE", "quantity", "deux"),
        ({"care_start": "20260230"}, "E001_PARSE", "care_start", "20260230"),
        ({"care_start": ""}, "E001_PARSE", "care_start", ""),
        ({"amount_excess": "1.234"}, "E001_PARSE", "amount_excess", "1.234"),
        ({"op": "X"}, "E001_PARSE", "op", "X"),
        ({"settlement_ref": "R" * 21}, "E001_PARSE", "settlement_ref", "R" * 21),
        ({"payment_date": "20230801", "care_start": "20230701"}, "E001_PARSE", "payment_date", "2023-08-01"),
        ({"insured_nir": WRONG_KEY}, "E101_NIR_KEY", "insured_nir", f"{PERSON[:7]}******{WRONG_KEY[-2:]}"),
        ({"beneficiary_nir": "12345"}, "E101_NIR_KEY", "beneficiary_nir", "*****"),
        ({"insured_nir": STRANGER}, "E110_UNKNOWN_PERSON", "insured_nir", f"{STRANGER[:7]}******{STRANGER[-2:]}"),
        ({"exec_rpps": "10000000001"}, "E111_RPPS_KEY", "exec_rpps", "10000000001"),
        ({"prescriber_rpps": "1000"}, "E111_RPPS_KEY", "prescriber_rpps", "1000"),
        ({"amount_charged": "20.99"}, "E201_PAID_GT_CHARGED", "amount_paid", "21.00"),
        ({"nature_code": "9999"}, "E301_UNKNOWN_NATURE", "nature_code", "9999"),
        ({"nature_code": "ABC"}, "E301_UNKNOWN_NATURE", "nature_code", "ABC"),
        ({"emitter_code": "01C999000"}, "E303_UNKNOWN_FUND", "emitter_code", "01C999000"),
        ({"emitter_code": "Paris"}, "E303_UNKNOWN_FUND", "emitter_code", "Paris"),
        ({"care_start": "20261029"}, "E401_DATE_ORDER", "payment_date", "2026-10-28"),
        ({"payment_date": "20261029"}, "E402_FUTURE", "payment_date", "2026-10-29"),
        ({"op": "A", "amount_paid": "-7.77"}, "E501_CANCEL_UNKNOWN", "amount_paid", "-7.77"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_rejected_and_the_others_are_loaded(
    tmp_path: Path, changes: dict[str, str], code: str, field: str, shown: str
) -> None:
    path = deliver(tmp_path, [row(1), row(2, **changes), row(3)])
    result = run_import(path, "--max-reject-rate", "0.5")
    assert result["rejects"] == {code: 1}
    assert (result["lines_good"], result["exit"], result["paid_total"]) == (2, 0, "42.00")
    assert reject_rows(path) == [f"3;E;{code};{field};{shown}"]
    assert sorted(ReimbursementLine.objects.values_list("statement_no", flat=True)) == [1, 3]
    kept = ImportReject.objects.get()
    assert (kept.line_number, kept.severity, kept.code, kept.value_masked) == (3, "E", code, shown)


@pytest.mark.parametrize(
    ("changes", "code", "field", "shown"),
    [
        ({"exec_finess": "750000001"}, "W112_FINESS", "exec_finess", "750000001"),
        ({"exec_finess": "75000000000X"}, "W112_FINESS", "exec_finess", "75000000000X"),
        ({"rate_pct": "60.00"}, "W202_RATE", "rate_pct", "60.00"),
        ({"act_system": "CCAM", "act_code": "ZZZZ999"}, "W302_UNKNOWN_ACT", "act_code", "ZZZZ999"),
    ],
)  # fmt: skip
def test_a_doubtful_line_is_loaded_with_a_warning(
    tmp_path: Path, changes: dict[str, str], code: str, field: str, shown: str
) -> None:
    path = deliver(tmp_path, [row(1), row(2, **changes)])
    result = run_import(path)
    assert (result["warnings"], result["rejects"], result["lines_good"]) == ({code: 1}, {}, 2)
    assert reject_rows(path) == [f"3;W;{code};{field};{shown}"]


@pytest.mark.parametrize(
    "changes",
    [
        {"rate_pct": "69.94"},  # 20.98 instead of 21.00: within two cents
        {"rem_type": "1", "rate_pct": "10.00"},  # another payer's part
        {"op": "R", "rate_pct": "10.00"},
        {"exec_finess": "130780521"},
        {"act_system": "", "act_code": ""},
        {"exec_rpps": "", "exec_am_no": ""},
        {"prescription_date": "20261001", "care_end": ""},
        {"care_start": "20240229"},
        {"beneficiary_nir": CHILD, "beneficiary_quality": "3"},
        {"settlement_ref": '"V;1"'},
        {"settlement_ref": "Été"},
        {"quantity": "-1", "op": "R"},
    ],
)
def test_a_sound_line_has_no_finding(tmp_path: Path, changes: dict[str, str]) -> None:
    path = deliver(tmp_path, [row(1, **changes)])
    result = run_import(path)
    assert (result["lines_good"], result["rejects"], result["warnings"]) == (1, {}, {})
    assert reject_rows(path) == []


def test_participation_and_deductible_lines_are_no_rate_and_no_amount_errors(tmp_path: Path) -> None:
    deductible = participation(2, nature_code="1972", line_no="3", amount_paid="-1.00")
    refund = participation(3, amount_paid="2.00")  # more than the nothing charged, yet a participation line
    result = run_import(deliver(tmp_path, [row(1), participation(1), deductible, refund]))
    assert (result["lines_good"], result["rejects"], result["warnings"]) == (4, {}, {})
    assert result["paid_total"] == "20.00"


def test_a_line_of_too_few_columns_or_with_an_open_quote_does_not_swallow_the_next(tmp_path: Path) -> None:
    short = row(1).rpartition(";")[0]
    path = deliver(tmp_path, [short, row(2, settlement_ref='"open'), row(3), row(4, settlement_ref="a\rb")])
    result = run_import(path, "--max-reject-rate", "1")
    assert (result["rejects"], result["lines_good"]) == ({"E001_PARSE": 3}, 1)
    assert reject_rows(path) == [
        "2;E;E001_PARSE;line;45",
        "3;E;E001_PARSE;line;",
        "5;E;E001_PARSE;line;",
    ]


def test_a_line_may_have_several_findings_and_counts_once_a_code(tmp_path: Path) -> None:
    both = row(1, insured_nir=STRANGER, beneficiary_nir=make_nir(4), nature_code="9999", rate_pct="10.00")
    path = deliver(tmp_path, [both, row(2)])
    result = run_import(path, "--max-reject-rate", "0.5")
    assert result["rejects"] == {"E110_UNKNOWN_PERSON": 1, "E301_UNKNOWN_NATURE": 1}
    assert result["warnings"] == {}, "a warning counts where the line is loaded"
    assert [line.split(";")[2:4] for line in reject_rows(path)] == [
        ["E110_UNKNOWN_PERSON", "beneficiary_nir"],
        ["E110_UNKNOWN_PERSON", "insured_nir"],
        ["E301_UNKNOWN_NATURE", "nature_code"],
        ["W202_RATE", "rate_pct"],
    ]


def test_lines_are_stored_with_their_people_and_their_secrecy(tmp_path: Path) -> None:
    rows = [
        row(1, beneficiary_nir=CHILD, beneficiary_quality="3"),
        row(2, confidential="1"),
        row(3, nature_code=str(SECRET_NATURE)),
    ]
    run_import(deliver(tmp_path, rows))
    holder = InsuredPerson.objects.with_nir(PERSON).get()
    child = InsuredPerson.objects.with_nir(CHILD).get()
    first, flagged, secret = ReimbursementLine.objects.order_by("statement_no")
    assert (first.insured_id, first.beneficiary_id) == (holder.pk, child.pk)
    assert [first.is_confidential, flagged.is_confidential, secret.is_confidential] == [False, True, True]
    batch = ImportBatch.objects.get()
    assert (batch.lines_good, str(batch.paid_total), str(batch.last_payment_on)) == (3, "63.00", "2026-10-28")


class TestCancellation:
    CANCEL = {"op": "A", "amount_charged": "-30.00", "base": "-30.00", "amount_paid": "-21.00"}

    def test_of_an_earlier_line_of_the_file(self, tmp_path: Path) -> None:
        result = run_import(deliver(tmp_path, [row(1), row(2, **self.CANCEL)]))
        assert (result["lines_good"], result["paid_total"]) == (2, "0.00")

    def test_of_a_line_of_an_earlier_file(self, tmp_path: Path) -> None:
        deliver(tmp_path, [row(1)], sequence=1)
        deliver(tmp_path, [row(2, **self.CANCEL)], sequence=2)
        assert run_import(tmp_path)["lines_good"] == 2

    @pytest.mark.parametrize(
        "other", [{"care_start": "20261019"}, {"amount_paid": "-20.00"}, {"act_code": ""}, {"insured_nir": CHILD}]
    )
    def test_of_nothing_that_matches(self, tmp_path: Path, other: dict[str, str]) -> None:
        path = deliver(tmp_path, [row(1), row(2, **(self.CANCEL | other))])
        assert run_import(path, "--max-reject-rate", "1")["rejects"] == {"E501_CANCEL_UNKNOWN": 1}

    def test_of_a_line_that_is_rejected(self, tmp_path: Path) -> None:
        path = deliver(tmp_path, [row(1, exec_rpps="1"), row(2, **self.CANCEL)])
        result = run_import(path, "--max-reject-rate", "1")
        assert result["rejects"] == {"E111_RPPS_KEY": 1, "E501_CANCEL_UNKNOWN": 1}

    def test_of_a_line_in_conflict(self, tmp_path: Path) -> None:
        rows = [row(1), row(1, care_start="20261001"), row(2, **self.CANCEL, care_start="20261001")]
        result = run_import(deliver(tmp_path, rows), "--max-reject-rate", "1")
        assert result["rejects"] == {"E601_KEY_CONFLICT": 1, "E501_CANCEL_UNKNOWN": 1}
        assert result["lines_good"] == 1


class TestBusinessKey:
    def test_the_same_line_twice_in_a_file_is_a_duplicate(self, tmp_path: Path) -> None:
        result = run_import(deliver(tmp_path, [row(1), row(1), row(2)]))
        assert (result["lines_good"], result["duplicates"], result["rejects"]) == (2, 1, {})
        assert result["paid_total"] == "42.00"

    def test_other_content_in_a_file_is_a_conflict_and_the_first_line_counts(self, tmp_path: Path) -> None:
        path = deliver(tmp_path, [row(1), row(1, settlement_ref="V2"), row(1)])
        result = run_import(path, "--max-reject-rate", "1")
        assert (result["lines_good"], result["duplicates"]) == (1, 1)
        assert result["rejects"] == {"E601_KEY_CONFLICT": 1}
        assert ReimbursementLine.objects.get().settlement_ref == "V1"
        assert reject_rows(path) == ["3;E;E601_KEY_CONFLICT;statement_no;1"]

    def test_earlier_batches_count_too(self, tmp_path: Path) -> None:
        run_import(deliver(tmp_path, [row(1), row(2)]))
        rows = [row(1), row(2, amount_paid="20.00", rate_pct="66.67"), row(3), row(3), row(2)]
        result = run_import(deliver(tmp_path, rows, sequence=2), "--max-reject-rate", "1")
        assert (result["lines_good"], result["duplicates"]) == (1, 3)
        assert result["rejects"] == {"E601_KEY_CONFLICT": 1}
        assert ReimbursementLine.objects.count() == 3

    def test_written_otherwise_is_the_same_content(self, tmp_path: Path) -> None:
        result = run_import(deliver(tmp_path, [row(1), row(1, quantity="1.00", amount_charged="30")]))
        assert (result["lines_good"], result["duplicates"]) == (1, 1)

    def test_a_rejected_line_does_not_take_the_key(self, tmp_path: Path) -> None:
        result = run_import(deliver(tmp_path, [row(1, nature_code="9999"), row(1)]), "--max-reject-rate", "1")
        assert (result["lines_good"], result["rejects"]) == (1, {"E301_UNKNOWN_NATURE": 1})

    def test_another_payer_or_another_day_is_another_line(self, tmp_path: Path) -> None:
        rows = [row(1), row(1, rem_type="1"), row(1, payment_date="20261027"), row(1, line_no="2")]
        assert run_import(deliver(tmp_path, rows))["lines_good"] == 4

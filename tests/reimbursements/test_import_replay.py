"""Rejected lines: sealed, out of the application's reach, and loaded once the directory is corrected."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from ameli_notify.core.crypto import KeyRing, key_ring
from ameli_notify.core.import_session import import_role
from reimbursements.feed.models import ImportBatch, RejectedLine, rejected_context
from reimbursements.lines.models import ReimbursementLine
from tests.accounts.factories import InsuredPersonFactory
from tests.reimbursements.factories import NatureFactory
from tests.reimbursements.feed_files import PERSON, STRANGER, deliver, reject_rows, row, run_import

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("directories")]


@pytest.fixture
def rejected(tmp_path: Path) -> Path:
    """A loaded file with two strangers' lines and one that nothing will cure."""
    rows = [
        row(1),
        row(2, insured_nir=STRANGER, beneficiary_nir=STRANGER),
        row(3, nature_code="4242"),
        row(4, quantity="deux"),
    ]
    path = deliver(tmp_path, rows)
    assert run_import(path, "--max-reject-rate", "1")["lines_good"] == 1
    return path


def replay(path: Path, *options: str) -> dict[str, Any]:
    return run_import(path, *options, command="replay_rejects")


def spoken() -> str:
    """What the command says to a person."""
    stdout = StringIO()
    call_command("replay_rejects", stdout=stdout)
    return stdout.getvalue()


def waiting() -> list[int]:
    with transaction.atomic(), import_role():
        lines = RejectedLine.objects.filter(replayed_at=None).order_by("line_number")
        return list(lines.values_list("line_number", flat=True))


def test_the_application_cannot_read_raw_lines_and_they_are_sealed(rejected: Path) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        RejectedLine.objects.count()
    with transaction.atomic(), import_role():
        line = RejectedLine.objects.get(line_number=3)
    assert STRANGER.encode() not in bytes(line.raw_sealed)
    text = key_ring().open(line.raw_sealed, context=rejected_context(line.batch_id, 3))
    assert text == rejected.read_text().splitlines()[2]


def test_nothing_corrected_nothing_loaded(rejected: Path) -> None:
    result = replay(rejected)
    assert (result["lines_good"], result["batch"], result["exit"]) == (0, None, 0)
    assert (result["lines_waiting"], result["lines_final"]) == (2, 1)
    assert result["rejects"] == {"E110_UNKNOWN_PERSON": 1, "E301_UNKNOWN_NATURE": 1}
    assert ImportBatch.objects.count() == 1
    assert waiting() == [3, 4, 5]


def test_what_became_good_is_loaded_as_a_batch_of_its_own(rejected: Path) -> None:
    InsuredPersonFactory.create(nir=STRANGER)
    result = replay(rejected)
    assert (result["lines_good"], result["paid_total"]) == (1, "21.00")
    assert (result["lines_waiting"], result["lines_final"]) == (1, 1)
    assert result["rejects"] == {"E301_UNKNOWN_NATURE": 1}
    batch = ImportBatch.objects.get(pk=result["batch"])
    assert (batch.status, batch.sequence, batch.emitter_code) == ("loaded", None, "01C751000")
    assert batch.file_name == f"replay-{batch.pk - 1}-{rejected.name}"
    assert ReimbursementLine.objects.get(statement_no=2).batch_id == batch.pk
    assert waiting() == [4, 5]

    NatureFactory.create(code=4242)
    assert replay(rejected)["lines_good"] == 1
    assert waiting() == [5]


def test_what_is_wrong_in_itself_is_counted_and_not_offered_again(
    rejected: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    InsuredPersonFactory.create(nir=STRANGER)
    NatureFactory.create(code=4242)
    replay(rejected)
    # From now on nothing may even be opened.
    monkeypatch.setattr(KeyRing, "open", pytest.fail)
    result = replay(rejected)
    assert (result["lines_waiting"], result["lines_final"], result["rejects"]) == (0, 1, {})
    assert [batch["status"] for batch in result["batches"]] == ["nothing_to_do"]
    assert "1 ligne rejetée pour de bon" in spoken()


def test_an_error_that_only_shows_after_healing_is_final_too(tmp_path: Path) -> None:
    """The stranger's line turns out to bear the key of another one."""
    stranger = {"insured_nir": STRANGER, "beneficiary_nir": STRANGER}
    path = deliver(tmp_path, [row(1), row(1, amount_charged="31.00", **stranger)])
    run_import(path, "--max-reject-rate", "1")
    InsuredPersonFactory.create(nir=STRANGER)
    result = replay(path)
    assert (result["rejects"], result["lines_waiting"], result["lines_final"]) == ({"E601_KEY_CONFLICT": 1}, 0, 1)
    codes = ImportBatch.objects.get().rejects.filter(line_number=3).order_by("code").values_list("code", flat=True)
    assert list(codes) == ["E110_UNKNOWN_PERSON", "E601_KEY_CONFLICT"]
    assert replay(path)["rejects"] == {}


def test_nothing_rejected_is_nothing_to_do(tmp_path: Path) -> None:
    run_import(deliver(tmp_path, [row(1)]))
    result = replay(tmp_path / "x")
    assert (result["lines_waiting"], result["lines_final"], result["lines_good"], result["exit"]) == (0, 0, 0, 0)
    assert "aucune ligne n’attend" in spoken()


def test_the_reject_file_speaks_of_the_lines_of_the_original_file(rejected: Path) -> None:
    batch = ImportBatch.objects.get().pk
    InsuredPersonFactory.create(nir=STRANGER)
    replay(rejected)
    assert reject_rows(rejected, replay_of=batch) == ["4;E;E301_UNKNOWN_NATURE;nature_code;4242"]
    assert STRANGER not in "".join(reject_rows(rejected))


def test_it_does_not_count_in_the_sequence(rejected: Path, tmp_path: Path) -> None:
    InsuredPersonFactory.create(nir=STRANGER)
    replay(rejected)
    assert run_import(deliver(tmp_path, [row(9)], sequence=2))["lines_good"] == 1


def test_a_line_that_came_again_meanwhile_is_settled_as_a_duplicate(rejected: Path, tmp_path: Path) -> None:
    InsuredPersonFactory.create(nir=STRANGER)
    run_import(deliver(tmp_path, [row(2, insured_nir=STRANGER, beneficiary_nir=STRANGER)], sequence=2))
    result = replay(rejected)
    assert (result["lines_good"], result["duplicates"], result["lines_waiting"]) == (0, 1, 1)
    assert waiting() == [4, 5]


def test_one_batch_only(rejected: Path, tmp_path: Path) -> None:
    run_import(deliver(tmp_path, [row(9, nature_code="4242")], sequence=2), "--max-reject-rate", "1")
    NatureFactory.create(code=4242)
    first, second = ImportBatch.objects.order_by("pk")
    assert replay(rejected, "--batch", str(second.pk))["lines_good"] == 1
    assert waiting() == [3, 4, 5]
    assert replay(rejected, "--batch", str(first.pk))["lines_good"] == 1
    with pytest.raises(CommandError, match="n’existe pas"):
        call_command("replay_rejects", "--batch", "999999")


def test_a_line_moved_to_another_batch_does_not_open(rejected: Path) -> None:
    other = ImportBatch.objects.create(
        emitter_code="01C751000", flow_date="2026-10-28", file_name="x", sha256=b"x", status="loaded",
        started_at="2026-10-28T00:00Z",
    )  # fmt: skip
    with transaction.atomic(), import_role(), connection.cursor() as cursor:
        cursor.execute("UPDATE reimbursements_rejectedline SET batch_id = %s WHERE line_number = 3", [other.pk])
    with pytest.raises(ValueError, match="does not belong to this row"):
        replay(rejected)


def test_no_number_of_anybody_stands_in_the_reject_file_or_table(rejected: Path) -> None:
    content = (rejected.parent / "rejets" / f"{rejected.name}.rejets.csv").read_text()
    assert PERSON not in content
    assert STRANGER not in content
    shown = ImportBatch.objects.get().rejects.values_list("value_masked", flat=True)
    assert STRANGER not in "".join(shown)
    assert (rejected.parent / "rejets" / f"{rejected.name}.rejets.csv").stat().st_mode & 0o077 == 0

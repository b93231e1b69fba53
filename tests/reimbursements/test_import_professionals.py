"""Files of health professionals, through the command."""

from pathlib import Path
from typing import Any

import pytest

from accounts.people.models import DirectoryBatch
from reimbursements.professionals.models import HealthProfessional, PracticePlace
from reimbursements.professionals.reading import COLUMNS
from tests.reimbursements.feed_files import reject_rows, run_import

pytestmark = pytest.mark.django_db

_SOUND = dict(
    zip(COLUMNS, ["1", "10000000009", "751000000", "", "GIRARD", "Ahmed", "01", "75", "1", "20100101", ""], strict=True)
)


def professional(**changes: str) -> str:
    return ";".join((_SOUND | changes)[name] for name in COLUMNS)


def deliver(folder: Path, *rows: str) -> Path:
    path = folder / "PRO_20261028_0001.csv"
    path.write_text("".join(f"{line}\n" for line in (";".join(COLUMNS), *rows)))
    return path


def load(folder: Path, *rows: str) -> dict[str, Any]:
    return run_import(deliver(folder, *rows), "--max-reject-rate", "0.5", command="import_professionals")


def test_a_professional_with_two_places(tmp_path: Path) -> None:
    result = load(tmp_path, professional(), professional(am_no="131000000", department="13", finess="130780521"))
    assert (result["lines_good"], result["rows_new"], result["exit"]) == (2, 1, 0)
    found = HealthProfessional.objects.get()
    assert (found.rpps, found.last_name, found.places.count()) == (10000000009, "GIRARD", 2)
    assert DirectoryBatch.objects.get().kind == "professionals"


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    rows = [professional(), professional(am_no="131000000", last_name="MARTIN")]
    load(tmp_path, *rows)
    before = (list(HealthProfessional.objects.values_list()), list(PracticePlace.objects.order_by("pk").values_list()))
    assert load(tmp_path, *rows)["rows_changed"] == 0
    after = (list(HealthProfessional.objects.values_list()), list(PracticePlace.objects.order_by("pk").values_list()))
    assert after == before
    assert HealthProfessional.objects.get().last_name == "MARTIN", "the last row holds"


def test_a_later_file_changes_names_and_places(tmp_path: Path) -> None:
    load(tmp_path, professional())
    assert load(tmp_path, professional(active_to="20261001", first_name="Amine"))["rows_changed"] == 1
    assert str(PracticePlace.objects.get().active_to) == "2026-10-01"
    assert HealthProfessional.objects.get().first_name == "Amine"


@pytest.mark.parametrize(
    ("changes", "code", "field", "shown"),
    [
        ({"rpps": "10000000001"}, "E111_RPPS_KEY", "rpps", "10000000001"),
        ({"rpps": ""}, "E111_RPPS_KEY", "rpps", ""),
        ({"active_from": ""}, "E001_PARSE", "active_from", ""),
        ({"active_from": "20260230"}, "E001_PARSE", "active_from", "20260230"),
        ({"active_to": "soon"}, "E001_PARSE", "active_to", "soon"),
        ({"specialty": "001"}, "E001_PARSE", "specialty", "001"),
        ({"last_name": ""}, "E001_PARSE", "last_name", ""),
        ({"last_name": "A;B"}, "E001_PARSE", "line", "12"),
    ],
)
def test_a_wrong_row_is_rejected(tmp_path: Path, changes: dict[str, str], code: str, field: str, shown: str) -> None:
    result = load(tmp_path, professional(), professional(**changes))
    assert (result["rejects"], result["lines_good"]) == ({code: 1}, 1)
    assert reject_rows(tmp_path / "PRO_20261028_0001.csv") == [f"3;E;{code};{field};{shown}"]


@pytest.mark.parametrize(("finess", "stored"), [("130780522", "130780522"), ("13078", "13078"), ("1" * 12, "")])
def test_a_wrong_establishment_is_a_warning(tmp_path: Path, finess: str, stored: str) -> None:
    result = load(tmp_path, professional(finess=finess))
    assert (result["warnings"], result["lines_good"]) == ({"W112_FINESS": 1}, 1)
    assert PracticePlace.objects.get().finess == stored

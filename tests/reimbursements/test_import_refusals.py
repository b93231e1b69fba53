"""Whole files refused, held, or already there, through the command."""

import codecs
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from reimbursements.feed.layout import NAMES
from reimbursements.feed.models import ImportBatch
from reimbursements.lines.models import ReimbursementLine
from tests.reimbursements.feed_files import OTHER_EMITTER, deliver, reject_rows, row, run_import

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("directories")]


def refused_as(code: str, path: Path, *options: str) -> str:
    """Import, see that nothing is loaded and the refusal recorded; returns what stands on stderr."""
    result = run_import(path, *options)
    assert (result["exit"], result["lines_good"]) == (2, 0)
    assert [batch["code"] for batch in result["batches"]] == [code]
    assert not ReimbursementLine.objects.exists()
    batch = ImportBatch.objects.get()
    assert (batch.refusal_code, batch.status) == (code, "held" if code == "F05" else "refused")
    assert batch.file_name == path.name
    stderr: str = result["stderr"]
    assert stderr.count("\n") == 1
    assert stderr.startswith(f"{path.name} : {code}, ")
    return stderr


@pytest.mark.parametrize(
    ("code", "wrong", "said"),
    [
        ("F01", {"sha256": "0" * 64}, "empreinte"),
        ("F02", {"row_count": 3}, "2 lignes, le manifeste en annonce 3"),
        ("F03", {"control_total_paid": "42.01"}, "42,00"),
        ("F03", {"control_total_charged": "59.99"}, "60,00"),
        ("F04", {"format_version": 2}, "manifeste"),
        ("F04", {"format": "other"}, "manifeste"),
        ("F05", {"previous_sequence": 4, "sequence": 5}, "suit la 4"),
        ("F07", {"row_count": "2"}, "illisible"),
        ("F07", {"flow_date": "28/10/2026"}, "illisible"),
        ("F07", {"sequence": 0}, "illisible"),
        ("F07", {"emitter_code": OTHER_EMITTER}, "autre émetteur"),
        ("F07", {"file": "DEC_01C751000_20261028_0009.csv"}, "porte un autre nom"),
        ("F07", {"file": "dossier/DEC_01C751000_20261028_0001.csv"}, "illisible"),
        ("F07", {"file": None}, "illisible"),
        ("F07", {"compression": "gzip"}, "annonce un fichier gzip, et celui-ci ne l’est pas"),
        ("F07", {"compression": "zip"}, "illisible"),
        ("F07", {"compression": ["gzip"]}, "illisible"),
    ],
)  # fmt: skip
def test_a_manifest_that_disagrees(tmp_path: Path, code: str, wrong: dict[str, Any], said: str) -> None:
    assert said in refused_as(code, deliver(tmp_path, [row(1), row(2)], **wrong))


@pytest.mark.parametrize(
    "header", [";".join(NAMES[:-1]), ";".join(NAMES) + ";more", ";".join(NAMES) + "\r", ",".join(NAMES)]
)
def test_other_columns(tmp_path: Path, header: str) -> None:
    refused_as("F04", deliver(tmp_path, [row(1)], header=header))


def test_another_version_in_the_rows(tmp_path: Path) -> None:
    refused_as("F04", deliver(tmp_path, [row(1, format_version="2")]))


def test_no_manifest(tmp_path: Path) -> None:
    path = deliver(tmp_path, [row(1)])
    path.with_suffix(".manifest.json").unlink()
    refused_as("F07", path)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"format": "decompte-lines"', "[" * 60_000])
def test_a_manifest_that_is_none(tmp_path: Path, content: str) -> None:
    path = deliver(tmp_path, [row(1)])
    path.with_suffix(".manifest.json").write_text(content)
    refused_as("F07", path)


@pytest.mark.parametrize(
    "content",
    [
        row(1).encode("latin-1") + b"\xe9\n",
        b"\xff\xfe" + row(1).encode("utf-16-le"),
        b"x" * (3 << 20),
    ],
)
def test_bytes_that_are_no_lines_of_text(tmp_path: Path, content: bytes) -> None:
    path = deliver(tmp_path, [row(1)])
    _rewrite(path, path.read_bytes().splitlines(keepends=True)[0] + content)
    refused_as("F07", path)


def test_a_byte_order_mark(tmp_path: Path) -> None:
    path = deliver(tmp_path, [row(1)])
    _rewrite(path, codecs.BOM_UTF8 + path.read_bytes())
    refused_as("F07", path)


def test_an_empty_file(tmp_path: Path) -> None:
    path = deliver(tmp_path, [])
    _rewrite(path, b"")
    refused_as("F04", path)


def test_an_archive_announced_as_plain(tmp_path: Path) -> None:
    path = deliver(tmp_path, [row(1)], gzipped=True, compression="none")
    assert "non compressé, et celui-ci est compressé" in refused_as("F07", path)


def test_gzip_as_delivered(tmp_path: Path) -> None:
    result = run_import(deliver(tmp_path, [row(1), row(2)], gzipped=True))
    assert (result["lines_good"], result["exit"]) == (2, 0)


@pytest.mark.parametrize("cut", [12, 60, 200])
def test_a_truncated_archive(tmp_path: Path, cut: int) -> None:
    path = deliver(tmp_path, [row(number) for number in range(1, 50)], gzipped=True)
    _rewrite(path, path.read_bytes()[:cut])
    refused_as("F07", path)


def test_a_damaged_archive(tmp_path: Path) -> None:
    path = deliver(tmp_path, [row(1)])
    damaged = bytearray(gzip.compress(path.read_bytes()))
    damaged[-6] ^= 0xFF
    _rewrite(path, bytes(damaged))
    refused_as("F07", path)


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    path = deliver(tmp_path, [row(1), row(2)])
    first = run_import(path)
    again = run_import(path)
    assert (again["exit"], again["lines_good"], again["duplicates"], again["stderr"]) == (0, 0, 0, "")
    assert again["batches"][0]["status"] == "nothing_to_do"
    assert again["batch"] == first["batch"]
    assert ImportBatch.objects.count() == 1
    assert ReimbursementLine.objects.count() == 2


def test_a_loaded_sequence_with_other_content(tmp_path: Path) -> None:
    run_import(deliver(tmp_path, [row(1)]))
    result = run_import(deliver(tmp_path, [row(1), row(2)]))
    assert (result["exit"], result["batches"][0]["code"]) == (2, "F08")
    assert ReimbursementLine.objects.count() == 1


class TestSequence:
    def test_the_first_file_of_an_emitter_may_be_a_later_one_when_asked(self, tmp_path: Path) -> None:
        path = deliver(tmp_path, [row(1)], sequence=7)
        refused_as("F05", path)
        assert run_import(path, "--accept-first")["lines_good"] == 1
        later = deliver(tmp_path, [row(2)], sequence=9)
        assert run_import(later, "--accept-first")["batches"][0]["code"] == "F05", "only the first"

    def test_a_held_file_is_loaded_once_the_missing_one_came(self, tmp_path: Path) -> None:
        second = deliver(tmp_path, [row(2)], sequence=2)
        assert run_import(second)["exit"] == 2
        assert run_import(second)["exit"] == 2
        assert ImportBatch.objects.filter(status="held").count() == 1, "offered again is not a second row"
        deliver(tmp_path, [row(1)], sequence=1)
        result = run_import(tmp_path)
        assert (result["exit"], result["lines_good"]) == (0, 2)

    def test_a_folder_goes_in_sequence_and_a_refused_file_stops_its_emitter_only(self, tmp_path: Path) -> None:
        deliver(tmp_path, [row(1)], sequence=1)
        deliver(tmp_path, [row(2)], sequence=2, row_count=5)
        deliver(tmp_path, [row(3)], sequence=3)
        other = [row(1, emitter_code=OTHER_EMITTER)]
        deliver(tmp_path, other, emitter=OTHER_EMITTER, sequence=1)
        result = run_import(tmp_path)
        assert [(batch["file"][4:13], batch["code"]) for batch in result["batches"]] == [
            (OTHER_EMITTER, ""), ("01C751000", ""), ("01C751000", "F02"), ("01C751000", "F05"),
        ]  # fmt: skip
        assert (result["exit"], result["lines_good"]) == (2, 2)
        assert result["stderr"].count("\n") == 2
        deliver(tmp_path, [row(2)], sequence=2)
        assert run_import(tmp_path)["lines_good"] == 2


class TestTooManyRejects:
    def test_nothing_is_loaded_and_the_reject_file_is_written(self, tmp_path: Path) -> None:
        path = deliver(tmp_path, [row(1), row(2, nature_code="9999")])
        assert "1 ligne rejetée sur 2 (50,0 %)" in refused_as("F09", path)
        assert reject_rows(path) == ["3;E;E301_UNKNOWN_NATURE;nature_code;9999"]
        batch = ImportBatch.objects.get()
        assert (batch.row_count, batch.lines_good, batch.reject_counts) == (2, 0, {"E301_UNKNOWN_NATURE": 1})
        assert not batch.rejects.exists()

    def test_conflicts_found_by_the_insert_count_too(self, tmp_path: Path) -> None:
        run_import(deliver(tmp_path, [row(1)]))
        path = deliver(tmp_path, [row(1, settlement_ref="V2"), row(2)], sequence=2)
        assert run_import(path)["batches"][0]["code"] == "F09"
        assert reject_rows(path) == ["2;E;E601_KEY_CONFLICT;statement_no;1"]
        assert ReimbursementLine.objects.count() == 1

    def test_the_limit_itself_is_not_too_many(self, tmp_path: Path) -> None:
        path = deliver(tmp_path, [row(1), row(2, nature_code="9999")])
        assert run_import(path, "--max-reject-rate", "0.5")["lines_good"] == 1


def test_a_file_without_rows_is_loaded(tmp_path: Path) -> None:
    result = run_import(deliver(tmp_path, []))
    assert (result["exit"], result["lines_good"], result["paid_total"]) == (0, 0, "0.00")
    assert ImportBatch.objects.get().status == "loaded"


def test_a_last_line_without_line_feed_counts(tmp_path: Path) -> None:
    path = deliver(tmp_path, [row(1), row(2)])
    _rewrite(path, path.read_bytes().rstrip(b"\n"))
    assert run_import(path)["lines_good"] == 2


def _rewrite(path: Path, content: bytes) -> None:
    """Other bytes, with the sha256 of the manifest made right."""
    path.write_bytes(content)
    manifest = path.with_name(path.name.removesuffix(".gz").removesuffix(".csv") + ".manifest.json")

    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"sha256": hashlib.sha256(content).hexdigest()}))

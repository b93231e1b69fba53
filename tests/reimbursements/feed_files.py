"""Files of reimbursement lines as a fund would deliver them, and the import's command."""

import gzip
import hashlib
import json
import re
from collections.abc import Sequence
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from reimbursements.feed.layout import NAMES
from tests.accounts.factories import make_nir

EMITTER = "01C751000"
OTHER_EMITTER = "01C131000"
PERSON = make_nir(1)
CHILD = make_nir(2, sex=2)
STRANGER = make_nir(3)
FLOW_DATE = "20261028"

_SOUND_ROW = {
    "format_version": "1", "emitter_code": EMITTER, "flow_date": FLOW_DATE, "statement_no": "1", "line_no": "1",
    "rem_type": "0", "op": "C", "insured_nir": PERSON, "beneficiary_nir": PERSON,
    "beneficiary_birth_date": "19580323", "birth_rank": "1", "beneficiary_quality": "1", "care_start": "20261020",
    "care_end": "20261020", "prescription_date": "", "payment_date": FLOW_DATE, "nature_code": "1110",
    "key_letter": "G", "act_system": "NGAP", "act_code": "G", "quantity": "1", "coefficient": "1.00",
    "amount_charged": "30.00", "base": "30.00", "rate_pct": "70.00", "amount_paid": "21.00", "amount_excess": "0.00",
    "exemption_reason": "0", "copay_modulation": "0", "care_path": "1", "insurance_nature": "10",
    "confidential": "0", "exec_am_no": "751000000", "exec_rpps": "10000000009", "exec_specialty": "01",
    "exec_finess": "", "prescriber_rpps": "", "payee": "36", "payment_mode": "1", "settlement_ref": "V1",
    "amc_code": "", "amc_amount": "0.00", "amc_transmitted": "0", "card_mode": "V", "care_place": "C",
    "payee_account": "3d83697d2417effa",
}  # fmt: skip
_AMOUNT = re.compile(r"-?\d+(?:\.\d+)?")


def row(statement: int = 1, **changes: str) -> str:
    """A sound line, but for the changes."""
    cells = _SOUND_ROW | {"statement_no": str(statement)} | changes
    return ";".join(cells[name] for name in NAMES)


def participation(statement: int, **changes: str) -> str:
    """The flat contribution that goes with a consultation: no base, no rate, a negative amount."""
    return row(
        statement,
        **{
            "line_no": "2", "nature_code": "1952", "key_letter": "PFT", "act_system": "", "act_code": "",
            "amount_charged": "0.00", "base": "0.00", "rate_pct": "0.00", "amount_paid": "-2.00",
            "settlement_ref": "DUE",
        }
        | changes,
    )  # fmt: skip


def deliver(
    folder: Path,
    rows: Sequence[str],
    *,
    emitter: str = EMITTER,
    sequence: int = 1,
    gzipped: bool = False,
    header: str = ";".join(NAMES),
    **manifest: Any,
) -> Path:
    """Write a file and its manifest; ``manifest`` replaces what the manifest would rightly say."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"DEC_{emitter}_{FLOW_DATE}_{sequence:04d}"
    path = folder / (f"{stem}.csv.gz" if gzipped else f"{stem}.csv")
    content = "".join(f"{line}\n" for line in (header, *rows)).encode()
    path.write_bytes(gzip.compress(content, mtime=0) if gzipped else content)
    right = {
        "format": "decompte-lines",
        "format_version": 1,
        "emitter_code": emitter,
        "flow_date": f"{FLOW_DATE[:4]}-{FLOW_DATE[4:6]}-{FLOW_DATE[6:]}",
        "sequence": sequence,
        "previous_sequence": sequence - 1,
        "file": path.name,
        "compression": "gzip" if gzipped else "none",
        "row_count": len(rows),
        "control_total_paid": str(_total(rows, "amount_paid")),
        "control_total_charged": str(_total(rows, "amount_charged")),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    (folder / f"{stem}.manifest.json").write_text(json.dumps(right | manifest))
    return path


def run_import(path: Path, *options: str, command: str = "import_feed") -> dict[str, Any]:
    """Run a command with ``--json``; ``exit`` is its exit code and ``stderr`` what it wrote there."""
    stdout, stderr = StringIO(), StringIO()
    arguments = [str(path)] if command != "replay_rejects" else []
    arguments += ["--rejects-dir", str(path.parent / "rejets")]
    code = 0
    try:
        call_command(command, *arguments, "--json", *options, stdout=stdout, stderr=stderr)
    except SystemExit as stop:
        code = int(str(stop.code))
    result: dict[str, Any] = json.loads(stdout.getvalue())
    return result | {"exit": code, "stderr": stderr.getvalue()}


def reject_rows(path: Path, *, replay_of: int | None = None) -> list[str]:
    """The rows of the reject file of a delivered file, or of the replay of a batch, without its header."""
    prefix = "" if replay_of is None else f"replay-{replay_of}-"
    header, *rows = (path.parent / "rejets" / f"{prefix}{path.name}.rejets.csv").read_text().splitlines()
    assert header == "line;severity;code;field;value_masked"
    return rows


def _total(rows: Sequence[str], column: str) -> Decimal:
    at = NAMES.index(column)
    cells = [line.split(";") for line in rows]
    return sum((Decimal(c[at]) for c in cells if at < len(c) and _AMOUNT.fullmatch(c[at])), Decimal("0.00"))

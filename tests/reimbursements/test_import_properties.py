"""Whatever a file holds, the import neither fails nor loses count, and shows nobody's number."""

import decimal
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reimbursements.feed.layout import COLUMNS, NAMES, PLAIN_LINES
from reimbursements.feed.reading import EMPTY_ROW, read_slowly
from tests.reimbursements.feed_files import CHILD, PERSON, deliver, reject_rows, row, run_import

CELLS = st.one_of(
    st.sampled_from(
        ["", "0", "1", "-1", "1.5", "1.555", "20261028", "20260231", "20240229", "99999999", "C", "A", "R", "X",
         PERSON, CHILD, PERSON[:13], '"', '""', '"a;b"', 'a"b', "\\", "\\N", "\\.", "\t", "é", "\u2028", "\0",
         "1e9", "NaN", "9" * 30, "10000000009", "130780521", "ABC", " 1", "+1", "٣"]
    ),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\n"), max_size=24),
)  # fmt: skip
ROWS = st.lists(
    st.tuples(st.integers(1, 4), st.dictionaries(st.sampled_from(NAMES), CELLS, max_size=3)), min_size=1, max_size=6
)
BARE_LINES = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\n"), max_size=200)


@pytest.mark.django_db
@pytest.mark.usefixtures("directories")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, noise=st.lists(BARE_LINES, max_size=2))
def test_the_accounts_add_up(rows: list[tuple[int, dict[str, str]]], noise: list[str]) -> None:
    lines = [row(statement, **changes) for statement, changes in rows] + noise
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = deliver(Path(folder), lines, **_totals_of(lines))
        result = run_import(path, "--max-reject-rate", "1")
        (batch,) = result["batches"]
        if batch["code"] == "F04":  # the first row names another version
            assert lines[0].split(";")[0].strip('"').isdigit()
        else:
            assert result["exit"] == 0
            shown = reject_rows(path)
            rejected = {line.split(";")[0] for line in shown if ";E;" in line}
            assert batch["rows"] == len(lines) == result["lines_good"] + result["duplicates"] + len(rejected)
            assert PERSON not in "\n".join(shown)
            assert PERSON[:13] not in "\n".join(shown)
        transaction.set_rollback(True)


@given(st.lists(CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_a_line_of_the_fast_path_reads_the_same_slowly(cells: list[str]) -> None:
    line = ";".join(cells)
    raw = f"{line}\n".encode()
    match = PLAIN_LINES.match(raw)
    slow = read_slowly(line, line_number=2)
    assert match is not None
    if match.end() == len(raw):
        assert (slow.staged, slow.findings) == (raw, [])
    else:
        assert match.end() == 0
        assert slow.findings or slow.staged != EMPTY_ROW


@given(st.dictionaries(st.sampled_from(NAMES), CELLS, max_size=2))
def test_a_line_is_sound_slowly_exactly_when_it_is_plain_but_for_its_spelling(changes: dict[str, str]) -> None:
    line = row(1, **changes)
    slow = read_slowly(line, line_number=2)
    plain = PLAIN_LINES.fullmatch(f"{line}\n".encode()) is not None
    if plain:
        assert slow.findings == []
    elif not slow.findings:
        assert re.search(r'["\\]|[^ -~]', line), "only spelling sends a sound line the slow way"


def _totals_of(lines: list[str]) -> dict[str, Any]:
    """Control totals as the import reads them: through the slow path, which knows quotes."""

    paid = charged = decimal.Decimal(0)
    for line in lines:
        slow = read_slowly(line, line_number=2)
        paid, charged = paid + slow.unread_paid, charged + slow.unread_charged
        if slow.staged != EMPTY_ROW:
            staged = slow.staged.decode()[:-1].replace("\\;", " ").split(";")
            paid += decimal.Decimal(staged[NAMES.index("amount_paid")])
            charged += decimal.Decimal(staged[NAMES.index("amount_charged")])
    return {"control_total_paid": str(paid), "control_total_charged": str(charged)}

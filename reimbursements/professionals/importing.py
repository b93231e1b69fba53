"""``import_professionals``: upsert health professionals by RPPS, and their places of practice."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from accounts.directory_import import DirectoryImport
from accounts.people.enums import DirectoryKind
from ameli_notify.core.copying import copy_rows
from ameli_notify.core.delivered_files import RawLine
from ameli_notify.core.import_command import ImportOptions
from ameli_notify.core.import_report import FileReport
from ameli_notify.core.sql import fetch_value, run
from reimbursements.professionals.models import HealthProfessional, PracticePlace
from reimbursements.professionals.reading import COLUMNS, ProfessionalRow, read_professional

_PROFESSIONALS: Final = HealthProfessional._meta.db_table
_PLACES: Final = PracticePlace._meta.db_table
_FACTS: Final = ("finess", "specialty", "department", "convention", "active_to")

_STAGE: Final = """
CREATE TEMP TABLE professional_stage (
    row_no integer, rpps bigint, am_no text, finess text, last_name text, first_name text, specialty text,
    department text, convention smallint, active_from date, active_to date)
"""

# Of several rows of one professional, or of one place, the last holds.
_UPSERT_PROFESSIONALS: Final = f"""
INSERT INTO {_PROFESSIONALS} AS p (rpps, last_name, first_name, updated_at)
SELECT DISTINCT ON (rpps) rpps, last_name, first_name, %s FROM professional_stage ORDER BY rpps, row_no DESC
ON CONFLICT (rpps) DO UPDATE
SET last_name = EXCLUDED.last_name, first_name = EXCLUDED.first_name, updated_at = EXCLUDED.updated_at
WHERE (p.last_name, p.first_name) <> (EXCLUDED.last_name, EXCLUDED.first_name)
RETURNING p.rpps
"""

_UPSERT_PLACES: Final = f"""
INSERT INTO {_PLACES} AS l (professional_id, am_no, active_from, {", ".join(_FACTS)})
SELECT DISTINCT ON (p.id, s.am_no, s.active_from) p.id, s.am_no, s.active_from, {", ".join(f"s.{n}" for n in _FACTS)}
FROM professional_stage s JOIN {_PROFESSIONALS} p USING (rpps)
ORDER BY p.id, s.am_no, s.active_from, s.row_no DESC
ON CONFLICT (professional_id, am_no, active_from) DO UPDATE
SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _FACTS)}
WHERE ({", ".join(f"l.{n}" for n in _FACTS)}) IS DISTINCT FROM ({", ".join(f"EXCLUDED.{n}" for n in _FACTS)})
RETURNING l.professional_id
"""

_COUNT_NEW: Final = f"""
SELECT count(DISTINCT s.rpps) FROM professional_stage s
WHERE NOT EXISTS (SELECT FROM {_PROFESSIONALS} p WHERE p.rpps = s.rpps)
"""

_COUNT_CHANGED: Final = f"""
SELECT count(DISTINCT p.rpps)
FROM {_PROFESSIONALS} p
WHERE p.rpps IN (SELECT rpps FROM professional_changed)
   OR p.id IN (SELECT professional_id FROM place_changed)
"""


def import_professionals(path: Path, *, options: ImportOptions) -> FileReport:
    """Upsert the professionals of one file; whoever is not in it is left alone."""
    return _ProfessionalsImport(path, kind=DirectoryKind.PROFESSIONALS, columns=COLUMNS, options=options).run()


class _ProfessionalsImport(DirectoryImport):
    """The whole file is one set: the national directory has some two million rows."""

    def load(self, lines: Iterator[RawLine]) -> None:
        _drop_tables()
        run(_STAGE)
        copy_rows("professional_stage", ProfessionalRow._fields, self._accepted(lines))
        run("ANALYZE professional_stage")
        self.rows_new = fetch_value(_COUNT_NEW)
        run("CREATE TEMP TABLE professional_changed (rpps bigint)")
        run(
            f"WITH changed AS ({_UPSERT_PROFESSIONALS}) INSERT INTO professional_changed SELECT rpps FROM changed",
            [self.started_at],
        )
        run("CREATE TEMP TABLE place_changed (professional_id bigint)")
        run(f"WITH changed AS ({_UPSERT_PLACES}) INSERT INTO place_changed SELECT professional_id FROM changed")
        self.rows_changed = fetch_value(_COUNT_CHANGED) - self.rows_new
        _drop_tables()

    def _accepted(self, lines: Iterator[RawLine]) -> Iterator[Sequence[object]]:
        for line in lines:
            row, findings = read_professional(line)
            self.find(findings)
            if row is not None:
                self.report.lines_good += 1
                yield row


def _drop_tables() -> None:
    for table in ("professional_stage", "professional_changed", "place_changed"):
        run(f"DROP TABLE IF EXISTS pg_temp.{table}")

"""``import_persons``: load one file of insured people. All of it is loaded, or nothing."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from accounts.directory_import import DirectoryImport
from accounts.people.enums import DirectoryKind
from accounts.people.importing.reading import COLUMNS, PersonRow, read_person
from accounts.people.importing.staging import drop_tables, known, make_tables, stage_chunk
from accounts.people.importing.upserting import upsert_chunk
from ameli_notify.core.crypto import lookup_key
from ameli_notify.core.delivered_files import RawLine, split_row
from ameli_notify.core.findings import E110_UNKNOWN_PERSON, Finding
from ameli_notify.core.import_command import ImportOptions
from ameli_notify.core.import_report import FileReport

CHUNK: Final = 20_000


def import_persons(path: Path, *, options: ImportOptions) -> FileReport:
    """Upsert the people of one file by NIR; whoever is not in it is left alone."""
    return _PersonsImport(path, kind=DirectoryKind.PERSONS, columns=COLUMNS, options=options).run()


class _PersonsImport(DirectoryImport):
    """A dependant waits in memory, as a raw line, until the policyholder is known; at the end that is E110."""

    def load(self, lines: Iterator[RawLine]) -> None:
        make_tables()
        self.key = lookup_key()
        waiting: list[RawLine] = []
        while chunk := list(islice(lines, CHUNK)):
            waiting += self._load_chunk(chunk)
        while waiting:
            still_waiting: list[RawLine] = []
            for start in range(0, len(waiting), CHUNK):
                still_waiting += self._load_chunk(waiting[start : start + CHUNK])
            if len(still_waiting) == len(waiting):
                self._refuse(waiting)
                break
            waiting = still_waiting
        drop_tables()

    def _load_chunk(self, lines: Iterable[RawLine]) -> list[RawLine]:
        """Load what can be; returns the lines of dependants whose policyholder is not known yet."""
        persons = self._read(lines)
        heads = {person.nir_lookup for person in persons if person.policyholder_lookup is None}
        asked = {person.policyholder_lookup for person in persons if person.policyholder_lookup} - heads
        found = heads | (known(asked) if asked else set())
        ready = [p for p in persons if p.policyholder_lookup is None or p.policyholder_lookup in found]
        waiting = [p.line for p in persons if p.policyholder_lookup and p.policyholder_lookup not in found]
        # Of two rows of one person, the later one holds.
        distinct = list({person.nir_lookup: person for person in ready}.values())
        if distinct:
            new = stage_chunk(distinct)
            self.rows_changed += upsert_chunk(distinct, new=new, now=self.started_at)
            self.rows_new += len(new)
        self.report.lines_good += len(ready)
        for person in ready:
            self.find(person.warnings)
        return waiting

    def _read(self, lines: Iterable[RawLine]) -> list[PersonRow]:
        persons: list[PersonRow] = []
        for line in lines:
            read = read_person(line, key=self.key)
            if isinstance(read, PersonRow):
                persons.append(read)
            else:
                self.find(read)
        return persons

    def _refuse(self, lines: Iterable[RawLine]) -> None:
        holder = COLUMNS.index("policyholder_nir")
        self.find(
            Finding(line.number, E110_UNKNOWN_PERSON, "policyholder_nir", cells[holder])
            for line in lines
            if (cells := split_row(line.text)) is not None
        )

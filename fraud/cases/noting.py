"""Notes and tasks of the staff about a case, sealed; and the few facts of a case that investigators correct."""

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring
from fraud.cases.enums import AuthorCategory, CaseEventKind, NoteKind
from fraud.cases.events import CaseError, locked_standing, record
from fraud.cases.models import CaseNote, FraudCase
from fraud.intake.enums import Severity

LONGEST_NOTE: Final = 4_000


@transaction.atomic
def write_note(case_id: int, *, text: str, by: User, due_on: dt.date | None = None) -> CaseNote:
    """A note, or a task when it has a day. Raises CaseError."""
    text = text.strip()
    if not text or len(text) > LONGEST_NOTE:
        raise CaseError(f"Écrivez la note, en {LONGEST_NOTE} caractères au plus.")
    case = locked_standing(case_id)
    kind = NoteKind.TASK if due_on else NoteKind.NOTE
    note = CaseNote(case=case, kind=kind, written_by=by, due_on=due_on)
    note.text_sealed = key_ring().seal(text, context=note.text_context)
    note.save()
    record(case, CaseEventKind.NOTED, by=by, after={"note": note.pk, "kind": str(kind)})
    return note


@transaction.atomic
def finish_task(note_id: int, *, by: User) -> CaseNote:
    """A task is done. Raises CaseError for what is no open task."""
    case = locked_standing(CaseNote.objects.values_list("case_id", flat=True).get(pk=note_id))
    note = CaseNote.objects.get(pk=note_id)
    if note.kind != NoteKind.TASK or note.done_at is not None:
        raise CaseError("Cette tâche est déjà faite.")
    note.done_at, note.done_by = timezone.now(), by
    note.save(update_fields=["done_at", "done_by"])
    record(case, CaseEventKind.NOTED, by=by, after={"note": note.pk, "done": True})
    return note


def open_note(note: CaseNote) -> str:
    """The words of a note. Whoever calls has logged the reading of the case."""
    return key_ring().open(note.text_sealed, context=note.text_context)


@transaction.atomic
def change_case(case_id: int, *, severity: Severity, author_category: AuthorCategory, by: User) -> FraudCase:
    """Correct how grave a case is and who would have done it. The deadline stays. Raises CaseError."""
    case = locked_standing(case_id)
    before = {"severity": case.severity, "author_category": str(case.author_category)}
    after = {"severity": int(severity), "author_category": str(author_category)}
    if before == after:
        raise CaseError("Rien n’a changé.")
    case.severity, case.author_category = severity, author_category
    if case.severity_alone is not None:
        case.severity_alone = severity
    case.save(update_fields=["severity", "severity_alone", "author_category"])
    record(case, CaseEventKind.CHANGED, by=by, before=before, after=after)
    return case

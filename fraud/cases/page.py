"""What the page of a case shows. Nobody's name, nothing that a person wrote: that is behind ``unveiling``."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import F
from django.http import QueryDict
from django.utils.formats import date_format

from accounts.staff.models import User
from ameli_notify.core.import_report import french_euros
from fraud.cases.acts import grouped
from fraud.cases.decision_forms import said_of
from fraud.cases.decision_models import CaseAmount
from fraud.cases.enums import AmountKind, ApprovalSubject, CaseEventKind, CaseOutcome, CaseStatus, StepKind
from fraud.cases.ledger import net_totals
from fraud.cases.letter_models import CaseLetter
from fraud.cases.look import CaseLook
from fraud.cases.models import CaseEvent, FraudCase
from fraud.cases.moving import reports_of
from fraud.cases.noting import open_note
from fraud.cases.paging import EVENTS, LINES, NOTES, REPORTS, Merged, part_of
from fraud.cases.prescription import prescription_of
from fraud.cases.reply_enums import BY_PROFESSIONAL, ReplyMoment
from fraud.cases.similar import similar_reports
from fraud.intake.models import FraudReport, ReportedLine, ReportEvent
from fraud.intake.review import subject_of
from fraud.partner_api.enums import Verdict

MOST_SIMILAR: Final = 10
REPORT_SHOWN: Final = ("receipt_no", "status", "sent_at", "amount_at_stake", "questionnaire_id", "leaf")
LINE_SHOWN: Final = ("title", "care_start", "paid_to", "performer_rpps", "amount_charged", "amount_paid")
"""What the page needs of a report and of a line: what somebody wrote, or the whole frozen line, is not even read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One row of the timeline."""

    at: dt.datetime
    who: str
    what: str
    details: str


def case_context(look: CaseLook, *, query: QueryDict | None = None) -> dict[str, Any]:
    """Everything that the template shows of a case: of long tables the page that ``query`` asks for, or all."""
    case = look.case
    return {
        "look": look,
        "acts": grouped(look),
        "opening": look.opening,
        "holder": look.holding,
        "is_late": case.clock_stopped_at is None and not case.outcome and case.due_on < look.today,
        "prescription": prescription_of(case, figures=look.figures),
        **_tables(look, query=query),
        "totals": [
            {"kind": kind.label, "total": french_euros(total)} for kind, total in net_totals(look.amounts) if total
        ],
        "amounts": [_amount_row(entry, case=case) for entry in look.amounts],
        "steps": look.steps,
        "approvals": [{"row": one, "said": said_of(one)} for one in look.approvals],
        "merged": look.merged,
        "similar_reports": similar_reports(case),
        "letters": _letters(look),
        "similar": list(FraudCase.objects.of_same_performer(case).order_by("-opened_at")[:MOST_SIMILAR]),
    }


def _letters(look: CaseLook) -> list[CaseLetter]:
    """Each announces a step of the case."""
    if not look.steps:
        return []
    return list(look.case.letters.select_related("made_by").defer("content_sealed").order_by("pk"))


def _tables(look: CaseLook, *, query: QueryDict | None) -> dict[str, Any]:
    """The long tables: reports, lines, notes, timeline; each with its ``Part``."""
    case = look.case
    linked = reports_of(case)
    shown = linked.only(*REPORT_SHOWN).order_by("pk")
    reports = part_of(shown, name="signalements", size=REPORTS, query=query)
    ordered = ReportedLine.objects.filter(report__in=linked).only(*LINE_SHOWN).order_by("care_start", "pk")
    lines = part_of(ordered, name="lignes", size=LINES, query=query)
    kept = case.notes.select_related("written_by").order_by("-pk") if look.extent.notes else []
    notes = part_of(kept, name="notes", size=NOTES, query=query)
    events = part_of(happened(case), name="chronologie", size=EVENTS, query=query)
    held = set(look.held_lines)
    return {
        "reports_part": reports,
        "lines_part": lines,
        "notes_part": notes,
        "events_part": events,
        "reports": [_report_row(report) for report in reports.rows],
        "lines": [_line_row(line, is_held=line.pk in held) for line in lines.rows],
        "held_count": len(look.held_lines),
        "notes": [{"row": note, "text": open_note(note)} for note in notes.rows],
        "moments": timeline(events.rows, known=look.people),
    }


def happened(case: FraudCase) -> Merged:
    """The events of a case and of its reports, as one table."""
    theirs = ReportEvent.objects.filter(report__in=reports_of(case)).only("at", "kind", "author")
    return Merged(CaseEvent.objects.filter(case=case), theirs.annotate(receipt_no=F("report__receipt_no")))


def timeline(events: Sequence[CaseEvent | ReportEvent], *, known: Iterable[User] = ()) -> list[Moment]:
    """What happened, in words, by ``happened``. Of people who are ``known`` already the names are not read again."""
    names = {user.pk: user.username for user in known}
    staff = {event.actor_id for event in events if isinstance(event, CaseEvent) and event.actor_id is not None}
    if others := staff - names.keys():
        names |= dict(User.objects.filter(pk__in=others).values_list("pk", "username"))
    return [
        Moment(
            at=event.at,
            who=names.get(event.actor_id or 0) or _without_agent(event),
            what=str(event.get_kind_display()),
            details=details_fr(event),
        )
        if isinstance(event, CaseEvent)
        else Moment(
            at=event.at,
            who="la personne" if event.author == "insured" else "l’Assurance Maladie",
            what=str(event.get_kind_display()),
            details=f"signalement {event.receipt_no}",  # type: ignore[attr-defined] # annotated by ``happened``
        )
        for event in events
    ]


_WORDS: Final[dict[str, dict[str, str]]] = {
    "status": {str(value): str(label) for value, label in CaseStatus.choices},
    "outcome": {str(value): str(label) for value, label in CaseOutcome.choices},
    "kind": {str(value): str(label) for value, label in [*AmountKind.choices, *StepKind.choices]},
    "subject": {str(value): str(label) for value, label in ApprovalSubject.choices},
    "step": {str(value): str(label) for value, label in StepKind.choices},
    "reply": {str(value): str(label) for value, label in ReplyMoment.choices},
    "verdict": {str(value): str(label) for value, label in Verdict.choices},
}


def _without_agent(event: CaseEvent) -> str:
    if event.kind in (CaseEventKind.READ, CaseEventKind.FEEDBACK):
        return "la mutuelle"
    return "le professionnel" if event.after.get("reply") in BY_PROFESSIONAL else "traitement automatique"


def details_fr(event: CaseEvent) -> str:
    """The codes of an event in words: « à trier → attribué », « préjudice évité 12,00 € »."""
    words = []
    for name, value in event.after.items():
        text = _WORDS.get(name, {}).get(str(value), "")
        before = _WORDS.get(name, {}).get(str(event.before.get(name, "")), "")
        if text:
            words.append(f"{before} → {text}" if before else text)
        elif name == "amount":
            words.append(french_euros(Decimal(str(value))))
        elif name == "recovered":
            words.append(f"{french_euros(Decimal(str(value)))} récupérés")
        elif name in ("due_on", "until"):
            words.append(f"échéance {date_format(dt.date.fromisoformat(str(value)))}")
    return ", ".join(words)


def _report_row(report: FraudReport) -> dict[str, Any]:
    return {"row": report, "subject": subject_of(report), "amount": french_euros(report.amount_at_stake or Decimal(0))}


def _line_row(line: ReportedLine, *, is_held: bool) -> dict[str, Any]:
    return {
        "row": line,
        "charged": french_euros(line.amount_charged),
        "paid": french_euros(line.amount_paid),
        "is_held": is_held,
    }


def _amount_row(entry: CaseAmount, *, case: FraudCase) -> dict[str, Any]:
    return {"row": entry, "amount": french_euros(entry.amount), "is_own": entry.case_id == case.pk}

"""A case as one ZIP, written while it is read: dossier, lines, timeline, letters, and a manifest of fingerprints.

The documents that people joined are in it only while their reader has leave to see the people of the case; each is
then logged for its author, like any other reading.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.zip_stream import Entry, zip_stream
from fraud.cases.letter_models import CaseLetter
from fraud.cases.letters.making import letter_pdf
from fraud.cases.models import CaseEvent, CaseLine, FraudCase
from fraud.cases.moving import reports_of
from fraud.cases.page import details_fr
from fraud.cases.people import log_seen
from fraud.cases.staffing_models import CaseOpening
from fraud.intake.attachments import attachments_of, content_of
from fraud.intake.enums import AttachmentKind
from fraud.intake.models import ReportedLine, ReportEvent
from reimbursements.payments.exports import BYTE_ORDER_MARK, plain_text

LINES: Final = (
    "Accusé de réception", "Soin", "Date des soins", "Date du paiement", "Acte", "Décompte", "RPPS", "FINESS",
    "Payé à", "Facturé", "Remboursé", "Retenue", "Empreinte de la ligne retenue",
)  # fmt: skip
TIMELINE: Final = ("Date et heure", "Agent", "Événement", "Précisions", "Signalement")
MANIFEST: Final = "manifeste.json"
WITH_DOCUMENTS: Final = "jointes"
WITHOUT_DOCUMENTS: Final = "absentes : les personnes du dossier n’étaient pas ouvertes au lecteur"


def case_zip(case: FraudCase, *, dossier: bytes, opening: CaseOpening | None, by: User) -> Iterator[bytes]:
    """The archive in pieces; ``dossier`` is the PDF of the case. Whoever calls has checked and logged the export."""
    now = timezone.localtime()
    at = (now.year, now.month, now.day, now.hour, now.minute, now.second)
    return zip_stream(
        _with_manifest(case, _files(case, dossier=dossier, opening=opening, by=by), opening, by=by), at=at
    )


def lines_csv(case: FraudCase) -> str:
    """The reported lines; no cell that a spreadsheet takes for a formula, no person."""
    held = dict(CaseLine.objects.of_case(case).values_list("reported_line_id", "snapshot_sha256"))
    lines = ReportedLine.objects.filter(report__in=reports_of(case)).select_related("report")
    return _csv(LINES, (_line_cells(line, held.get(line.pk, "")) for line in lines.order_by("care_start", "pk")))


def timeline_csv(case: FraudCase) -> str:
    """All that happened to the case and to its reports, oldest first; codes in words, nothing that somebody typed."""
    events = list(CaseEvent.objects.filter(case=case).order_by("pk"))
    names = dict(
        User.objects.filter(pk__in={one.actor_id for one in events if one.actor_id}).values_list("pk", "username")
    )
    rows: list[tuple[Any, ...]] = [
        (one.at, names.get(one.actor_id or 0, "traitement automatique"), one.get_kind_display(), details_fr(one), "")
        for one in events
    ]
    rows += [
        (one.at, "la personne" if one.author == "insured" else "l’Assurance Maladie", one.get_kind_display(), "",
         str(one.report.receipt_no))
        for one in ReportEvent.objects.filter(report__in=reports_of(case)).select_related("report").order_by("pk")
    ]  # fmt: skip
    rows.sort(key=lambda row: row[0])
    return _csv(
        TIMELINE,
        ((f"{timezone.localtime(at):%d/%m/%Y %H:%M:%S}", *map(plain_text, map(str, rest))) for at, *rest in rows),
    )


def _files(case: FraudCase, *, dossier: bytes, opening: CaseOpening | None, by: User) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file but the manifest, made one after the other."""
    yield f"dossier-{case.number}.pdf", dossier
    yield "lignes.csv", lines_csv(case).encode()
    yield "chronologie.csv", timeline_csv(case).encode()
    for letter in CaseLetter.objects.filter(case=case).order_by("pk").iterator(chunk_size=1):
        yield f"lettres/{letter_name(letter)}", letter_pdf(letter)
    if opening is None:
        return
    for report in reports_of(case).order_by("pk"):
        for rank, attachment in enumerate(attachments_of(report), start=1):
            log_seen(report, case=case, opening=opening, by=by)
            name = f"pieces/{report.receipt_no}-{rank:02d}.{AttachmentKind(attachment.kind)}"
            yield name, content_of(attachment)


def letter_name(letter: CaseLetter) -> str:
    """« 12-notice-2026-11-22.pdf »: sorts in the order of making."""
    return f"{letter.pk}-{letter.kind}-{timezone.localdate(letter.made_at):%Y-%m-%d}.pdf"


def _with_manifest(
    case: FraudCase, files: Iterable[tuple[str, bytes]], opening: CaseOpening | None, *, by: User
) -> Iterator[Entry]:
    """The files, then what was written: each with its size and its SHA-256."""
    written = []
    for name, content in files:
        written.append({"fichier": name, "octets": len(content), "sha256": hashlib.sha256(content).hexdigest()})
        yield Entry(name, [content])
    manifest = {
        "dossier": case.number,
        "etabli_le": timezone.localtime().isoformat(timespec="seconds"),
        "etabli_par": by.username,
        "pieces_jointes": WITHOUT_DOCUMENTS if opening is None else WITH_DOCUMENTS,
        "fichiers": written,
    }
    yield Entry(MANIFEST, [json.dumps(manifest, ensure_ascii=False, indent=2).encode()])


def _line_cells(line: ReportedLine, fingerprint: str) -> tuple[str, ...]:
    snapshot = line.snapshot or {}
    return (
        str(line.report.receipt_no),
        plain_text(line.title),
        f"{line.care_start:%d/%m/%Y}",
        f"{line.payment_date:%d/%m/%Y}",
        plain_text(str(snapshot.get("act_code") or snapshot.get("key_letter") or line.nature_code)),
        str(snapshot.get("statement_no", "")),
        str(line.performer_rpps or ""),
        plain_text(line.performer_finess),
        plain_text(line.paid_to),
        str(line.amount_charged).replace(".", ","),
        str(line.amount_paid).replace(".", ","),
        "oui" if fingerprint else "non",
        fingerprint,
    )


def _csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return BYTE_ORDER_MARK + text.getvalue()

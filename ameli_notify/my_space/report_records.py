"""Reports, their documents and what was said with advisers and with the assistant, for the file of all one's data.

What « Mes signalements », « Parler à un conseiller » and « Assistant » show, no more: each is read behind the wall.
"""

from collections.abc import Iterator, Mapping

from ameli_notify.core.crypto import key_ring
from ameli_notify.core.walls import as_insured
from fraud.conversations.enums import Speaker
from fraud.conversations.models import Conversation, ConversationMessage
from fraud.conversations.walls import CONVERSATION, MESSAGE
from fraud.intake.access import own_attachments, own_events, own_lines, own_messages, own_reports
from fraud.intake.assistant.dialogue import INSURED, own_dialogues
from fraud.intake.attachments import content_of
from fraud.intake.enums import Author
from fraud.intake.models import FraudReport, ReportAttachment
from fraud.intake.pages import line_rows
from fraud.intake.receipts import shown
from fraud.intake.review import answers_in_words, subject_of
from fraud.intake.sealed import open_name, open_text, turns_of

Record = Mapping[str, object]


def report_records(insured_id: int) -> Iterator[Record]:
    """Reports and drafts, newest first, with all that hangs on them."""
    for report in own_reports(insured_id):
        yield {
            "numero": shown(report.receipt_no) if report.receipt_no else None,
            "objet": subject_of(report) or None,
            "etat": report.get_status_display(),
            "commence_le": report.started_at,
            "brouillon_garde_jusqu_au": report.expires_at,
            "envoye_le": report.sent_at,
            "retire_le": report.withdrawn_at,
            "termine_le": report.closed_at,
            "issue": report.get_closing_reason_display() or None,
            "montant_signale": report.amount_at_stake,
            "reponses": [
                {"question": row.question, "choix": row.choice or None, "recit": row.story or None}
                for row in answers_in_words(report)
            ],
            "paiements": list(_lines(report)),
            "messages": list(_messages(report)),
            "documents": list(_documents(report)),
            "etapes": [
                {"date": one.at, "evenement": one.get_kind_display(), "etat": one.get_status_display() or None}
                for one in own_events(report)
            ],
        }


def attached_files(insured_id: int) -> Iterator[tuple[str, bytes]]:
    """Each document by its place in the archive, one at a time."""
    for report in own_reports(insured_id):
        for place, attachment in enumerate(own_attachments(report), start=1):
            with as_insured(insured_id):
                content = content_of(attachment)
            yield _place(report, attachment, place), content


def conversation_records(insured_id: int) -> Iterator[Record]:
    """Conversations with advisers, newest first."""
    with as_insured(insured_id):
        talks = list(Conversation.objects.only(*CONVERSATION).filter(insured_id=insured_id).order_by("-asked_at"))
    for talk in talks:
        yield {
            "demandee_le": talk.asked_at,
            "depuis": talk.get_origin_display(),
            "etat": talk.get_status_display(),
            "ouverte_le": talk.opened_at,
            "terminee_le": talk.closed_at,
            "votre_avis": talk.get_satisfaction_display() or None,
            "messages": list(_said(talk)),
        }


def dialogue_records(insured_id: int) -> Iterator[Record]:
    """What was said with the assistant and is not forgotten yet."""
    for dialogue in own_dialogues(insured_id):
        yield {
            "commence_le": dialogue.started_at,
            "derniere_question_le": dialogue.updated_at,
            "echanges": [
                {"de": "vous" if turn.by == INSURED else "l’assistant", "texte": turn.text}
                for turn in turns_of(dialogue)
            ],
        }


def _said(talk: Conversation) -> Iterator[Record]:
    with as_insured(talk.insured_id):
        messages = list(ConversationMessage.objects.only(*MESSAGE).filter(conversation_id=talk.pk).order_by("id"))
    for message in messages:
        yield {
            "de": "vous" if message.author == Speaker.INSURED else "le conseiller",
            "date": message.written_at,
            "lu_le": message.read_at,
            "texte": key_ring().open(message.text_sealed, context=message.text_context),
        }


def _lines(report: FraudReport) -> Iterator[Record]:
    lines = own_lines(report)
    for line, row in zip(lines, line_rows(lines), strict=True):
        yield {
            "soin": row.title,
            "date_du_soin": line.care_start,
            "paye_le": line.payment_date,
            "verse_a": row.paid_to or None,
            "montant_verse": line.amount_paid,
        }


def _messages(report: FraudReport) -> Iterator[Record]:
    for message in own_messages(report):
        yield {
            "de": Author(message.author).label,
            "date": message.written_at,
            "lu_le": message.read_at,
            "texte": open_text(message),
        }


def _documents(report: FraudReport) -> Iterator[Record]:
    for place, attachment in enumerate(own_attachments(report), start=1):
        yield {
            "nom": open_name(attachment),
            "ajoute_le": attachment.added_at,
            "taille_en_octets": attachment.size_bytes,
            "fichier": _place(report, attachment, place),
        }


def _place(report: FraudReport, attachment: ReportAttachment, place: int) -> str:
    """Names of files were made harmless when they came in; the rank keeps two of the same name apart."""
    folder = report.receipt_no or f"brouillon-{report.public_id}"
    return f"signalements/{folder}/{place:02d} {open_name(attachment)}"

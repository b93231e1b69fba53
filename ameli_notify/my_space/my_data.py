"""« Télécharger mes données »: everything that is kept of a person, in files that people and machines can read.

The archive is written while it is read. What is shown is what the wall of the database shows that person: no line, no
message and no address of anybody else.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.identity.models import OpenSession
from accounts.my_information.accesses import AccessRow, all_accesses
from ameli_notify.core.walls import as_insured
from ameli_notify.core.zip_stream import Entry, zip_stream
from ameli_notify.my_space import appointment_records, own_records, report_records
from outreach.my_messages.reading import all_messages
from outreach.my_messages.rows import Message
from reimbursements.payments.exports import csv_statement
from reimbursements.payments.portable import payment_records

Record = Mapping[str, object]
README: Final = "ameli_notify/my_space/my_data_readme.txt"


def data_archive(request: HttpRequest, session: OpenSession) -> Iterator[bytes]:
    """The archive in pieces; what is wrong with the request is told before the first one."""
    account = own_records.account_record(session.account)  # the sign-in's own tables, outside the wall
    now = timezone.localtime()
    return zip_stream(_entries(request, session, account), at=(now.year, now.month, now.day, now.hour, now.minute, 0))


def _entries(request: HttpRequest, session: OpenSession, account: Record) -> Iterator[Entry]:
    person = session.account.insured
    context = {"made_at": timezone.localtime(), "is_protected": person.is_contact_protected}
    yield Entry("LISEZ-MOI.txt", [render_to_string(README, context)])
    yield Entry("compte.json", [_json(account)])
    with as_insured(person.pk):
        yield Entry("identite.json", [_json(own_records.identity_record(person))])
        yield Entry("sante.json", [_json(own_records.health_record(person))])
        yield Entry("coordonnees.json", _list(own_records.contact_records(person)))
        yield Entry("preferences.json", [_json(own_records.preference_record(person))])
        yield Entry("paiements.json", _list(payment_records(request)))
        yield Entry("paiements.csv", csv_statement(request))
        yield Entry("messages.json", _list(message_record(one) for one in all_messages(person)))
        yield Entry("rendez_vous.json", _list(appointment_records.appointment_records(person.pk)))
        yield Entry("appels.json", [_json(appointment_records.call_records(person.pk))])
        yield Entry("consultations.json", _list(access_record(one) for one in all_accesses(person.pk)))
    # From here on each function goes behind the wall by itself: the words of the questionnaires are nobody's rows.
    yield Entry("signalements.json", _list(report_records.report_records(person.pk)))
    for name, content in report_records.attached_files(person.pk):
        yield Entry(name, [content])
    yield Entry("conversations.json", _list(report_records.conversation_records(person.pk)))
    yield Entry("assistant.json", _list(report_records.dialogue_records(person.pk)))


def message_record(message: Message) -> Record:
    """One message as « Mes messages » shows it."""
    return {
        "date": message.at if message.has_time else timezone.localdate(message.at),
        "message": message.kind,
        "canal": message.channel,
        "adresse_masquee": message.address,
        "etat": message.status,
        "objet": message.subject,
        "texte": message.text,
    }


def access_record(access: AccessRow) -> Record:
    """One access as « Qui a consulté mes données » shows it."""
    return {"date": access.at, "qui": access.who_fr, "quoi": access.what_fr, "motif": access.reason_fr}


def _json(record: object) -> str:
    return json.dumps(record, ensure_ascii=False, indent=1, default=_plain) + "\n"


def _list(records: Iterable[Record]) -> Iterator[str]:
    """A JSON list, one record at a time."""
    before = "[\n"
    for record in records:
        yield before + json.dumps(record, ensure_ascii=False, default=_plain)
        before = ",\n"
    yield "\n]\n" if before == ",\n" else "[]\n"


def _plain(value: object) -> str:
    """Days and instants as ISO 8601, amounts as decimal texts. Raises TypeError for anything else."""
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no plain form")

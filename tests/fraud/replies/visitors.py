"""Professionals with a browser that their code let in, for tests of every page."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from fraud.cases.decision_models import CaseParameter, LegalBasis
from fraud.cases.disclosure_models import LiftBasis
from fraud.cases.models import CaseReport, FraudCase
from fraud.cases.opening import take_in_reports
from fraud.cases.starting_rules import add_lift_bases, add_starting_rules
from fraud.replies.models import RightOfReply
from fraud.replies.thread import attach, write
from tests.fraud.cases.rows import hold, make_sent_report
from tests.fraud.intake.files import a_pdf
from tests.fraud.replies.rows import notify, open_reply, with_code


def notified_case(person: InsuredPerson, *, by: User) -> FraudCase:
    """A case about a report of this person, whose professional was notified."""
    add_starting_rules(CaseParameter.objects, LegalBasis.objects)
    add_lift_bases(LiftBasis.objects)
    report = make_sent_report(person)
    take_in_reports()
    return notify(hold(CaseReport.objects.get(report=report).case, by=by), by=by)


def right_of_reply(person: InsuredPerson, *, by: User, talked: bool = False) -> RightOfReply:
    """An open right, with words and a document of both sides when they have talked."""
    right = open_reply(notified_case(person, by=by), by=by)
    if talked:
        write(right.pk, text="J’ai bien reçu ce patient.\nVoici mon agenda.", by=None)
        attach(right.pk, SimpleUploadedFile("agenda du cabinet.pdf", a_pdf()))
        write(right.pk, text="Merci. Avez-vous la prescription ?", by=by)
        write(right.pk, text="Je la cherche.", by=None)
    return right


def doctor_of(right: RightOfReply, *, by: User) -> Client:
    """A browser that the code of a new letter let in."""
    client = Client()
    client.post("/repondre/", {"number": right.case_number, "code": with_code(right, by=by)})
    return client

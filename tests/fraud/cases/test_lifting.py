"""A reporter's identity leaves the house by two, on a ground, for a time; and they learn it."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.access.models import AccessLog
from accounts.my_information.accesses import accesses_page
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.approving import ask_approval
from fraud.cases.decision_models import CaseApproval
from fraud.cases.disclosure_models import IdentityLift
from fraud.cases.enums import ApprovalSubject, LiftGround
from fraud.cases.events import CaseError
from fraud.cases.lifting import lift, lifted_identity, lifts_open_to
from fraud.cases.merging import merge
from fraud.cases.models import CaseEvent, FraudCase
from fraud.cases.splitting import split_case
from fraud.cases.staffing_models import CaseNotice
from fraud.intake.following import messages_of
from fraud.intake.models import FraudReport
from fraud.intake.sealed import open_text
from outreach.notifications.models import Notification
from tests.fraud.cases.agreed import agree
from tests.fraud.cases.rows import CaseMaker
from tests.staff import client_of, make_staff

LIFT = ApprovalSubject.LIFT_IDENTITY


@pytest.fixture
def legal(db: None) -> User:
    return make_staff("juriste", role=Role.LEGAL)


@pytest.fixture
def agreed(held_case: FraudCase, investigator: User, legal: User) -> CaseApproval:
    report = FraudReport.objects.get()
    return agree(held_case, LIFT, asked_by=investigator, granted_by=legal, report_id=report.pk)


def lift_it(case: FraudCase, agreed: CaseApproval, *, by: User) -> IdentityLift:
    return lift(case.pk, approval_id=agreed.pk, ground=LiftGround.REQUISITION, reference="PV 2026/118", by=by)


def test_the_two_who_agreed_read_it_and_nobody_else(
    held_case: FraudCase, agreed: CaseApproval, investigator: User, legal: User, supervisor: User
) -> None:
    made = lift_it(held_case, agreed, by=investigator)
    for one in (investigator, legal):
        assert lifts_open_to(one, case=held_case).get() == made
    assert not lifts_open_to(supervisor, case=held_case).exists()
    read = lifted_identity(made, by=legal)
    assert (read.first_names, read.birth_name) == ("Zélie", "ESSAI")
    assert read.birth_date == "31/07/1985"
    with time_machine.travel(made.ends_at, tick=False):
        assert not lifts_open_to(legal, case=held_case).exists()
    assert made.ends_at - made.lifted_at <= dt.timedelta(days=8)


def test_the_person_learns_it_at_once_and_sees_each_reading(
    held_case: FraudCase, agreed: CaseApproval, investigator: User, legal: User
) -> None:
    report = FraudReport.objects.get()
    sent_before = Notification.objects.filter(insured_id=report.insured_id).count()
    made = lift_it(held_case, agreed, by=investigator)
    message = messages_of(report)[-1]
    assert "communiquée à l’autorité judiciaire" in open_text(message)
    assert "60-1" in open_text(message)
    assert Notification.objects.filter(insured_id=report.insured_id).count() == sent_before + 1
    lifted_identity(made, by=legal)
    logged = AccessLog.objects.get(object_kind="fraud.identitylift")
    assert (logged.insured_id, logged.actor_id) == (report.insured_id, legal.pk)
    row = accesses_page(report.insured_id).rows[0]
    assert row.what_fr == "Extraction : votre identité"
    assert "identité donnée à l’autorité judiciaire" in row.reason_fr


def test_those_who_watch_are_told(held_case: FraudCase, agreed: CaseApproval, investigator: User) -> None:
    watcher = make_staff("donnees", role=Role.DATA_PROTECTION)
    made = lift_it(held_case, agreed, by=investigator)
    assert CaseNotice.objects.get(kind="lifted").recipient == watcher
    event = CaseEvent.objects.get(case=held_case, kind="lifted")
    assert event.after == {"lift": made.pk, "report": made.report_id, "ground": "requisition"}


def test_an_agreement_is_about_one_report_of_the_case(
    held_case: FraudCase, new_case: CaseMaker, investigator: User
) -> None:
    elsewhere = new_case().links.get().report_id
    with pytest.raises(CaseError, match="n’est pas dans ce dossier"):
        ask_approval(held_case.pk, subject=LIFT, report_id=elsewhere, by=investigator)
    with pytest.raises(CaseError, match="quel signalement"):
        ask_approval(held_case.pk, subject=LIFT, by=investigator)


def test_who_agreed_does_not_act_and_an_agreement_serves_once(
    held_case: FraudCase, agreed: CaseApproval, investigator: User, legal: User
) -> None:
    with pytest.raises(CaseError, match="autre personne que vous"):
        lift_it(held_case, agreed, by=legal)
    lift_it(held_case, agreed, by=investigator)
    with pytest.raises(CaseError, match="déjà servi"):
        lift_it(held_case, agreed, by=investigator)


def test_a_report_that_left_the_case_is_not_lifted_there(
    held_case: FraudCase, new_case: CaseMaker, agreed: CaseApproval, investigator: User, supervisor: User
) -> None:
    merge(new_case().pk, into=held_case.pk, by=supervisor)
    split_case(held_case.pk, report_ids=[agreed.report_id or 0], by=supervisor)
    with pytest.raises(CaseError, match="n’est plus dans ce dossier"):
        lift_it(held_case, agreed, by=investigator)


def test_the_database_refuses_one_person_s_lift(
    held_case: FraudCase, agreed: CaseApproval, investigator: User, legal: User
) -> None:
    row = {
        "case": held_case, "report_id": agreed.report_id, "approval": agreed, "ground": "consent", "reference": "x1",
        "lifted_by": investigator, "ends_at": timezone.now() + dt.timedelta(days=7), "told_at": timezone.now(),
    }  # fmt: skip
    pending = ask_approval(held_case.pk, subject=LIFT, report_id=agreed.report_id, by=investigator)
    for wrong in ({"lifted_by": legal}, {"approval": pending}):
        with pytest.raises(IntegrityError, match="second person"), transaction.atomic():
            IdentityLift.objects.create(**row | wrong)
    with pytest.raises(IntegrityError, match="not for so long"), transaction.atomic():
        IdentityLift.objects.create(**row | {"ends_at": timezone.now() + dt.timedelta(days=9)})
    made = IdentityLift.objects.create(**row)
    with pytest.raises(ProgrammingError), transaction.atomic():
        IdentityLift.objects.filter(pk=made.pk).update(ends_at=timezone.now() + dt.timedelta(days=99))


def test_the_console_lifts_and_shows_to_both(
    held_case: FraudCase, agreed: CaseApproval, investigator: User, legal: User, supervisor: User
) -> None:
    act = reverse("admin:fraud_fraudcase_act", args=[held_case.pk, "lever-identite"])
    page = reverse("admin:fraud_fraudcase_identities", args=[held_case.pk])
    client = client_of(investigator)
    assert client.get(page).status_code == 302
    form = {"approval": agreed.pk, "ground": "requisition", "reference": "<script>"}
    assert "Des chiffres et des lettres" in client.post(act, form).content.decode()
    told = client.post(act, form | {"reference": "PV 2026/118"}, follow=True).content.decode()
    assert "L’identité est levée" in told
    assert "Zélie" not in told
    for reader in (client, client_of(legal)):
        assert "Zélie" in reader.get(page).content.decode()
    assert client_of(supervisor).get(page).status_code == 302
    assert AccessLog.objects.filter(object_kind="fraud.identitylift").count() == 2

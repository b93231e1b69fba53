"""Telling a person later that their identity was lifted: with a reason, until a day, and then all of it."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.my_information.accesses import accesses_page
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.decision_models import CaseApproval, CaseParameter, LegalBasis
from fraud.cases.disclosure_models import IdentityLift, LiftBasis
from fraud.cases.enums import ApprovalSubject, DeferralReason, LiftGround
from fraud.cases.events import CaseError
from fraud.cases.lift_telling import defer, tell_due, tell_now
from fraud.cases.lifting import Deferral, lift, lifted_identity
from fraud.cases.models import CaseEvent, FraudCase
from fraud.cases.staffing_models import CaseNotice
from fraud.cases.tasks import tell_of_lifts
from fraud.intake.following import messages_of
from fraud.intake.models import FraudReport, ReportEvent
from fraud.intake.sealed import open_text
from outreach.notifications.models import Notification
from tests.fraud.cases.agreed import agree
from tests.staff import client_of, make_staff


def days_on(number: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=number)


@pytest.fixture
def legal(db: None) -> User:
    return make_staff("juriste", role=Role.LEGAL)


@pytest.fixture
def agreed(held_case: FraudCase, investigator: User, legal: User) -> CaseApproval:
    report = FraudReport.objects.get()
    return agree(held_case, ApprovalSubject.LIFT_IDENTITY, asked_by=investigator, granted_by=legal, report_id=report.pk)


def lift_for_later(agreed: CaseApproval, *, by: User, days: int = 60, ground: str = "requisition") -> IdentityLift:
    later = Deferral(reason=DeferralReason.INVESTIGATION, until=days_on(days))
    return lift(
        agreed.case_id, approval_id=agreed.pk, ground=LiftGround(ground), reference="PV 7", deferral=later, by=by
    )


@pytest.fixture
def deferred(agreed: CaseApproval, investigator: User) -> IdentityLift:
    return lift_for_later(agreed, by=investigator)


def test_nothing_reaches_the_person_before_their_day(agreed: CaseApproval, investigator: User, legal: User) -> None:
    report = FraudReport.objects.get()
    before = (len(messages_of(report)), Notification.objects.count(), ReportEvent.objects.count())
    accesses = accesses_page(report.insured_id).rows
    made = lift_for_later(agreed, by=investigator)
    assert lifted_identity(made, by=legal).first_names == "Zélie"
    assert tell_of_lifts() == 0
    assert (len(messages_of(report)), Notification.objects.count(), ReportEvent.objects.count()) == before
    assert accesses_page(report.insured_id).rows == accesses


def test_on_their_day_they_learn_all_of_it_once(deferred: IdentityLift, legal: User, investigator: User) -> None:
    lifted_identity(deferred, by=legal)
    report = FraudReport.objects.get()
    with time_machine.travel(dt.datetime.combine(days_on(60), dt.time(9), tzinfo=dt.UTC), tick=False):
        assert tell_due(today=timezone.localdate()) == 1
        assert tell_due(today=timezone.localdate()) == 0
    said = open_text(messages_of(report)[-1])
    assert "à l’autorité judiciaire" in said
    assert "60-1" in said
    assert "sans gêner une enquête en cours" in said
    assert "aucune à ce jour" not in said, "the reading while it was put off is told"
    deferred.refresh_from_db()
    assert deferred.told_at is not None
    event = CaseEvent.objects.get(case=deferred.case, kind="told")
    assert (event.actor_id, event.after) == (None, {"lift": deferred.pk, "report": report.pk})
    lifted_identity(deferred, by=investigator)
    assert "identité donnée" in accesses_page(report.insured_id).rows[0].reason_fr


def test_it_may_be_told_before(deferred: IdentityLift, supervisor: User) -> None:
    tell_now(deferred.pk, by=supervisor)
    assert "aucune à ce jour" in open_text(messages_of(FraudReport.objects.get())[-1])
    with pytest.raises(CaseError, match="déjà informée"):
        tell_now(deferred.pk, by=supervisor)
    with pytest.raises(CaseError, match="déjà informée"):
        defer(deferred.pk, until=days_on(90), by=deferred.lifted_by)
    assert tell_due(today=days_on(99)) == 0


def test_only_the_two_put_it_off_and_those_who_watch_are_told(
    deferred: IdentityLift, legal: User, supervisor: User
) -> None:
    watcher = make_staff("donnees", role=Role.DATA_PROTECTION)
    with pytest.raises(CaseError, match="deux personnes"):
        defer(deferred.pk, until=days_on(90), by=supervisor)
    defer(deferred.pk, until=days_on(90), by=legal)
    event = CaseEvent.objects.filter(case=deferred.case, kind="deferred").latest("pk")
    assert event.before == {"until": days_on(60).isoformat()}
    assert event.after["until"] == days_on(90).isoformat()
    assert CaseNotice.objects.filter(recipient=watcher, kind="lifted").exists()
    assert tell_due(today=days_on(60)) == 0


@pytest.mark.parametrize(("days", "why"), [(0, "à venir"), (-1, "à venir"), (181, "trop loin")])
def test_never_until_a_day_that_is_past_or_too_far(
    days: int, why: str, agreed: CaseApproval, investigator: User
) -> None:
    with pytest.raises(CaseError, match=why):
        lift_for_later(agreed, by=investigator, days=days)
    made = lift_for_later(agreed, by=investigator)
    with pytest.raises(CaseError, match=why):
        defer(made.pk, until=days_on(days), by=investigator)


def test_never_on_the_person_s_own_consent(agreed: CaseApproval, investigator: User) -> None:
    with pytest.raises(CaseError, match="enquête ou une procédure"):
        lift_for_later(agreed, by=investigator, ground="consent")


def test_without_a_text_in_force_nothing_is_lifted(agreed: CaseApproval, investigator: User) -> None:
    LiftBasis.objects.filter(ground="requisition").update(valid_to=days_on(-1))
    with pytest.raises(CaseError, match="Aucun texte en vigueur"):
        lift_for_later(agreed, by=investigator)


def test_the_database_tells_once_and_puts_nothing_off_for_long(deferred: IdentityLift) -> None:
    row = IdentityLift.objects.filter(pk=deferred.pk)
    with pytest.raises(IntegrityError, match="for so long"), transaction.atomic():
        row.update(tell_on=days_on(181))
    with pytest.raises(IntegrityError, match="lift_told_or_deferred|lift_deferred_with_reason"), transaction.atomic():
        row.update(tell_on=None)
    with pytest.raises(ProgrammingError), transaction.atomic():
        row.update(deferral="")
    row.update(told_at=timezone.now())
    with pytest.raises(IntegrityError, match="was told"), transaction.atomic():
        row.update(told_at=None)


def test_the_console_lifts_for_later_and_tells(
    held_case: FraudCase, agreed: CaseApproval, investigator: User, legal: User
) -> None:
    def act(name: str) -> str:
        return reverse("admin:fraud_fraudcase_act", args=[held_case.pk, name])

    client = client_of(investigator)
    form = {"approval": agreed.pk, "ground": "requisition", "reference": "PV 7", "deferral": "proceedings"}
    assert "jusqu’à quel jour" in client.post(act("lever-identite"), form).content.decode()
    told = client.post(act("lever-identite"), form | {"tell_on": days_on(30)}, follow=True).content.decode()
    assert "pas encore informée, pour ne pas gêner une procédure judiciaire en cours" in told
    assert f"au plus tard le {days_on(30):%d/%m/%Y}" in told
    page = client.get(reverse("admin:fraud_fraudcase_identities", args=[held_case.pk])).content.decode()
    assert "ne lui en parlez" in page
    made = IdentityLift.objects.get()
    later = {"lift": made.pk, "until": days_on(45)}
    assert "au plus tard" in client_of(legal).post(act("reporter-information"), later, follow=True).content.decode()
    assert "La personne est informée" in client.post(act("informer"), {"lift": made.pk}, follow=True).content.decode()
    assert client.get(act("informer")).status_code == 302


def test_no_source_leaves_its_doubt_to_whoever_reads_it(case_rules: None) -> None:
    sources = [
        source
        for model in (CaseParameter, LegalBasis, LiftBasis)
        for source in model._default_manager.values_list("source", flat=True)
    ]
    assert len(sources) > 20
    assert not [one for one in sources if "confirmer" in one]

"""A doubt that was told to an adviser on the telephone becomes a report of that person, once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from accounts.people.models import LongTermCondition
from accounts.staff.models import User
from ameli_notify.schedules import SCHEDULES
from fraud.cases.models import CaseReport
from fraud.cases.opening import take_in_reports
from fraud.intake import adviser_doubts, tasks
from fraud.intake.adviser_doubts import report_id_of, take_in_doubts
from fraud.intake.models import FraudReport, ReportEvent, ReportMessage
from fraud.intake.review import answers_in_words
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.claiming.models import CallAttempt
from outreach.campaigns.claiming.saving import save_result
from tests.accounts.insured import make_account, make_nir, signed_in
from tests.outreach import outbox
from tests.outreach.campaigns.calls import call, running, said
from tests.outreach.campaigns.conftest import adviser as adviser
from tests.outreach.campaigns.conftest import any_hour as any_hour
from tests.outreach.campaigns.rows import make_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]
NOTE = "Ne se souvient pas d’une séance en octobre."


def doubt(adviser: User, name: str = "Une") -> CallAttempt:
    make_target(name)
    return save_result(call(running(), adviser).token, said(Disposition.FRAUD_DOUBT, NOTE), by=adviser)


def test_becomes_a_report_with_what_was_noted(adviser: User) -> None:
    attempt = doubt(adviser)
    assert tasks.take_in_doubts() == 1
    report = FraudReport.objects.get()
    assert (report.insured_id, report.status, report.motive) == (attempt.insured_id, "received", "autre")
    assert report.public_id == report_id_of(attempt.pk)
    (last,) = [row for row in answers_in_words(report) if row.story]
    assert last.story.startswith("Noté par un conseiller, au téléphone, le ")
    assert last.story.endswith(NOTE)
    assert NOTE.encode() not in bytes(report.answers_sealed or b"")
    assert list(ReportEvent.objects.order_by("pk").values_list("kind", "author", "actor_id")) == [
        ("sent", "staff", adviser.pk), ("staff-wrote", "staff", adviser.pk),
    ]  # fmt: skip
    assert ReportMessage.objects.get().written_by_id == adviser.pk
    assert outbox.rows("insured_id") == [(attempt.insured_id,)], "told that something waits"


def test_once_for_each_call(adviser: User) -> None:
    doubt(adviser)
    assert [take_in_doubts(), take_in_doubts()] == [1, 0]
    doubt(adviser, "Autre")
    assert take_in_doubts() == 1
    assert FraudReport.objects.count() == 2


def test_no_other_result_does(adviser: User) -> None:
    make_target("Une")
    save_result(call(running(), adviser).token, said(Disposition.ALREADY_FOLLOWED, NOTE), by=adviser)
    assert take_in_doubts() == 0


def test_a_run_that_fails_leaves_nothing_and_the_next_one_makes_up_for_it(
    adviser: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubt(adviser)

    def fail(*args: object, **kwargs: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(adviser_doubts, "write_message", fail)
        with pytest.raises(ConnectionError):
            take_in_doubts()
    assert not FraudReport.objects.exists()
    assert take_in_doubts() == 1


def test_a_call_of_long_ago_is_left_alone(adviser: User, monkeypatch: pytest.MonkeyPatch) -> None:
    doubt(adviser)
    monkeypatch.setattr(adviser_doubts, "LOOK_BACK", dt.timedelta(0))
    assert take_in_doubts() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one(adviser: User) -> None:
    doubt(adviser)
    gate = Barrier(2)

    def work() -> int:
        try:
            gate.wait(timeout=30)
            return take_in_doubts()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sum(each.result() for each in [pool.submit(work) for _ in range(2)]) == 1
    assert FraudReport.objects.count() == ReportMessage.objects.count() == 1


def test_investigators_get_a_case_of_it(adviser: User) -> None:
    doubt(adviser)
    take_in_doubts()
    assert take_in_reports() == 1
    link = CaseReport.objects.get()
    assert (link.report_id, link.case.performer_rpps) == (FraudReport.objects.get().pk, None)


def test_its_person_reads_it_and_may_take_it_back(adviser: User) -> None:
    me = make_account().insured
    LongTermCondition.objects.create(insured=me, code=8)
    save_result(call(running(), adviser).token, said(Disposition.FRAUD_DOUBT, NOTE), by=adviser)
    take_in_doubts()
    mine = signed_in()
    page = f"/mon-espace/signalements/{FraudReport.objects.get().public_id}/"
    shown = mine.get(page).content.decode()
    assert "Un conseiller l’a transmis pour vous" in shown
    assert NOTE in shown
    assert "pas encore précisé" in shown
    assert "Un autre doute sur ce paiement" in mine.get("/mon-espace/signalements/").content.decode()
    assert mine.get(f"{page}accuse.pdf").content.startswith(b"%PDF")
    make_account(make_nir(201))
    stranger = signed_in(make_nir(201))
    assert stranger.get(page).status_code == 404
    mine.post(f"{page}retirer/")
    assert FraudReport.objects.get().status == "withdrawn"


def test_is_looked_for_every_few_minutes() -> None:
    assert {one.name: one.minutes for one in SCHEDULES}["fraud.doubts"] == 5

"""Appointments: written down with the result of their call, changed and ended afterwards, reminded of once a step."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction
from django.utils import timezone

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from ameli_notify.core.walls import as_insured
from ameli_notify.schedules import SCHEDULES
from outreach.campaigns import tasks
from outreach.campaigns.appointments.enums import AppointmentStatus, Obstacle
from outreach.campaigns.appointments.models import Appointment, AppointmentEvent, AppointmentReminder, CallObstacle
from outreach.campaigns.appointments.reminding import remind
from outreach.campaigns.appointments.services import (
    AppointmentError,
    Told,
    choose_reminders,
    end_appointment,
    forget_old,
    move_appointment,
    practitioner_of,
)
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.claiming.models import CallAttempt, CallTask
from outreach.campaigns.claiming.saving import save_result
from outreach.notifications.linter import check_message
from outreach.notifications.reminder_wording import REMINDER_WORDING
from tests.outreach import outbox
from tests.outreach.campaigns.calls import call, running, said
from tests.outreach.campaigns.rows import make_target

RPPS = "10101010105"


def in_days(days: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(days=days)


def told(**changes: Any) -> Told:
    return Told(**{"starts_at": in_days(20), "practitioner": "Docteur Essai", "rpps": RPPS, **changes})


def make_appointment(adviser: User, name: str = "Une", **changes: Any) -> Appointment:
    """Told to an adviser in a call; its date and when that was given can then be set."""
    make_target(name)
    result = said(Disposition.APPOINTMENT_MADE, appointment=told())
    appointment: Appointment = save_result(call(running(), adviser).token, result, by=adviser).appointment
    Appointment.objects.filter(pk=appointment.pk).update(**changes)
    appointment.refresh_from_db()
    return appointment


def make_due(adviser: User, *, days: float, **changes: Any) -> Appointment:
    """In so many days, and known since a month."""
    return make_appointment(adviser, starts_at=in_days(days), set_at=in_days(-30), **changes)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]


class TestToldInACall:
    def test_is_saved_with_the_result(self, adviser: User) -> None:
        person = make_target("Une", territory="974")
        wish, obstacles = told(), frozenset({Obstacle.DISTANCE, Obstacle.COST})
        result = said(Disposition.APPOINTMENT_MADE, appointment=wish, obstacles=obstacles)
        attempt = save_result(call(running(), adviser).token, result, by=adviser)
        found = Appointment.objects.get()
        assert (found.insured_id, found.attempt_id, found.territory) == (person.pk, attempt.pk, "974")
        assert (found.starts_at, found.practitioner_rpps) == (wish.starts_at, int(RPPS))
        assert practitioner_of(found) == "Docteur Essai"
        assert b"Essai" not in bytes(found.practitioner_sealed or b"")
        assert list(found.events.values_list("kind", "actor_id")) == [("planned", adviser.pk)]
        assert set(CallObstacle.objects.values_list("attempt_id", "code")) == {
            (attempt.pk, "distance"), (attempt.pk, "cost"),
        }  # fmt: skip

    def test_needs_neither_date_nor_doctor(self, adviser: User) -> None:
        make_target("Une")
        save_result(call(running(), adviser).token, said(Disposition.APPOINTMENT_MADE), by=adviser)
        assert not Appointment.objects.exists()

    @pytest.mark.parametrize(
        ("disposition", "changes", "message"),
        [
            (Disposition.ALREADY_FOLLOWED, {"appointment": {}}, "qu’avec le résultat"),
            (Disposition.APPOINTMENT_MADE, {"appointment": {"starts_at": dt.timedelta(days=-1)}}, "passée"),
            (Disposition.APPOINTMENT_MADE, {"appointment": {"starts_at": dt.timedelta(days=800)}}, "deux ans"),
            (Disposition.APPOINTMENT_MADE, {"appointment": {"rpps": "10101010106"}}, "RPPS"),
            (Disposition.APPOINTMENT_MADE, {"appointment": {"practitioner": "x" * 101}}, "100 caractères"),
            (Disposition.VOICEMAIL, {"obstacles": frozenset({Obstacle.COST})}, "elle-même"),
        ],
        ids=["other result", "past", "too far", "no such doctor", "long name", "nobody talked"],
    )
    def test_what_cannot_be_leaves_nothing(
        self, adviser: User, disposition: Disposition, changes: dict[str, Any], message: str
    ) -> None:
        make_target("Une")
        claim = call(running(), adviser)
        wish = changes.get("appointment")
        if wish is not None:
            wish = {**wish, **({"starts_at": timezone.now() + wish["starts_at"]} if "starts_at" in wish else {})}
        result = said(
            disposition,
            appointment=None if wish is None else told(**wish),
            obstacles=changes.get("obstacles", frozenset()),
        )
        with pytest.raises(AppointmentError, match=message):
            save_result(claim.token, result, by=adviser)
        claim.refresh_from_db()
        assert claim.ended_at is None
        assert not CallAttempt.objects.exists()
        assert not Appointment.objects.exists()
        assert not CallObstacle.objects.exists()

    def test_a_number_in_the_doctor_s_name_is_taken_out(self, adviser: User) -> None:
        make_target("Une")
        wish = told(practitioner="Dr Essai 2 85 05 00 116 001 16")
        attempt = save_result(
            call(running(), adviser).token, said(Disposition.APPOINTMENT_MADE, appointment=wish), by=adviser
        )
        assert practitioner_of(attempt.appointment) == "Dr Essai [NIR masqué]"

    def test_twice_the_same_button_is_one_appointment(self, adviser: User) -> None:
        make_target("Une")
        claim, result = call(running(), adviser), said(Disposition.APPOINTMENT_MADE, appointment=told())
        assert save_result(claim.token, result, by=adviser) == save_result(claim.token, result, by=adviser)
        assert Appointment.objects.count() == AppointmentEvent.objects.count() == 1


class TestAfterwards:
    def test_gets_another_date(self, adviser: User) -> None:
        one, later = make_appointment(adviser), in_days(30)
        moved = move_appointment(one.public_id, insured_id=one.insured_id, starts_at=later, by=None)
        assert (moved.starts_at, moved.status, moved.sequence) == (later, AppointmentStatus.PLANNED, 1)
        move_appointment(one.public_id, insured_id=one.insured_id, starts_at=later, by=None)
        assert list(one.events.order_by("pk").values_list("kind", "actor_id")) == [
            ("planned", adviser.pk), ("moved", None),
        ]  # fmt: skip

    def test_is_cancelled_and_taken_up_again(self, adviser: User) -> None:
        one = make_appointment(adviser)
        for _ in range(2):
            end_appointment(one.public_id, insured_id=one.insured_id, status=AppointmentStatus.CANCELLED, by=None)
        one.refresh_from_db()
        assert (one.status, one.sequence, one.ended_at is None) == (AppointmentStatus.CANCELLED, 1, False)
        again = move_appointment(one.public_id, insured_id=one.insured_id, starts_at=in_days(40), by=adviser)
        assert (again.status, again.sequence, again.ended_at) == (AppointmentStatus.PLANNED, 2, None)

    @pytest.mark.parametrize("status", [AppointmentStatus.KEPT, AppointmentStatus.MISSED])
    def test_took_place_or_not_once_it_is_over(self, adviser: User, status: AppointmentStatus) -> None:
        one = make_appointment(adviser)
        with pytest.raises(AppointmentError, match="pas encore"):
            end_appointment(one.public_id, insured_id=one.insured_id, status=status, by=None)
        Appointment.objects.update(starts_at=in_days(-1))
        assert end_appointment(one.public_id, insured_id=one.insured_id, status=status, by=None).status == status
        with pytest.raises(AppointmentError, match="déjà terminé"):
            end_appointment(one.public_id, insured_id=one.insured_id, status=AppointmentStatus.CANCELLED, by=None)

    def test_a_date_that_is_over_is_not_cancelled_and_a_kept_one_not_moved(self, adviser: User) -> None:
        one = make_appointment(adviser, starts_at=in_days(-1))
        of: dict[str, Any] = {"insured_id": one.insured_id, "by": None}
        with pytest.raises(AppointmentError, match="a eu lieu"):
            end_appointment(one.public_id, status=AppointmentStatus.CANCELLED, **of)
        end_appointment(one.public_id, status=AppointmentStatus.KEPT, **of)
        with pytest.raises(AppointmentError, match="ne change plus"):
            move_appointment(one.public_id, starts_at=in_days(9), **of)

    def test_is_nobody_else_s(self, adviser: User) -> None:
        one, other = make_appointment(adviser), make_target("Autre")
        with pytest.raises(Appointment.DoesNotExist):
            move_appointment(one.public_id, insured_id=other.pk, starts_at=in_days(9), by=None)
        with pytest.raises(Appointment.DoesNotExist):
            choose_reminders(one.public_id, insured_id=other.pk, wanted=False)

    def test_is_forgotten_a_year_after_its_date(self, adviser: User) -> None:
        old = make_appointment(adviser, starts_at=in_days(-366))
        AppointmentReminder.objects.create(
            appointment=old, insured_id=old.insured_id, days_before=1, starts_at=old.starts_at
        )
        kept = make_appointment(adviser, "Autre", starts_at=in_days(-364))
        assert tasks.forget_appointments() == 3, "the appointment, its event, its reminder"
        assert forget_old() == 0
        assert Appointment.objects.get() == kept


class TestReminders:
    def test_go_out_a_week_and_a_day_before_once_each(self, adviser: User) -> None:
        one = make_due(adviser, days=6.9)
        assert remind() == 1
        assert remind() == 0
        Appointment.objects.update(starts_at=in_days(0.9))
        assert tasks.remind_of_appointments() == 1
        assert remind() == 0
        assert list(one.reminders.order_by("pk").values_list("days_before", flat=True)) == [7, 1]
        assert outbox.rows("insured_id", "channel") == [(one.insured_id, "sms")] * 2

    @pytest.mark.parametrize(
        ("days", "due"),
        [(7.1, 0), (2.1, 1), (1.9, 0), (0.1, 1), (0.05, 0), (-0.1, 0)],
        ids=["too early", "a late run", "of no use", "hours before", "too late", "over"],
    )
    def test_a_missed_run_is_made_up_for_while_it_is_of_use(self, adviser: User, days: float, due: int) -> None:
        make_due(adviser, days=days)
        assert remind() == due

    def test_none_for_a_date_that_was_given_just_now(self, adviser: User) -> None:
        one = make_appointment(adviser, starts_at=in_days(5))
        assert remind() == 0
        Appointment.objects.update(starts_at=in_days(0.9))
        assert remind() == 0, "given less than a day before"
        Appointment.objects.update(set_at=in_days(-1))
        assert remind() == 1
        assert one.reminders.get().days_before == 1

    def test_a_new_date_has_its_own(self, adviser: User) -> None:
        one = make_due(adviser, days=6)
        assert remind() == 1
        move_appointment(one.public_id, insured_id=one.insured_id, starts_at=in_days(6.5), by=None)
        assert remind() == 0, "the person has just said it"
        Appointment.objects.update(set_at=in_days(-9))
        assert remind() == 1

    def test_none_when_cancelled_or_not_wanted(self, adviser: User) -> None:
        one = make_due(adviser, days=6)
        choose_reminders(one.public_id, insured_id=one.insured_id, wanted=False)
        assert remind() == 0
        choose_reminders(one.public_id, insured_id=one.insured_id, wanted=True)
        end_appointment(one.public_id, insured_id=one.insured_id, status=AppointmentStatus.CANCELLED, by=None)
        assert remind() == 0

    def test_the_reminder_and_its_message_are_written_together(
        self, adviser: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_due(adviser, days=6)
        with monkeypatch.context() as broken:
            broken.setattr("outreach.campaigns.appointments.reminding.post_single", _fail)
            with pytest.raises(ConnectionError):
                remind()
        assert not AppointmentReminder.objects.exists()
        assert remind() == 1

    def test_the_database_allows_one_a_step(self, adviser: User) -> None:
        one = make_due(adviser, days=6)
        remind()
        again = {"appointment": one, "insured_id": one.insured_id, "days_before": 7, "starts_at": one.starts_at}
        with pytest.raises(IntegrityError), transaction.atomic():
            AppointmentReminder.objects.create(**again)

    @pytest.mark.django_db(transaction=True)
    def test_two_workers_at_once_post_one(self, adviser: User) -> None:
        for number in range(6):
            make_due(adviser, name=f"Numéro {number}", days=6)
        gate = Barrier(3)

        def work() -> int:
            try:
                gate.wait(timeout=30)
                return remind()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(3) as pool:
            done = [each.result() for each in [pool.submit(work) for _ in range(3)]]
        assert sum(done) + remind() == 6
        assert len(outbox.rows("id")) == AppointmentReminder.objects.count() == 6

    def test_the_texts_say_neither_what_nor_when(self) -> None:
        for text in (REMINDER_WORDING.email_text, REMINDER_WORDING.sms_text, REMINDER_WORDING.post_text):
            assert "n rappel vous attend" in text
            assert not any(word in text.lower() for word in ("rendez-vous", "médecin", "consultation", "soin"))
        check_message(channel="sms", text=REMINDER_WORDING.sms_text)
        assert len(REMINDER_WORDING.sms_text) <= 160

    def test_are_looked_for_all_day(self) -> None:
        by_name = {one.name: one for one in SCHEDULES}
        assert by_name["outreach.appointments"].minutes == 15
        assert by_name["outreach.appointment-ends"].daily_at is not None


def _fail(*args: object, **kwargs: object) -> None:
    raise ConnectionError


class TestTheWall:
    def test_a_person_reads_their_own_appointments_and_promises(self, adviser: User) -> None:
        one = make_appointment(adviser)
        other = make_target("Autre")
        CallTask.objects.create(
            campaign=CallTask.objects.get().campaign, insured=other, fund_code="01C751000", priority=1,
            phone_lookup="00000000-0000-0000-0000-000000000001", checked_on=timezone.localdate(),
            status="callback", due_at=in_days(1),
        )  # fmt: skip
        shown = ("id", "insured_id", "due_at")
        with as_insured(one.insured_id):
            assert list(Appointment.objects.values_list("pk", flat=True)) == [one.pk]
            assert CallTask.objects.only(*shown).values_list(*shown).count() == 0
        with as_insured(other.pk):
            assert not Appointment.objects.values_list("pk").exists()
            assert list(CallTask.objects.values_list("insured_id", flat=True)) == [other.pk]

    def test_a_call_that_was_not_promised_is_not_shown(self, adviser: User) -> None:
        person = make_target("Une")
        running()
        with as_insured(person.pk):
            assert list(CallTask.objects.values_list("id", flat=True)) == []
            with pytest.raises(ProgrammingError), transaction.atomic():
                list(CallTask.objects.values_list("priority", flat=True))

    @pytest.mark.parametrize("model", [AppointmentEvent, CallObstacle])
    def test_history_is_not_changed(self, adviser: User, model: type[Any]) -> None:
        make_appointment(adviser)
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {model._meta.db_table} SET insured_id = insured_id")


def test_people_are_not_named_by_their_rows(adviser: User) -> None:
    one = make_appointment(adviser)
    assert str(one) == f"rendez-vous {one.pk}"
    assert "Essai" not in str(one.events.get())
    assert InsuredPerson.objects.get(pk=one.insured_id).first_names not in str(one)

"""The people of a case: for whoever holds it; for anybody else with a second person, for thirty minutes."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.enums import OpeningReason
from fraud.cases.events import CaseError
from fraud.cases.models import FraudCase
from fraud.cases.staffing_models import CaseNotice, CaseOpening
from fraud.cases.unveiling import answer_break_glass, ask_break_glass, opening_of, unveil
from tests.staff import make_staff


def test_the_holder_opens_alone_and_for_a_time(held_case: FraudCase, investigator: User, supervisor: User) -> None:
    with pytest.raises(CaseError, match="accès exceptionnel"):
        unveil(held_case.pk, reason=OpeningReason.CONTROL, by=supervisor)
    unveil(held_case.pk, reason=OpeningReason.INVESTIGATION, by=investigator)
    assert opening_of(held_case, investigator) is not None
    assert opening_of(held_case, supervisor) is None
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=31), tick=False):
        assert opening_of(held_case, investigator) is None


def test_anybody_else_needs_a_second_person_and_everybody_who_watches_is_told(
    held_case: FraudCase, investigator: User, supervisor: User
) -> None:
    colleague = make_staff("collegue", role=Role.INVESTIGATOR)
    watcher = make_staff("donnees", role=Role.DATA_PROTECTION)
    asked = ask_break_glass(held_case.pk, reason=OpeningReason.URGENCY, by=colleague)
    assert CaseNotice.objects.get(kind="break-glass-asked").recipient == supervisor
    assert opening_of(held_case, colleague) is None
    with pytest.raises(CaseError, match="déjà demandé"):
        ask_break_glass(held_case.pk, reason=OpeningReason.URGENCY, by=colleague)
    with pytest.raises(CaseError, match="Vous avez fait"):
        answer_break_glass(asked.pk, is_granted=True, by=colleague)
    answer_break_glass(asked.pk, is_granted=True, by=supervisor)
    opening = opening_of(held_case, colleague)
    assert opening is not None
    assert opening.approved_at is not None
    assert opening.ends_at == opening.approved_at + dt.timedelta(minutes=30)
    told = CaseNotice.objects.filter(kind="break-glass").values_list("recipient", flat=True)
    assert set(told) == {investigator.pk, watcher.pk}
    with pytest.raises(CaseError, match="directement"):
        ask_break_glass(held_case.pk, reason=OpeningReason.URGENCY, by=investigator)


def test_a_refused_access_opens_nothing(held_case: FraudCase, supervisor: User) -> None:
    colleague = make_staff("collegue", role=Role.INVESTIGATOR)
    asked = ask_break_glass(held_case.pk, reason=OpeningReason.URGENCY, by=colleague)
    answer_break_glass(asked.pk, is_granted=False, by=supervisor)
    assert opening_of(held_case, colleague) is None
    with pytest.raises(CaseError, match="déjà reçu"):
        answer_break_glass(asked.pk, is_granted=True, by=supervisor)


def test_the_database_refuses_one_person_s_break_glass(held_case: FraudCase, supervisor: User) -> None:
    asked = ask_break_glass(held_case.pk, reason=OpeningReason.URGENCY, by=supervisor)
    later = timezone.now() + dt.timedelta(minutes=30)
    row = CaseOpening.objects.filter(pk=asked.pk)
    with pytest.raises(IntegrityError, match="opening_approved_by_another"), transaction.atomic():
        row.update(approved_at=timezone.now(), approved_by=supervisor, ends_at=later)
    with pytest.raises(IntegrityError, match="opening_by_two_when_exceptional"), transaction.atomic():
        row.update(ends_at=later)

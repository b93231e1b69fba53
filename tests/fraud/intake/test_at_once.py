"""Two windows at the same moment: one report a line, one number a report, one sending a draft."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from fraud.conversations.asking import ask_adviser
from fraud.conversations.enums import Origin
from fraud.conversations.models import Conversation
from fraud.intake.drafting import save_answer, start_draft
from fraud.intake.lines import lines_by_key, reader_for, statement_lines
from fraud.intake.models import FraudReport
from fraud.intake.sealed import Answer
from fraud.intake.sending import send_report
from reimbursements.explanations.loading import forget_book
from reimbursements.payments.tokens import StatementKey, statement_token
from reimbursements.reference.services import load_reference_data
from tests.fraud.rows import complete_draft
from tests.reimbursements.payments.rows import PAID, TODAY, make_person, pay
from tests.reimbursements.test_explanations_cases import gp

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _reference_data(transactional_db: None) -> None:
    forget_book()
    load_reference_data()


def at_once(*works: Callable[[], object]) -> list[object]:
    """Each in a thread and a connection of its own, started together; results or what they raised."""
    gate = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        try:
            gate.wait(timeout=10)
            return work()
        except FraudReport.DoesNotExist as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_two_drafts_about_one_line_become_one_report() -> None:
    person = make_person("Essai")
    number = pay(person, gp(), gp())
    key = StatementKey(payment_date=PAID, emitter_code="01C751000", statement_no=number)
    token = statement_token(key, reader_id=person.pk)
    both = complete_draft(person, token)
    who = reader_for(person.pk, today=TODAY)
    first_line = lines_by_key(who, [statement_lines(who, token)[0].key])
    one = start_draft(person.pk, lines=first_line, motive="transport")
    save_answer(one.pk, Answer(step="transport", choice="pas-fait", story=""))
    sent = at_once(
        lambda: send_report(both.pk, insured_id=person.pk).has_joined,
        lambda: send_report(one.pk, insured_id=person.pk).has_joined,
    )
    assert sorted(map(bool, sent)) == [False, True]
    report = FraudReport.objects.get()
    assert report.lines.count() == 2
    assert not report.lines.filter(snapshot=None).exists()


def test_one_draft_sent_from_two_windows_is_sent_once() -> None:
    person = make_person("Essai")
    key = StatementKey(payment_date=PAID, emitter_code="01C751000", statement_no=pay(person))
    draft = complete_draft(person, statement_token(key, reader_id=person.pk))
    sent = at_once(*[lambda: send_report(draft.pk, insured_id=person.pk)] * 2)
    assert sum(isinstance(one, FraudReport.DoesNotExist) for one in sent) == 1
    assert FraudReport.objects.get().events.count() == 1


def test_one_person_waits_for_one_adviser() -> None:
    person = make_person("Essai")
    at_once(*[lambda: ask_adviser(person.pk, origin=Origin.SPACE, context={"question": "?"})] * 3)
    assert Conversation.objects.count() == 1

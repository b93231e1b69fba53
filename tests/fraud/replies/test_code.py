"""The code of the letter: hard to guess, easy to copy, the same answer to whoever has none, and limits that hold."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.models import CaseEvent
from fraud.replies.codes import ALPHABET, LENGTH, new_code, shown_code, typed_code
from fraud.replies.models import RightOfReply
from fraud.replies.rights import close_right, enter
from fraud.replies.views import CODES, WRONG
from tests.fraud.replies.rows import with_code

START = "/repondre/"


def give(client: Client, number: str, code: str) -> tuple[int, str]:
    answer = client.post(START, {"number": number, "code": code})
    return answer.status_code, answer.content.decode()


class TestCode:
    def test_is_eighty_bits_and_never_twice_the_same(self) -> None:
        assert len(set(ALPHABET)) == 32
        assert LENGTH * 5 == 80
        assert len({new_code() for _ in range(1000)}) == 1000
        assert not set("IO01") & set(ALPHABET), "nobody mistakes one for another"

    def test_can_be_typed_as_it_is_printed_or_not(self) -> None:
        code = new_code()
        for typed in (shown_code(code), shown_code(code).lower(), f" {shown_code(code).replace('-', ' ')} "):
            assert typed_code(typed) == code

    def test_is_kept_as_a_keyed_hash_only(self, right: RightOfReply, code: str) -> None:
        right.refresh_from_db()
        row = repr(RightOfReply.objects.filter(pk=right.pk).values().get())
        assert typed_code(code) not in row
        assert bytes(right.code_hash or b"") != bytes(32)
        assert len(bytes(right.code_hash or b"")) == 32

    def test_opens_the_case_that_it_was_printed_for(self, right: RightOfReply, code: str) -> None:
        client = Client()
        status, _ = give(client, right.case_number, code.lower())
        assert status == 302
        page = client.get(reverse("reply-case"))
        assert page.status_code == 200
        assert right.case_number in page.content.decode()
        assert "no-store" in page.headers["Cache-Control"]

    def test_a_new_letter_ends_the_code_and_the_visits_before_it(
        self, right: RightOfReply, code: str, doctor: Client, investigator: User
    ) -> None:
        newer = with_code(right, by=investigator)
        assert enter(right.case_number, typed_code(code)) is None
        assert enter(right.case_number, typed_code(newer)) == right
        assert doctor.get(reverse("reply-case")).status_code == 302

    def test_lasts_as_long_as_the_contradictory_month(self, right: RightOfReply, code: str) -> None:
        assert right.ends_on == right.step.deadline_on
        noon = dt.datetime.combine(right.ends_on, dt.time(12), tzinfo=dt.UTC)
        with time_machine.travel(noon, tick=False):
            assert enter(right.case_number, typed_code(code)) == right
        with time_machine.travel(noon + dt.timedelta(days=1), tick=False):
            assert enter(right.case_number, typed_code(code)) is None

    def test_of_a_closed_right_opens_nothing(self, right: RightOfReply, doctor: Client, investigator: User) -> None:
        close_right(right.pk, by=investigator)
        assert doctor.get(reverse("reply-case")).status_code == 302

    def test_the_first_visit_is_noted_once(self, right: RightOfReply, code: str) -> None:
        for _ in range(2):
            give(Client(), right.case_number, code)
        entered = CaseEvent.objects.filter(case=right.case, kind="reply", after__reply="entered")
        assert entered.count() == 1
        assert entered.get().actor_id is None


class TestUniformAnswer:
    def test_whatever_is_wrong(self, right: RightOfReply, code: str, investigator: User) -> None:
        said = {
            give(Client(REMOTE_ADDR=f"192.0.2.{place}"), number, typed)
            for place, (number, typed) in enumerate(
                [(right.case_number, "AAAA-BBBB-CCCC-DDDD"), ("2020-999999", code), ("pas un numéro", code)]
            )
        }
        kept = set()
        for status, page in said:
            assert status == 400
            assert WRONG in page
            kept.add(page.split("Vérifiez votre saisie")[1].split("<form")[0])
        assert len(kept) == 1
        close_right(right.pk, by=investigator)
        status, page = give(Client(), right.case_number, code)
        assert (status, WRONG in page) == (400, True)

    def test_a_right_without_a_letter_has_no_code(self, right: RightOfReply) -> None:
        assert enter(right.case_number, "") is None
        assert give(Client(), right.case_number, "0" * 16)[0] == 400


class TestLimits:
    def test_of_an_address(self, right: RightOfReply, code: str) -> None:
        client = Client(REMOTE_ADDR="192.0.2.1")
        for number in range(CODES.per_address.tries):
            assert give(client, f"2020-{number:06d}", code)[0] == 400
        answer = client.post(START, {"number": right.case_number, "code": code})
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert give(Client(REMOTE_ADDR="192.0.2.2"), right.case_number, code)[0] == 302

    @pytest.mark.parametrize("is_there", [True, False])
    def test_of_a_case_whether_there_is_one_or_not(self, is_there: bool, right: RightOfReply, code: str) -> None:
        number = right.case_number if is_there else "2020-999999"
        for place in range(CODES.per_person.tries):
            assert give(Client(REMOTE_ADDR=f"192.0.2.{place}"), number, "A" * 16)[0] == 400
        assert give(Client(REMOTE_ADDR="198.51.100.1"), number, code)[0] == 429

    def test_success_starts_the_case_anew(self, right: RightOfReply, code: str) -> None:
        for place in range(CODES.per_person.tries - 1):
            give(Client(REMOTE_ADDR=f"192.0.2.{place}"), right.case_number, "A" * 16)
        assert give(Client(REMOTE_ADDR="198.51.100.1"), right.case_number, code)[0] == 302
        assert give(Client(REMOTE_ADDR="198.51.100.2"), right.case_number, "A" * 16)[0] == 400


class TestVisit:
    def test_ends_after_half_an_hour_without_activity(self, doctor: Client) -> None:
        assert doctor.get(reverse("reply-case")).status_code == 200
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=31)):
            answer = doctor.get(reverse("reply-case"), follow=True)
        assert "Votre accès a pris fin" in answer.content.decode()

    def test_ends_when_the_professional_leaves(self, doctor: Client) -> None:
        assert doctor.post(reverse("reply-quit")).status_code == 302
        assert doctor.get(reverse("reply-case")).status_code == 302

    def test_has_a_session_key_of_its_own(self, right: RightOfReply, code: str) -> None:
        client = Client()
        client.get(START)
        session = client.session
        session["x"] = 1
        session.save()
        before = client.session.session_key
        client.cookies["sessionid"] = str(before)
        give(client, right.case_number, code)
        assert client.session.session_key != before

    def test_without_a_code_there_is_nothing(self, right: RightOfReply) -> None:
        assert Client().get(reverse("reply-case")).status_code == 302
        assert Client().post(reverse("reply-send"), {"text": "x"}).status_code == 302

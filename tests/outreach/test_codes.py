"""Codes and notices are sent at most once, hold one code and nothing else that the digest may not hold."""

import datetime as dt
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from hypothesis import given
from hypothesis import strategies as st

from accounts.identity import outbox
from accounts.identity.enums import CodeChannel, SecurityMessageKind, SendState
from accounts.identity.messages import SecurityMessage
from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel
from outreach.channels.base import Outcome, OutcomeKind, Outgoing
from outreach.channels.models import InboxMessage
from outreach.codes.composing import CODES_IN, CodeMessageError, compile_wording, compose
from outreach.codes.sending import LEASE, send_waiting
from outreach.codes.tasks import send_codes
from outreach.codes.wording import CODE, WORDINGS
from outreach.notifications.gsm7 import analyse_sms
from outreach.notifications.linter import LintError
from tests.accounts.insured import add_contact, make_person
from tests.guards.personal_data import CANARY_EMAIL, CANARY_PHONE

KINDS = list(SecurityMessageKind)
SIGN_IN = SecurityMessageKind.SIGN_IN_CODE
DATE = "Sun, 22 Nov 2026 10:00:00 +0100"


def contact(kind: ContactKind = ContactKind.MOBILE) -> ContactChannel:
    person = make_person()
    return ContactChannel.objects.get(insured=person, kind=kind)


def post(code: str = "123456", *, to: ContactChannel | None = None, channel: CodeChannel = CodeChannel.SMS) -> None:
    outbox.post_code(SIGN_IN, code=code, channel=channel, contact=to)


class TestTexts:
    @pytest.mark.parametrize("kind", KINDS)
    def test_each_holds_its_code_and_no_other_number(self, kind: SecurityMessageKind) -> None:
        code = "987654" if CODES_IN[kind] else ""
        claimed = outbox.Claimed(1, kind, CANARY_PHONE, code)
        sms = compose(claimed, channel=CodeChannel.SMS, date=DATE).content.decode()
        assert analyse_sms(sms).segments == 1
        assert analyse_sms(sms).encoding == "GSM-7"
        assert set(re.findall(r"\d+", sms)) <= {code, "10", "3646"} - {""}
        claimed = outbox.Claimed(1, kind, CANARY_EMAIL, code)
        message = message_from_bytes(
            compose(claimed, channel=CodeChannel.EMAIL, date=DATE).content, policy=policy.default
        )
        assert message["To"] == CANARY_EMAIL
        assert re.search(r"\d", str(message["Subject"])) is None
        plain, html = (message.get_body([form]) for form in ("plain", "html"))
        assert plain is not None
        assert html is not None
        for body in (plain.get_content(), re.sub(r"<[^>]*>", " ", html.get_content())):
            assert set(re.findall(r"\d+", body)) <= {code, "3646"} - {""}
            assert body.count(code) == 1 or not code
            assert "http" not in body

    def test_the_sms_of_sign_in_says_what_it_is_for(self) -> None:
        claimed = outbox.Claimed(1, SIGN_IN, CANARY_PHONE, "012345")
        assert compose(claimed, channel=CodeChannel.SMS, date=DATE).content.decode() == (
            "Votre code de connexion à Mon espace : 012345. Valable 10 minutes. "
            "Ne le donnez à personne, y compris à un conseiller."
        )

    @pytest.mark.parametrize(
        "sms",
        [
            f"Votre code : {CODE}. Appelez le 0899 00 00 00.",
            f"Votre code : {CODE}. Voir ameli.example.",
            f"Votre code : {CODE}. Cliquez ici.",
            f"Votre code : {CODE} ou 654321.",
            "Votre code arrive.",
            f"{CODE} {CODE}",
            f"Code {CODE}, même à un conseiller.",
            f"{CODE} " + "bla " * 60,
        ],
    )
    def test_a_wording_that_breaks_a_rule_does_not_compile(self, sms: str) -> None:
        with pytest.raises((LintError, CodeMessageError)):
            compile_wording(replace(WORDINGS[SIGN_IN], sms=sms), codes=1)

    def test_an_email_without_its_code_or_with_two_does_not_compile(self) -> None:
        wording = WORDINGS[SIGN_IN]
        for paragraphs in (wording.paragraphs[:2], (*wording.paragraphs, CODE)):
            with pytest.raises(CodeMessageError):
                compile_wording(replace(wording, paragraphs=paragraphs), codes=1)
        with pytest.raises(CodeMessageError):
            compile_wording(replace(wording, subject=f"Votre code {CODE}"), codes=1)

    @given(st.text(max_size=12).filter(lambda text: re.fullmatch("[0-9]{6}", text) is None))
    def test_only_six_digits_go_in(self, code: str) -> None:
        with pytest.raises(CodeMessageError):
            compose(outbox.Claimed(1, SIGN_IN, CANARY_PHONE, code), channel=CodeChannel.SMS, date=DATE)

    @given(st.integers(0, 999_999))
    def test_any_code_arrives_as_it_is(self, number: int) -> None:
        claimed = outbox.Claimed(7, SIGN_IN, CANARY_EMAIL, f"{number:06d}")
        content = compose(claimed, channel=CodeChannel.EMAIL, date=DATE).content
        body = message_from_bytes(content, policy=policy.default).get_body(["plain"])
        assert body is not None
        assert re.findall(r"\d{6}", body.get_content()) == [f"{number:06d}"]

    def test_a_notice_takes_no_code(self) -> None:
        claimed = outbox.Claimed(1, SecurityMessageKind.PASSWORD_CHANGED, CANARY_PHONE, "123456")
        with pytest.raises(CodeMessageError):
            compose(claimed, channel=CodeChannel.SMS, date=DATE)


@pytest.mark.django_db
class TestSending:
    def test_a_code_is_sealed_sent_and_wiped(self) -> None:
        to = contact()
        post(to=to)
        row = SecurityMessage.objects.get()
        assert b"123456" not in bytes(row.code_sealed or b"")
        assert row.state == SendState.WAITING
        assert send_waiting(CodeChannel.SMS).outcomes == {"sent": 1}
        row.refresh_from_db()
        assert (row.state, row.code_sealed, row.settled_at is not None) == (SendState.SENT, None, True)
        message = InboxMessage.objects.get()
        assert "123456" in message.text
        assert message.recipient_masked == "** ** ** 23 45"
        assert message.notification_id == -row.pk
        assert send_codes("sms") == 0

    def test_a_request_that_matched_nobody_goes_nowhere(self) -> None:
        post()
        assert send_codes("sms") == 0
        row = SecurityMessage.objects.get()
        assert (row.state, row.code_sealed) == (SendState.VOID, None)

    def test_a_sealed_code_cannot_outlive_its_message(self) -> None:
        post(to=contact())
        with pytest.raises(IntegrityError), transaction.atomic():
            SecurityMessage.objects.update(state=SendState.SENT)

    def test_a_new_address_is_sealed_in_the_row_and_wiped(self) -> None:
        outbox.post_code(
            SecurityMessageKind.CONTACT_CODE, code="123456", channel=CodeChannel.EMAIL, new_address="x@example.net"
        )
        send_codes("email")
        assert InboxMessage.objects.get().recipient_masked == "x***@example.net"
        assert SecurityMessage.objects.get().address_sealed is None

    def test_a_notice_goes_to_an_ended_address_and_to_no_landline(self) -> None:
        old = contact()
        ContactChannel.objects.filter(pk=old.pk).update(ended_at="2026-11-22T10:00Z", end_reason="replaced")
        landline = add_contact(old.insured, kind=ContactKind.LANDLINE, address="+33100000000")
        outbox.post_notice(SecurityMessageKind.CONTACT_CHANGED, contacts=[old, landline])
        assert send_codes("sms") == 1
        assert "vos coordonnées ont changé" in InboxMessage.objects.get().text

    def test_what_is_past_its_time_is_not_sent(self) -> None:
        post(to=contact())
        SecurityMessage.objects.update(expires_at="2020-01-01T00:00Z")
        assert send_codes("sms") == 0
        row = SecurityMessage.objects.get()
        assert (row.state, row.code_sealed) == (SendState.EXPIRED, None)

    def test_what_a_dead_sender_had_claimed_is_never_sent_again(self) -> None:
        post(to=contact())
        outbox.claim(CodeChannel.SMS, limit=10, lease=dt.timedelta(0))
        assert send_codes("sms") == 0
        assert SecurityMessage.objects.get().state == SendState.UNKNOWN
        assert InboxMessage.objects.count() == 0

    def test_one_that_cannot_be_written_fails_alone(self) -> None:
        to = contact()
        post("111111", to=to)
        post("222222", to=to)
        first = SecurityMessage.objects.earliest("pk")
        SecurityMessage.objects.filter(pk=first.pk).update(code_sealed=b"not sealed with our key")
        assert send_waiting(CodeChannel.SMS).outcomes == {"failed": 1, "sent": 1}
        assert "222222" in InboxMessage.objects.get().text

    @pytest.mark.parametrize(
        ("kind", "state"),
        [
            (OutcomeKind.PERMANENT, SendState.FAILED),
            (OutcomeKind.UNKNOWN, SendState.UNKNOWN),
            (OutcomeKind.TEMPORARY, SendState.WAITING),
            (OutcomeKind.NOT_TRIED, SendState.WAITING),
        ],
    )
    def test_only_what_was_certainly_not_taken_is_tried_again(
        self, monkeypatch: pytest.MonkeyPatch, kind: OutcomeKind, state: SendState
    ) -> None:
        carrier = ScriptedCarrier(kind)
        monkeypatch.setattr("outreach.codes.sending.open_carrier", lambda channel: carrier)
        post(to=contact())
        send_codes("sms")
        row = SecurityMessage.objects.get()
        assert row.state == state
        assert (row.code_sealed is None) == (state is not SendState.WAITING)
        send_codes("sms")
        assert carrier.handed == 1  # a second try comes after two seconds
        SecurityMessage.objects.update(not_before_at="2020-01-01T00:00Z")
        send_codes("sms")
        assert carrier.handed == (2 if state is SendState.WAITING else 1)
        assert carrier.is_closed

    def test_a_lost_lease_writes_nothing(self) -> None:
        post(to=contact())
        token, claimed = outbox.claim(CodeChannel.SMS, limit=10, lease=dt.timedelta(minutes=1))
        ids = [message.id for message in claimed]
        assert outbox.settle(ids, token=uuid.uuid4(), state=SendState.SENT) == 0
        assert outbox.settle(ids, token=token, state=SendState.SENT) == 1
        assert outbox.settle(ids, token=token, state=SendState.FAILED) == 0

    def test_the_lease_outlives_the_longest_answer(self) -> None:
        assert dt.timedelta(seconds=600) < LEASE  # RFC 5321 §4.5.3.2.6: ten minutes after the final dot

    def test_settled_rows_are_forgotten_after_a_month(self) -> None:
        post()
        assert outbox.purge_settled() == 0
        SecurityMessage.objects.update(settled_at="2020-01-01T00:00Z")
        assert outbox.purge_settled() == 1

    def test_the_command_says_what_it_did(self, capsys: pytest.CaptureFixture[str]) -> None:
        post(to=contact())
        call_command("send_codes")
        assert capsys.readouterr().out.splitlines() == ["SMS : envoyé 1", "e-mail : rien à remettre"]


class ScriptedCarrier:
    """Answers the same to every message."""

    name = "scripted"

    def __init__(self, kind: OutcomeKind) -> None:
        self._kind = kind
        self.handed = 0
        self.is_closed = False

    def deliver(self, batch: Sequence[Outgoing]) -> Iterator[list[Outcome]]:
        self.handed += len(batch)
        yield [Outcome(message.notification_id, self._kind, "") for message in batch]

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_posting_wakes_the_sender_when_it_commits_and_not_otherwise(self) -> None:
        with transaction.atomic():
            post(to=contact())
            transaction.set_rollback(True)
        assert OrmQ.objects.count() == 0
        with transaction.atomic():
            post(to=contact())
            assert OrmQ.objects.count() == 0
        woken = [SignedPackage.loads(job.payload)["args"] for job in OrmQ.objects.all()]
        assert woken == [("outreach.codes.tasks.send_codes", "sms")]

    def test_many_senders_at_once_send_each_message_once(self) -> None:
        to = contact()
        for number in range(120):
            post(f"{number:06d}", to=to)

        def send(_: int) -> int:
            try:
                return send_codes("sms")
            finally:
                connection.close()

        with ThreadPoolExecutor(max_workers=8) as pool:
            assert sum(pool.map(send, range(8))) == 120
        assert InboxMessage.objects.count() == 120
        assert set(SecurityMessage.objects.values_list("state", flat=True)) == {"sent"}

    def test_a_code_is_handed_over_within_a_moment_of_being_woken(self) -> None:
        to = contact()
        post(to=to)
        send_codes("sms")
        post("654321", to=to)
        started = time.monotonic()
        send_codes("sms")
        assert time.monotonic() - started < 1.0
        assert "654321" in InboxMessage.objects.latest("received_at").text

"""« Accueil »: what I should look at, what is new, the last message."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.identity.activity import NOTEWORTHY
from accounts.identity.changing import make_recovery_codes
from accounts.identity.events import AccountEvent
from accounts.identity.models import ContactChange, InsuredAccount
from accounts.people.contacts import NBSP, change_contact
from accounts.people.enums import ContactKind, EndReason
from accounts.people.models import ContactChannel, InsuredPerson
from outreach.notifications.enums import Channel
from reimbursements.feed.models import ImportBatch
from reimbursements.lines.models import ReimbursementLine
from tests.accounts.insured import add_contact, make_nir, make_person
from tests.my_space.messages import HOME, make_digest, text_of
from tests.reimbursements.payments.rows import pay


def alerts_of(client: Client) -> list[str]:
    answer = client.get(HOME)
    assert answer.status_code == 200
    return [alert.text for alert in answer.context["home"].alerts]


def verified(person: InsuredPerson) -> None:
    ContactChannel.objects.filter(insured=person, verified_at=None).update(verified_at=timezone.now())


def batch(*, minutes_ago: int) -> ImportBatch:
    at = timezone.now() - dt.timedelta(minutes=minutes_ago)
    number = ImportBatch.objects.count() + 1
    return ImportBatch.objects.create(
        emitter_code="01C751000", sequence=number, file_name="DEC.csv", sha256=b"0" * 32, status="loaded",
        started_at=at, finished_at=at,
    )  # fmt: skip


def pay_in(loaded: ImportBatch, person: InsuredPerson) -> None:
    """A payment that came with a file."""
    ReimbursementLine.objects.filter(statement_no=pay(person)).update(batch_id=loaded.pk)


def came_before(person: InsuredPerson, *, minutes_ago: int, browser: str = "Firefox") -> None:
    at = timezone.now() - dt.timedelta(minutes=minutes_ago)
    AccountEvent.objects.create(insured=person, kind="signed-in", at=at, browser=browser, system="Linux")


class TestAlerts:
    def test_are_none_when_all_is_well(self, me: InsuredPerson, mine: Client) -> None:
        verified(me)
        assert alerts_of(mine) == []
        assert "À vérifier" not in text_of(mine, HOME)

    def test_a_code_that_came_back_verifies_its_address_only(self, me: InsuredPerson, mine: Client) -> None:
        (alert,) = alerts_of(mine)
        assert alert.startswith("Votre adresse e-mail c***@example.org nous vient de votre caisse")
        assert ContactChannel.objects.get(insured=me, kind="mobile").verified_at is not None

    def test_tell_of_a_sign_in_from_a_browser_never_seen(self, me: InsuredPerson, mine: Client) -> None:
        verified(me)
        came_before(me, minutes_ago=60 * 24 * 40, browser="Firefox")
        came_before(me, minutes_ago=60 * 24 * 20, browser="Safari")
        assert alerts_of(mine) == [], "too long ago"
        came_before(me, minutes_ago=60, browser="Edge")
        came_before(me, minutes_ago=50, browser="Edge")
        (alert,) = alerts_of(mine)
        assert alert.startswith("Connexion depuis un nouvel appareil le ")
        assert "Edge, Linux" in alert

    def test_tell_of_changes_to_the_account(self, account: InsuredAccount, me: InsuredPerson, mine: Client) -> None:
        verified(me)
        make_recovery_codes(account)
        (alert,) = alerts_of(mine)
        assert alert.startswith("De nouveaux codes de secours ont été demandés le ")
        AccountEvent.objects.update(at=timezone.now() - dt.timedelta(days=15))
        assert alerts_of(mine) == []

    @pytest.mark.parametrize("status", ["permanent-failure", "temporary-failure", "technical-failure"])
    def test_tell_of_a_message_that_did_not_arrive(self, me: InsuredPerson, mine: Client, status: str) -> None:
        verified(me)
        make_digest(me, on=timezone.localdate() - dt.timedelta(days=10), status=status)
        assert "ne vous est pas parvenu" in alerts_of(mine)[0]
        make_digest(me, status="delivered")
        assert alerts_of(mine) == [], "the next one arrived"

    def test_tell_of_an_address_that_no_longer_exists(self, me: InsuredPerson, mine: Client) -> None:
        verified(me)
        ContactChannel.objects.filter(kind="email").update(ended_at=timezone.now(), end_reason=EndReason.BOUNCED)
        assert alerts_of(mine) == ["Votre adresse e-mail c***@example.org n’existe plus : nous ne l’utilisons plus."]

    def test_tell_of_an_address_of_the_fund_that_is_not_used(self, me: InsuredPerson, mine: Client) -> None:
        change_contact(me.pk, kind=ContactKind.EMAIL, address="mienne@example.net")
        verified(me)
        other = add_contact(me, kind=ContactKind.LANDLINE, address="+33100000001")
        now = timezone.now()
        sealed = ContactChannel.objects.get(insured=me, kind="email", ended_at=None).address_sealed
        ContactChannel.objects.create(
            insured=me, kind="email", address_sealed=sealed, address_lookup=other.address_lookup, started_at=now,
            ended_at=now, end_reason=EndReason.NOT_USED,
        )  # fmt: skip
        assert alerts_of(mine)[0].startswith("Votre caisse nous a transmis une autre adresse pour vous")

    def test_tell_when_a_new_number_receives_codes(self, me: InsuredPerson, mine: Client) -> None:
        verified(me)
        now = timezone.now()
        ContactChange.objects.create(
            insured=me, kind="mobile", confirmed_at=now, codes_from_at=now + dt.timedelta(hours=72)
        )
        (alert,) = alerts_of(mine)
        assert alert.startswith("Vos codes de connexion seront envoyés à votre nouveau numéro de mobile à partir du ")

    def test_of_a_protected_person_show_no_address(self, me: InsuredPerson, mine: Client) -> None:
        InsuredPerson.objects.update(is_contact_protected=True)
        assert alerts_of(mine) == []

    def test_are_never_about_somebody_else(self, me: InsuredPerson, mine: Client) -> None:
        verified(me)
        other = make_person(make_nir(5))
        came_before(other, minutes_ago=90)
        came_before(other, minutes_ago=60, browser="Edge")
        AccountEvent.objects.create(insured=other, kind="app-added")
        make_digest(other, status="permanent-failure")
        assert alerts_of(mine) == []


class TestNews:
    def test_count_the_payments_loaded_since_the_last_visit(self, me: InsuredPerson, mine: Client) -> None:
        old, new = batch(minutes_ago=300), batch(minutes_ago=100)
        pay_in(old, me)
        assert "dernière visite" not in text_of(mine, HOME), "the first visit"
        came_before(me, minutes_ago=200)
        assert "Aucun nouveau paiement depuis votre dernière visite." in text_of(mine, HOME)
        pay_in(new, me)
        assert "Un nouveau paiement depuis votre dernière visite." in text_of(mine, HOME)
        pay_in(new, me)
        pay_in(new, make_person(make_nir(6)))
        assert "2 nouveaux paiements depuis votre dernière visite." in text_of(mine, HOME)

    def test_know_a_file_that_began_later_and_ended_before(self, me: InsuredPerson, mine: Client) -> None:
        slow, quick = batch(minutes_ago=100), batch(minutes_ago=300)
        assert slow.pk < quick.pk
        pay_in(slow, me)
        pay_in(quick, me)
        came_before(me, minutes_ago=200)
        assert "Un nouveau paiement depuis" in text_of(mine, HOME)


class TestLastMessage:
    def test_is_the_digest_and_no_code(self, me: InsuredPerson, mine: Client) -> None:
        assert "Nous ne vous avons encore rien envoyé." in text_of(mine, HOME)
        make_digest(me, channel=Channel.SMS, first_tried_at=timezone.now())
        message = mine.get(HOME).context["home"].message
        assert (message.kind, message.channel, message.address) == (
            "Information de paiement", "SMS", "** ** ** 23 45".replace(" ", NBSP),
        )  # fmt: skip


def test_a_stranger_to_the_house_is_sent_to_sign_in() -> None:
    assert Client().get(HOME).headers["Location"].startswith("/connexion/")


def test_every_noteworthy_event_is_told(me: InsuredPerson, mine: Client) -> None:
    verified(me)
    for kind in NOTEWORTHY:
        AccountEvent.objects.create(insured=me, kind=kind)
    assert len(alerts_of(mine)) == len(NOTEWORTHY)

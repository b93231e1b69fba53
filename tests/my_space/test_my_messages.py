"""« Mes messages »: what was sent to me, what became of it, and nobody else's."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.identity.enums import SecurityMessageKind
from accounts.identity.messages import SecurityMessage
from accounts.identity.outbox import post_notice
from accounts.people.contacts import change_contact
from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel, InsuredPerson
from ameli_notify.core.walls import as_insured
from outreach.my_messages import reading
from outreach.my_messages.reading import all_messages, last_message, message_page
from outreach.notifications.enums import Channel
from outreach.notifications.wording import DIGEST_WORDING
from tests.accounts.insured import make_account, make_nir, make_person, signed_in
from tests.core.test_roles import run
from tests.guards.personal_data import CANARY_EMAIL, CANARY_PHONE
from tests.my_space.messages import MESSAGES, make_digest, make_single, text_of

TODAY = timezone.localdate


def rows_of(client: Client, address: str = MESSAGES) -> list[str]:
    """The text of each row of the table, without its code."""
    found = re.search(r"<tbody>(.*?)</tbody>", text_of(client, address))
    rows = found[1].split("</tr>")[:-1] if found else []
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


class TestPage:
    def test_says_what_was_sent_when_where_and_what_became_of_it(self, me: InsuredPerson, mine: Client) -> None:
        day = TODAY() - dt.timedelta(days=2)
        make_digest(me, on=day, status="delivered", first_tried_at=timezone.now(), settled_at=timezone.now())
        (row,) = [row for row in rows_of(mine) if "Information de paiement" in row]
        assert "E-mail c***@example.org" in row
        assert "Distribué" in row
        assert "au moins un paiement qui vous concerne" in row, "its text"
        page = text_of(mine, MESSAGES)
        assert CANARY_EMAIL not in page
        assert CANARY_PHONE not in page
        assert "Objet : Information de paiement" in page
        assert "ne contient aucun lien" in page, "how to recognise a true message"

    def test_shows_the_codes_that_were_sent_without_the_codes(self, me: InsuredPerson, mine: Client) -> None:
        (row,) = rows_of(mine)
        assert "Code de connexion" in row
        assert "SMS ** ** ** 23 45" in row
        assert "[code masqué]" in row
        assert "Remis à l’opérateur téléphonique" in row
        assert re.search(r"\d{6}", row) is None

    @pytest.mark.parametrize(
        ("channel", "values", "words"),
        [
            ("email", {"status": "created"}, "En préparation"),
            ("email", {"status": "sending"}, "Remis au serveur de messagerie"),
            ("sms", {"status": "sending"}, "Remis à l’opérateur téléphonique"),
            ("post", {"status": "sending"}, "Votre adresse postale Confié au service du courrier"),
            ("email", {"status": "permanent-failure"}, "Non remis : cette adresse n’existe plus"),
            ("sms", {"status": "permanent-failure"}, "Non remis : ce numéro n’est plus attribué"),
            ("sms", {"status": "temporary-failure"}, "le téléphone est resté injoignable"),
            ("email", {"status": "technical-failure"}, "incident technique de notre côté"),
            ("email", {"status": "unknown"}, "Peut-être remis"),
            (
                "none",
                {"status": "cancelled", "status_reason": "opted-out", "template_id": None},
                "Aucun envoi Non envoyé : vous avez choisi",
            ),
            ("none", {"status": "cancelled", "status_reason": "no-contact", "template_id": None}, "aucune adresse"),
        ],
    )
    def test_tells_each_state_in_plain_words(
        self, me: InsuredPerson, mine: Client, channel: str, values: dict[str, Any], words: str
    ) -> None:
        make_digest(me, channel=Channel(channel), **values)
        (row,) = [row for row in rows_of(mine) if row.find("Information de paiement") > 0]
        assert words in row

    def test_names_the_address_of_that_time(self, me: InsuredPerson, mine: Client) -> None:
        before = timezone.now()
        make_digest(me, first_tried_at=before)
        change_contact(me.pk, kind=ContactKind.EMAIL, address="neuve@example.net", at=before + dt.timedelta(seconds=1))
        make_digest(me, on=TODAY() - dt.timedelta(days=10), first_tried_at=before + dt.timedelta(seconds=2))
        rows = [row for row in rows_of(mine) if "Information de paiement" in row]
        assert "c***@example.org" in rows[0]
        assert "n***@example.net" in rows[1]

    def test_shows_a_message_outside_of_any_wave(self, me: InsuredPerson, mine: Client) -> None:
        make_single(me)
        assert any("Information de paiement" in row for row in rows_of(mine))

    def test_says_so_when_the_detail_is_no_longer_kept(self, me: InsuredPerson, mine: Client) -> None:
        day = TODAY() - dt.timedelta(days=100)
        made = make_digest(me, on=day)
        type(made).objects.filter(created_on=day).delete()
        (row,) = [row for row in rows_of(mine) if "Information de paiement" in row]
        assert "Le détail de cet envoi n’est plus conservé." in row

    def test_is_kind_when_there_is_nothing(self, me: InsuredPerson, mine: Client) -> None:
        SecurityMessage.objects.all().delete()
        assert rows_of(mine) == []
        assert "Nous ne vous avons encore rien envoyé." in text_of(mine, MESSAGES)

    def test_shows_no_address_of_a_protected_person(self, me: InsuredPerson, mine: Client) -> None:
        make_digest(me, first_tried_at=timezone.now())
        InsuredPerson.objects.update(is_contact_protected=True)
        page = text_of(mine, MESSAGES)
        assert "***@" not in page
        assert "** ** **" not in page
        assert "Vos coordonnées sont protégées" in page


class TestPages:
    def test_lead_through_everything_once(
        self, me: InsuredPerson, mine: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading.message_page, "__kwdefaults__", {"cursor": "", "size": 4})
        days = [TODAY() - dt.timedelta(days=10 * number) for number in range(6)]
        for day in days:
            make_digest(me, on=day)
        make_single(me, on=days[0])
        make_single(me, on=days[0])
        post_notice(SecurityMessageKind.CONTACT_CHANGED, contacts=list(ContactChannel.objects.all()))
        seen: list[tuple[object, ...]] = []
        address, pages = MESSAGES, 0
        while address:
            page = mine.get(address).context["page"]
            seen += [one.place for one in page.messages]
            pages += 1
            address = f"{MESSAGES}?page={page.older}" if page.older else ""
        assert pages == 3
        assert len(seen) == 6 + 2 + 2 + 1
        assert seen == sorted(set(seen), reverse=True)

    def test_of_somebody_else_or_none_are_not_found(self, me: InsuredPerson, mine: Client) -> None:
        other = make_person(make_nir(7))
        for number in range(25):
            make_single(other, on=TODAY() - dt.timedelta(days=number % 3))
        with as_insured(other.pk):
            token = message_page(other).older
        assert token
        for cursor in (token, "x", token[:-2]):
            assert mine.get(f"{MESSAGES}?page={cursor}").status_code == 404

    def test_cost_the_same_number_of_queries_whatever_they_hold(self, me: InsuredPerson, mine: Client) -> None:
        counts = []
        for number in range(2):
            for back in range(1 + 8 * number):
                make_digest(me, on=TODAY() - dt.timedelta(days=1 + 20 * number + back))
            with CaptureQueriesContext(connection) as queries:
                mine.get(MESSAGES)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestOthers:
    def test_messages_of_somebody_else_are_nowhere(self, me: InsuredPerson, mine: Client) -> None:
        stranger = make_account(make_nir(8), email="autre@example.net", mobile="+33600000088").insured
        child = make_person(make_nir(9), email="enfant@example.net", mobile="")
        InsuredPerson.objects.filter(pk=child.pk).update(policyholder=me)
        for person in (stranger, child):
            make_digest(person, first_tried_at=timezone.now())
            make_single(person)
            post_notice(
                SecurityMessageKind.PASSWORD_CHANGED, contacts=list(ContactChannel.objects.filter(insured=person))
            )
        assert len(rows_of(mine)) == 1, "my own code"
        assert "example.net" not in text_of(mine, MESSAGES)
        assert len(rows_of(signed_in(make_nir(8)))) == 2 + 2 + 1

    def test_a_page_that_forgets_its_filter_shows_mine_only(self, me: InsuredPerson, mine: Client) -> None:
        stranger = make_person(make_nir(8))
        make_digest(stranger)
        make_digest(me)
        with as_insured(me.pk):
            assert run("SELECT DISTINCT insured_id FROM outreach_notification") == [(me.pk,)]
            assert message_page(stranger).messages == ()
            assert last_message(stranger) is None


class TestCost:
    def test_every_look_up_goes_by_an_index(self, me: InsuredPerson, mine: Client) -> None:
        make_digest(me)
        make_single(me)
        with as_insured(me.pk), CaptureQueriesContext(connection) as queries:
            message_page(me)
        run("SET LOCAL enable_seqscan = off")
        tables = ("outreach_notification", "outreach_digestrunrecipient", "accounts_securitymessage")
        asked = [query["sql"] for query in queries if any(f'FROM "{name}"' in query["sql"] for name in tables)]
        assert len(asked) == 4
        with as_insured(me.pk):
            plans = ["\n".join(str(line) for (line,) in run(f"EXPLAIN {sql}")) for sql in asked]
        assert not [plan for plan in plans if "Seq Scan" in plan]
        assert any("notification" in plan and "insured_id" in plan for plan in plans)

    def test_all_messages_are_read_in_pieces(
        self, me: InsuredPerson, mine: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "PIECE", 2)
        for number in range(5):
            make_digest(me, on=TODAY() - dt.timedelta(days=number))
        with as_insured(me.pk):
            assert len(list(all_messages(me))) == 5 + 1


def test_the_text_of_the_digest_is_the_one_that_was_sent(me: InsuredPerson, mine: Client) -> None:
    make_digest(me, channel=Channel.SMS)
    assert DIGEST_WORDING.sms_text in text_of(mine, MESSAGES).replace("&#x27;", "'")


def test_every_message_about_the_account_has_its_words(me: InsuredPerson, mine: Client) -> None:
    SecurityMessage.objects.all().delete()
    for kind in SecurityMessageKind:
        post_notice(kind, contacts=list(ContactChannel.objects.all()))
    SecurityMessage.objects.update(state="waiting")
    rows = rows_of(mine)
    assert len(rows) == 2 * len(SecurityMessageKind)
    assert {row for row in rows if "En préparation" not in row} == set()

"""What people changed and verified online comes before what a file of their fund says, through the command."""

from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.people.contacts import change_contact, contact_lookup
from accounts.people.enums import ContactKind, PreferredChannel
from accounts.people.models import ContactChannel, PreferenceChange
from accounts.people.preferences import Preferences, change_preferences
from tests.accounts.factories import make_nir
from tests.accounts.test_import_persons import current, holder, load, person

pytestmark = pytest.mark.django_db

MINE = "mine@example.net"


def change_email(address: str = MINE) -> None:
    change_contact(holder().pk, kind=ContactKind.EMAIL, address=address)


def emails() -> list[tuple[str, str]]:
    """Reason of the end and origin, in order of arrival."""
    return list(ContactChannel.objects.filter(kind="email").order_by("pk").values_list("end_reason", "source"))


class TestAddress:
    def test_of_the_person_outlives_the_file_that_they_changed_it_from(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        change_email()
        result = load(tmp_path, person())
        assert (result["rows_changed"], result["rows_unchanged"]) == (0, 1)
        assert current("email").address_lookup == contact_lookup("email", MINE)
        assert emails() == [("replaced", "feed"), ("", "person")], "the file's own is in the history already"

    def test_another_delivered_later_is_kept_in_the_history_and_not_used(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        change_email()
        for _ in range(2):
            result = load(tmp_path, person(email="later@example.org"))
            assert (result["rows_changed"], result["lines_good"], result["warnings"]) == (0, 1, {})
        assert current("email").address_lookup == contact_lookup("email", MINE)
        assert emails() == [("replaced", "feed"), ("", "person"), ("not-used", "feed")]
        unused = ContactChannel.objects.get(end_reason="not-used")
        assert unused.address_lookup == contact_lookup("email", "later@example.org")
        assert unused.ended_at == unused.started_at

    def test_is_not_withdrawn_by_a_file_without_one(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        change_email()
        assert load(tmp_path, person(email=""))["rows_changed"] == 0
        assert current("email").address_lookup == contact_lookup("email", MINE)
        assert holder().has_email is True

    def test_other_kinds_still_follow_the_file(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        change_email()
        assert load(tmp_path, person(mobile="+33600000099", postcode="69001"))["rows_changed"] == 1
        assert current("mobile").address_lookup == contact_lookup("mobile", "+33600000099")
        assert holder().postcode == "69001"

    def test_that_no_longer_exists_makes_room_for_the_delivered_one(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        change_email()
        load(tmp_path, person(email="later@example.org"))
        ContactChannel.objects.filter(source="person").update(ended_at=timezone.now(), end_reason="bounced")
        assert load(tmp_path, person(email="later@example.org"))["rows_changed"] == 1
        assert current("email").address_lookup == contact_lookup("email", "later@example.org")

    def test_delivered_then_confirmed_by_the_person_is_theirs(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        change_email("holder@example.org")
        assert ContactChannel.objects.filter(kind="email").count() == 1
        load(tmp_path, person(email="later@example.org"))
        assert current("email").address_lookup == contact_lookup("email", "holder@example.org")

    def test_of_somebody_else_is_not_kept_by_it(self, tmp_path: Path) -> None:
        """The rule looks at the person's own addresses only."""
        neighbour = make_nir(40)
        load(tmp_path, person(), person(neighbour, email="other@example.org"))
        change_email()
        result = load(tmp_path, person(), person(neighbour, email="fresh@example.org"))
        assert result["rows_changed"] == 1
        assert ContactChannel.objects.filter(
            address_lookup=contact_lookup("email", "fresh@example.org"), ended_at=None
        ).exists()

    def test_from_the_person_is_always_verified(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        with pytest.raises(IntegrityError, match="contact_from_person_verified"), transaction.atomic():
            ContactChannel.objects.filter(kind="email").update(source="person")


class TestPreference:
    def choose(self, digest: PreferredChannel) -> None:
        wanted = Preferences(digest=digest, accepts_calls=True, accepts_information=True)
        change_preferences(holder().pk, wanted, by="account")

    def test_of_the_person_outlives_the_file(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        self.choose(PreferredChannel.NONE)
        assert load(tmp_path, person(preferred_channel="sms"))["rows_changed"] == 0
        assert holder().preferred_channel == "none"
        assert PreferenceChange.objects.count() == 1

    def test_about_something_else_does_not(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        wanted = Preferences(digest=PreferredChannel.EMAIL, accepts_calls=False, accepts_information=True)
        change_preferences(holder().pk, wanted, by="account")
        assert load(tmp_path, person(preferred_channel="sms"))["rows_changed"] == 1
        assert holder().preferred_channel == "sms"
        assert holder().accepts_calls is False, "no file speaks of calls"

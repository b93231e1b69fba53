"""Notifications in the console: found by exact term only, and every look is logged."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access.models import AccessLog
from outreach.notifications.lookup import by_id, by_person, day_of
from outreach.notifications.models import Notification
from tests.console_rows import RUN_DAY, make_post_entry, make_wave
from tests.core.test_roles import analyze
from tests.staff import staff_client

LIST = "admin:outreach_notification_changelist"
PAGE = "admin:outreach_notification_change"


@pytest.mark.django_db
def test_nothing_is_listed_without_a_search() -> None:
    make_wave()
    client = staff_client()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(reverse(LIST)).content.decode()
    assert "Rien n’est affiché sans recherche" in page
    assert not [query for query in queries.captured_queries if "outreach_notification" in query["sql"]]
    assert not AccessLog.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("term", ["id", "person uuid", "person number"])
def test_it_is_found_by_each_exact_term_and_logged(term: str) -> None:
    wave = make_wave()
    make_wave(RUN_DAY - dt.timedelta(days=1), first_person=50)
    person, notification = wave.people[1], wave.notifications[1]
    typed = {"id": str(notification.pk), "person uuid": str(person.public_id), "person number": f"p{person.pk}"}[term]
    answer = staff_client().get(reverse(LIST), {"q": f" {typed} "})
    assert [row.pk for row in answer.context["cl"].result_list] == [notification.pk]
    log = AccessLog.objects.get()
    assert (log.action, log.object_kind, log.object_id) == ("search", "outreach.notification", typed)
    assert log.insured_id == (None if term == "id" else person.pk)
    assert log.actor_role == "investigator"


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["185070099912345x", "ZZCANARI", "canari@example.org", "' OR 1=1 --"])
def test_a_term_of_no_known_shape_finds_nothing_and_is_kept_nowhere(typed: str) -> None:
    make_wave()
    client = staff_client()
    answer = client.get(reverse(LIST), {"q": typed})
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse(LIST))
    page = client.get(reverse(LIST)).content.decode()
    assert "n’a pas une forme connue" in page
    assert typed not in page
    assert not AccessLog.objects.exists()


@pytest.mark.django_db
def test_each_view_is_logged_with_its_person() -> None:
    wave = make_wave()
    page = staff_client().get(reverse(PAGE, args=[wave.notifications[0].pk]))
    assert page.status_code == 200
    assert "remis au prestataire" in page.content.decode()
    log = AccessLog.objects.get()
    assert (log.action, log.object_id) == ("view", str(wave.notifications[0].pk))
    assert log.insured_id == wave.people[0].pk


@pytest.mark.django_db
def test_what_does_not_exist_is_not_logged_as_seen() -> None:
    client = staff_client()
    for unknown in ("999999", "abc", "9" * 30):
        assert client.get(reverse(PAGE, args=[unknown]), follow=True).status_code == 200
    assert not AccessLog.objects.exists()


@pytest.mark.django_db
def test_nothing_can_be_changed() -> None:
    notification = make_wave().notifications[0]
    client = staff_client()
    assert client.post(reverse(PAGE, args=[notification.pk]), {"status": "delivered"}).status_code == 403
    assert client.post(reverse("admin:outreach_notification_delete", args=[notification.pk])).status_code == 403
    assert client.get(reverse("admin:outreach_notification_add")).status_code == 403


@pytest.mark.django_db
def test_a_search_reads_by_the_key_of_each_day() -> None:
    wave = make_wave(people=200)
    make_wave(RUN_DAY - dt.timedelta(days=1), people=200, first_person=1000)
    wanted = wave.notifications[7]
    assert day_of(wanted.pk) == RUN_DAY
    assert day_of(wanted.pk + 10_000) is None
    analyze("outreach_notification")
    for condition in (by_id(wanted.pk), by_person(wanted.insured_id)):
        assert condition is not None
        plan = Notification.objects.filter(condition).explain()
        assert "Seq Scan" not in plan
        assert [row.pk for row in Notification.objects.filter(condition)] == [wanted.pk]


@pytest.mark.django_db
def test_the_post_list_logs_whom_it_shows() -> None:
    entry = make_post_entry(insured_id=77)
    client = staff_client()
    assert client.get(reverse("admin:outreach_postlistentry_changelist")).status_code == 200
    client.get(reverse("admin:outreach_postlistentry_change", args=[entry.pk]))
    assert AccessLog.objects.get().insured_id == 77

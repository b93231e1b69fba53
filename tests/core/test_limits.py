"""The limit on tries is exact, also when everybody tries at once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from ameli_notify.core.client_address import UNKNOWN, client_address
from ameli_notify.core.limits import Allowed, RetryAfter, bucket_id, forget, hit, purge_ended
from ameli_notify.core.models import RateLimitCounter


@pytest.mark.django_db(transaction=True)
def test_forty_threads_at_once_pass_exactly_ten() -> None:
    barrier = Barrier(40)

    def attempt(_: int) -> bool:
        try:
            barrier.wait(timeout=30)
            return isinstance(hit("parallel", limit=10, window_seconds=60), Allowed)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=40) as pool:
        outcomes = list(pool.map(attempt, range(40)))
    assert outcomes.count(True) == 10


@pytest.mark.django_db
def test_counts_down_then_says_how_long_to_wait() -> None:
    assert [hit("door", limit=2, window_seconds=60) for _ in range(2)] == [Allowed(left=1), Allowed(left=0)]
    refused = hit("door", limit=2, window_seconds=60)
    assert isinstance(refused, RetryAfter)
    assert 1 <= refused.seconds <= 60
    assert hit("another door", limit=2, window_seconds=60) == Allowed(left=1)


@pytest.mark.django_db
def test_a_refused_try_does_not_lengthen_the_window_nor_overflow_the_counter() -> None:
    hit("door", limit=1, window_seconds=60)
    ends_at = RateLimitCounter.objects.get().ends_at
    for _ in range(5):
        hit("door", limit=1, window_seconds=60)
    counter = RateLimitCounter.objects.get()
    assert (counter.ends_at, counter.tries) == (ends_at, 2)


@pytest.mark.django_db
def test_a_new_window_begins_after_the_old_one() -> None:
    hit("door", limit=1, window_seconds=60)
    assert isinstance(hit("door", limit=1, window_seconds=60), RetryAfter)
    _end_windows()
    assert hit("door", limit=1, window_seconds=60) == Allowed(left=0)
    assert isinstance(hit("door", limit=1, window_seconds=60), RetryAfter)


@pytest.mark.django_db
def test_success_starts_again_from_zero() -> None:
    hit("door", limit=1, window_seconds=60)
    forget("door")
    assert hit("door", limit=1, window_seconds=60) == Allowed(left=0)


@pytest.mark.django_db
def test_buckets_are_stored_as_keyed_hashes() -> None:
    hit("staff-password|agent-essai", limit=1, window_seconds=60)
    assert RateLimitCounter.objects.get().bucket == bucket_id("staff-password|agent-essai")
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_ratelimitcounter::text FROM core_ratelimitcounter")
        assert "agent" not in cursor.fetchone()[0]


@pytest.mark.django_db
def test_ended_counters_are_purged_and_running_ones_kept() -> None:
    hit("old", limit=1, window_seconds=60)
    _end_windows()
    hit("new", limit=1, window_seconds=60)
    assert purge_ended() == 1
    assert RateLimitCounter.objects.get().bucket == bucket_id("new")


@pytest.mark.parametrize(("limit", "window"), [(0, 60), (1, 0)])
def test_a_limit_that_allows_nothing_is_refused(limit: int, window: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        hit("door", limit=limit, window_seconds=window)


@pytest.mark.parametrize(
    ("hops", "remote", "forwarded", "expected"),
    [
        (0, "192.0.2.7", "198.51.100.9", "192.0.2.7"),
        (1, "10.0.0.1", "203.0.113.5, 198.51.100.9", "198.51.100.9"),
        (2, "10.0.0.1", "203.0.113.5, 198.51.100.9", "203.0.113.5"),
        (2, "10.0.0.1", "198.51.100.9", UNKNOWN),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (0, "::ffff:192.0.2.7", "", "192.0.2.7"),
        (0, "", "", UNKNOWN),
        (1, "10.0.0.1", "not an address", UNKNOWN),
    ],
)
def test_the_address_is_believed_as_far_as_our_proxies_go(
    settings: Settings, hops: int, remote: str, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXY_HOPS = hops
    request: HttpRequest = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == expected


def _end_windows() -> None:
    """As if time had passed: the window's clock is the database's."""
    for counter in RateLimitCounter.objects.all():
        counter.ends_at -= dt.timedelta(days=1)
        counter.save()

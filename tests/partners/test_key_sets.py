"""Keys that a partner publishes itself: fetched, followed, kept when the address is down, and never private."""

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey
from pytest_django import Settings

from accounts.partners import key_sets, tasks
from accounts.partners.client_models import PartnerClient, PartnerKey, PartnerToken
from accounts.partners.enums import KeySetError
from accounts.partners.key_sets import UnfitKeySetError, forget_fetched, read_key_set, refresh
from accounts.partners.models import PartnerInsurer
from ameli_notify.core.outgoing.errors import OutgoingError, OutgoingReason
from ameli_notify.core.outgoing.requests import Answer
from tests.partners.machine import EC, RSA, add_key, ask, claims_of, make_client, sign
from tests.partners.rows import make_partner

URL: Final = "https://keys.example.org/jwks.json"
SHARED: Final = OctKey.generate_key(256)
NEW: Final = ECKey.generate_key("P-384")


def key_set(*keys: ECKey | RSAKey, **more: Any) -> bytes:
    return json.dumps(
        {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), **more} for key in keys]}
    ).encode()


@dataclass
class Address:
    """What the client's address answers."""

    body: bytes = key_set(EC)
    status: int = 200
    error: OutgoingReason | None = None
    asked: list[str] = field(default_factory=list)

    def send(self, method: str, url: str, **more: Any) -> Answer:
        assert method == "GET"
        self.asked.append(url)
        if self.error is not None:
            raise OutgoingError(self.error)
        return Answer(self.status, {}, self.body)


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Address:
    found = Address()
    monkeypatch.setattr(key_sets, "send", found.send)
    return found


@pytest.fixture
def client(partner: PartnerInsurer) -> PartnerClient:
    made = make_client(partner)
    made.jwks_url = URL
    made.save()
    return made


def in_use(client: PartnerClient) -> set[str]:
    return set(PartnerKey.objects.filter(client=client, withdrawn_at=None).values_list("kid", flat=True))


def status_of(client: PartnerClient, key: ECKey | RSAKey = EC, alg: str = "ES384") -> int:
    return int(ask(sign(claims_of(client), key=key, alg=alg)).status_code)


class TestFetching:
    def test_a_client_signs_with_a_key_that_nobody_registered(self, client: PartnerClient, address: Address) -> None:
        assert status_of(client) == 200
        assert status_of(client) == 200
        assert address.asked == [URL], "the copy is used"
        client.refresh_from_db()
        assert client.jwks_fetched_at is not None
        key = PartnerKey.objects.get()
        assert (key.is_from_url, key.added_by) == (True, key_sets.BY_URL)

    def test_a_new_key_is_found_when_it_is_first_used_and_the_old_one_dies(
        self, client: PartnerClient, address: Address, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert status_of(client) == 200
        address.body = key_set(NEW)
        monkeypatch.setattr(key_sets, "hit", lambda *args, **kwargs: None)
        assert status_of(client, NEW) == 200
        assert in_use(client) == {NEW.thumbprint()}
        address.body = key_set(EC, NEW)
        assert status_of(client) == 200, "what is shown again is good again"

    def test_unknown_keys_make_us_ask_once_a_minute(self, client: PartnerClient, address: Address) -> None:
        for _ in range(4):
            assert status_of(client, NEW) == 401
        assert len(address.asked) == 1

    def test_nobody_makes_us_ask_for_another_client(self, client: PartnerClient, address: Address) -> None:
        other = make_client(make_partner("99000002"))
        assert status_of(other) == 401
        PartnerClient.objects.filter(pk=client.pk).update(withdrawn_by="x", withdrawn_at=dt.datetime.now(dt.UTC))
        assert status_of(client) == 401
        assert address.asked == []

    def test_the_job_refreshes_old_copies(self, client: PartnerClient, address: Address) -> None:
        assert tasks.refresh_keys() == 1
        assert tasks.refresh_keys() == 0
        PartnerClient.objects.update(jwks_tried_at=dt.datetime.now(dt.UTC) - key_sets.LIFE)
        address.body = key_set(EC, RSA)
        assert tasks.refresh_keys() == 1
        assert status_of(client, RSA, "PS384") == 200

    def test_the_request_goes_through_the_guard(self, client: PartnerClient, settings: Settings) -> None:
        PartnerClient.objects.update(jwks_url="http://127.0.0.1:9/")
        client.refresh_from_db()
        assert refresh(client) is False
        client.refresh_from_db()
        assert client.jwks_error == KeySetError.UNFIT_URL


class TestTrouble:
    @pytest.mark.parametrize("reason", list(OutgoingReason))
    def test_the_last_good_copy_goes_on(self, client: PartnerClient, address: Address, reason: OutgoingReason) -> None:
        refresh(client)
        address.error = reason
        assert refresh(client) is False
        client.refresh_from_db()
        assert client.jwks_error == reason.value
        assert status_of(client) == 200
        address.error = None
        assert refresh(client) is True
        client.refresh_from_db()
        assert client.jwks_error == ""

    @pytest.mark.parametrize(
        ("status", "body", "reason"),
        [
            (404, b"", KeySetError.STATUS),
            (302, b"", KeySetError.STATUS),
            (200, b"", KeySetError.NO_KEY_SET),
            (200, b"[" * 10_000, KeySetError.NO_KEY_SET),
            (200, b"[]", KeySetError.NO_KEY_SET),
            (200, b'{"keys": {}}', KeySetError.NO_KEY_SET),
            (200, b'{"keys": ["x"]}', KeySetError.NO_KEY_SET),
            (200, key_set(*[EC] * 21), KeySetError.NO_KEY_SET),
            (200, key_set(EC, EC), KeySetError.NO_KEY_SET),
            (200, key_set(EC, use="enc"), KeySetError.NO_FIT_KEY),
            (200, key_set(ECKey.generate_key("P-256")), KeySetError.NO_FIT_KEY),
            (200, json.dumps({"keys": [EC.as_dict(private=True)]}).encode(), KeySetError.PRIVATE_KEY),
            (200, json.dumps({"keys": [RSA.as_dict(private=True)]}).encode(), KeySetError.PRIVATE_KEY),
            (200, json.dumps({"keys": [SHARED.as_dict(private=True)]}).encode(), KeySetError.PRIVATE_KEY),
        ],
        ids=[
            "not found", "moved", "nothing", "deep", "a list", "no list", "no keys", "too many", "one name twice",
            "for encryption", "another curve", "private EC", "private RSA", "symmetric",
        ],
    )  # fmt: skip
    def test_what_is_unfit_is_not_taken(
        self, client: PartnerClient, address: Address, status: int, body: bytes, reason: KeySetError
    ) -> None:
        refresh(client)
        address.status, address.body = status, body
        assert refresh(client) is False
        client.refresh_from_db()
        assert client.jwks_error == reason
        assert in_use(client) == {EC.thumbprint()}

    def test_a_private_key_spoils_the_whole_set_and_is_kept_nowhere(self) -> None:
        spoilt = json.dumps({"keys": [NEW.as_dict(private=False), EC.as_dict(private=True)]}).encode()
        with pytest.raises(UnfitKeySetError) as error:
            read_key_set(spoilt)
        assert error.value.reason is KeySetError.PRIVATE_KEY

    def test_unfit_keys_beside_fit_ones_are_left_aside(self, client: PartnerClient, address: Address) -> None:
        address.body = key_set(EC, ECKey.generate_key("P-521"))
        assert refresh(client) is True
        assert in_use(client) == {EC.thumbprint()}

    def test_an_empty_set_withdraws_everything(self, client: PartnerClient, address: Address) -> None:
        assert status_of(client) == 200
        address.body = b'{"keys": []}'
        assert refresh(client) is True
        assert in_use(client) == set()


class TestOtherKeys:
    def test_a_registered_key_is_never_touched(self, client: PartnerClient, address: Address) -> None:
        registered = add_key(client, RSA)
        address.body = key_set(EC, RSA)
        refresh(client)
        address.body = b'{"keys": []}'
        refresh(client)
        registered.refresh_from_db()
        assert (registered.withdrawn_at, registered.is_from_url) == (None, False)

    def test_what_somebody_withdrew_stays_withdrawn(self, client: PartnerClient, address: Address) -> None:
        refresh(client)
        PartnerKey.objects.update(withdrawn_at=dt.datetime.now(dt.UTC), withdrawn_by="agent")
        refresh(client)
        assert in_use(client) == set()

    def test_another_key_under_the_same_name_ends_the_tokens_of_the_first(
        self, client: PartnerClient, address: Address
    ) -> None:
        address.body = key_set(EC, kid="now")
        refresh(client)
        assert ask(sign(claims_of(client), kid="now")).status_code == 200
        address.body = key_set(NEW, kid="now")
        refresh(client)
        assert not PartnerToken.objects.exists()
        assert ask(sign(claims_of(client), kid="now")).status_code == 401
        assert ask(sign(claims_of(client), key=NEW, kid="now")).status_code == 200

    def test_an_address_that_is_taken_away_takes_its_keys_along(self, client: PartnerClient, address: Address) -> None:
        add_key(client, RSA)
        refresh(client)
        assert forget_fetched(client) == 1
        assert in_use(client) == {RSA.thumbprint()}
        PartnerClient.objects.update(jwks_url="")
        assert refresh(client) is False, "changed in between"

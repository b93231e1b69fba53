"""Signing in with FranceConnect+ over HTTP, between a live server and a real OpenID provider."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.contrib.sessions.models import Session
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.identity.franceconnect import transport, views
from accounts.identity.franceconnect.devices import FranceConnectDevice
from accounts.identity.models import InsuredAccount, OpenSession
from reimbursements.reference.services import load_reference_data
from tests.accounts.franceconnect import (
    CALLBACK,
    CLIENT_ID,
    CLIENT_SECRET,
    KEYS,
    LEAVING,
    LINK,
    SIGN_OUT,
    SIGNED_OUT,
    SUBJECT,
    UNLINK,
    OpenidProvider,
    Page,
    Visitor,
    confirm,
    link,
    openid_provider,
    query,
    sign_in_with_password,
    start,
    with_query,
)
from tests.accounts.insured import HOME, SECURITY, SIGN_IN, deliver, make_account, make_nir, stored_sessions

pytestmark = pytest.mark.django_db(transaction=True)

LINKED = "Votre compte est lié à FranceConnect+ depuis le"


@pytest.fixture(scope="module")
def provider(live_server: LiveServer) -> Iterator[OpenidProvider]:
    with openid_provider(live_server.url) as found:
        yield found


@pytest.fixture(autouse=True)
def franceconnect(provider: OpenidProvider, settings: Settings, space: None) -> None:
    """FranceConnect is on, and its person is the one whom the insurer knows."""
    provider.change(
        acr="eidas2", sub=SUBJECT, birthdate="1985-07-31", gender="male", encrypted=False, alg="ES256", rotate=False
    )
    settings.FRANCECONNECT_URL = provider.issuer
    settings.FRANCECONNECT_CLIENT_ID = CLIENT_ID
    settings.FRANCECONNECT_CLIENT_SECRET = CLIENT_SECRET
    load_reference_data()


@pytest.fixture
def account(transactional_db: None) -> InsuredAccount:
    return make_account()


@pytest.fixture
def visitor(live_server: LiveServer) -> Visitor:
    return Visitor(live_server.url)


@pytest.fixture
def linked(account: InsuredAccount, visitor: Visitor) -> InsuredAccount:
    """An account linked to the provider's person, whose browser is signed out."""
    sign_in_with_password(visitor)
    assert LINKED in link(visitor).text
    OpenSession.objects.all().delete()
    Session.objects.all().delete()
    visitor.jar.clear()
    deliver()
    return account


def sign_in(visitor: Visitor) -> Page:
    return visitor.identify(start(visitor))


def assert_stopped(page: Page, heading: str, *, status: int) -> None:
    assert (page.status, page.heading) == (status, heading), page.text
    assert not query(page.url), "nothing of the answer stays in the address"
    assert not OpenSession.objects.exists()


class TestLinkedOnce:
    def test_then_it_signs_in_and_out(self, account: InsuredAccount, visitor: Visitor) -> None:
        sign_in_with_password(visitor)
        before = visitor.session_key()
        page = link(visitor)
        assert page.path == SECURITY
        assert LINKED in page.text
        assert visitor.session_key() != before
        assert {message.channel for message in deliver()} == {"sms", "email"}, "the owner is told"
        linked_to = FranceConnectDevice.objects.get()
        assert linked_to.user_id == account.user_id

        out = visitor.follow(visitor.post(SIGN_OUT))
        assert out.path == LEAVING
        assert not OpenSession.objects.exists()
        gone = leave(visitor, out)
        assert gone.path == SIGN_IN
        assert "Votre session FranceConnect+ est fermée aussi." in gone.text

        anonymous = start(visitor)
        key = visitor.session_key()
        home = visitor.identify(anonymous)
        assert (home.status, home.path) == (200, HOME)
        assert visitor.session_key() != key
        assert visitor.get(SECURITY).status == 200
        opened = OpenSession.objects.get()
        assert opened.account == account
        linked_to.refresh_from_db()
        assert linked_to.last_used_at is not None
        assert SUBJECT not in stored_sessions()
        assert "eyJ" not in stored_sessions(), "a token in clear"

    def test_changes_still_ask_for_a_fresh_code(self, linked: InsuredAccount, visitor: Visitor) -> None:
        sign_in(visitor)
        page = visitor.follow(visitor.post(UNLINK))
        assert page.heading == "Confirmez que c’est bien vous"
        assert FranceConnectDevice.objects.exists()

    def test_linking_asks_for_a_fresh_code(self, account: InsuredAccount, visitor: Visitor) -> None:
        sign_in_with_password(visitor)
        visitor.get(SECURITY)
        assert visitor.follow(visitor.post(LINK)).heading == "Confirmez que c’est bien vous"

    @pytest.mark.parametrize("other", [{"birthdate": "1985-07-30"}, {"gender": "female"}, {"birthdate": ""}])
    def test_not_to_somebody_else(
        self, account: InsuredAccount, visitor: Visitor, provider: OpenidProvider, other: dict[str, str]
    ) -> None:
        provider.change(**other)
        sign_in_with_password(visitor)
        page = link(visitor)
        assert (page.status, page.heading) == (403, "Cette identité n’est pas celle de votre compte")
        assert not FranceConnectDevice.objects.exists()

    def test_to_one_account_only(self, linked: InsuredAccount, visitor: Visitor) -> None:
        make_account(make_nir(124), email="autre@example.org", mobile="+33600012346")
        sign_in_with_password(visitor, make_nir(124))
        page = link(visitor)
        assert (page.status, page.heading) == (409, "Cette identité est déjà liée à un autre compte")
        assert FranceConnectDevice.objects.get().user_id == linked.user_id

    def test_in_the_session_that_asked_only(self, account: InsuredAccount, visitor: Visitor) -> None:
        sign_in_with_password(visitor)
        confirm(visitor)
        back = visitor.identify(visitor.post(LINK), until=CALLBACK)
        OpenSession.objects.all().delete()  # closed from another device meanwhile
        assert_stopped(
            visitor.follow(visitor.get(back.location)), "Cette identification n’est plus valable", status=400
        )
        assert not FranceConnectDevice.objects.exists()

    def test_and_unlinked_again(self, linked: InsuredAccount, visitor: Visitor) -> None:
        sign_in_with_password(visitor)
        confirm(visitor)
        page = visitor.follow(visitor.post(UNLINK))
        assert "Votre compte n’est plus lié à FranceConnect+." in page.text
        assert len(deliver()) == 2
        assert not FranceConnectDevice.objects.exists()
        OpenSession.objects.all().delete()
        assert_stopped(sign_in(Visitor(visitor.site)), "Votre compte n’est pas encore lié à FranceConnect+", status=403)

    def test_a_session_that_it_opened_ends_when_it_is_unlinked(self, linked: InsuredAccount, visitor: Visitor) -> None:
        sign_in(visitor)
        FranceConnectDevice.objects.all().delete()  # from another device
        assert visitor.follow(visitor.get(SECURITY)).path == SIGN_IN


class TestSignIn:
    def test_by_a_higher_level(self, linked: InsuredAccount, visitor: Visitor, provider: OpenidProvider) -> None:
        provider.change(acr="eidas3")
        assert sign_in(visitor).path == HOME

    def test_not_by_a_lower_level(self, linked: InsuredAccount, visitor: Visitor, provider: OpenidProvider) -> None:
        provider.change(acr="eidas1")
        assert_stopped(sign_in(visitor), "Ce moyen d’identification ne suffit pas", status=403)

    def test_not_by_a_stranger(self, linked: InsuredAccount, visitor: Visitor, provider: OpenidProvider) -> None:
        provider.change(sub="sujet-2")
        page = sign_in(visitor)
        assert_stopped(page, "Votre compte n’est pas encore lié à FranceConnect+", status=403)
        assert "Lier FranceConnect+ à mon compte" in page.text

    def test_not_into_a_closed_account(self, linked: InsuredAccount, visitor: Visitor) -> None:
        linked.user.is_active = False
        linked.user.save()
        assert_stopped(sign_in(visitor), "Votre compte n’est pas encore lié à FranceConnect+", status=403)

    def test_not_for_somebody_who_died(self, linked: InsuredAccount, visitor: Visitor) -> None:
        linked.insured.died_on = timezone.localdate()
        linked.insured.save()
        assert_stopped(sign_in(visitor), "Votre compte n’est pas encore lié à FranceConnect+", status=403)

    def test_asks_for_no_more_than_it_needs(self, visitor: Visitor, provider: OpenidProvider) -> None:
        asked = query(start(visitor).location)
        assert asked["scope"] == "openid"
        assert (asked["acr_values"], asked["prompt"], asked["code_challenge_method"]) == ("eidas2", "login", "S256")
        assert min(len(asked["state"]), len(asked["nonce"])) == 64
        assert asked["redirect_uri"] == f"{visitor.site}{CALLBACK}"

    def test_interrupted(self, linked: InsuredAccount, visitor: Visitor) -> None:
        page = visitor.identify(start(visitor), choice="non")
        assert_stopped(page, "Vous avez interrompu l’identification", status=200)

    @pytest.mark.parametrize("after", ["https://example.net/", "//example.net", "/console/"])
    def test_leads_nowhere_else(self, linked: InsuredAccount, visitor: Visitor, after: str) -> None:
        assert visitor.identify(start(visitor, next=after)).url == f"{visitor.site}{HOME}"

    def test_leads_to_the_page_that_was_asked_for(self, linked: InsuredAccount, visitor: Visitor) -> None:
        assert visitor.identify(start(visitor, next=SECURITY)).path == SECURITY


class TestAltered:
    def test_nonce(self, linked: InsuredAccount, visitor: Visitor) -> None:
        going = start(visitor)
        going = Page(302, going.url, with_query(going.location, nonce="0" * 64), "")
        assert_stopped(visitor.identify(going), "Nous n’avons pas pu vérifier cette identification", status=400)

    def test_state(self, linked: InsuredAccount, visitor: Visitor) -> None:
        back = visitor.identify(start(visitor), until=CALLBACK)
        page = visitor.follow(visitor.get(with_query(back.location, state="0" * 64)))
        assert_stopped(page, "Cette identification n’est plus valable", status=400)
        assert visitor.follow(visitor.get(back.location)).path == HOME, "the true answer is still good"

    def test_issuer(self, linked: InsuredAccount, visitor: Visitor) -> None:
        back = visitor.identify(start(visitor), until=CALLBACK)
        page = visitor.follow(visitor.get(with_query(back.location, iss="https://example.net")))
        assert_stopped(page, "Nous n’avons pas pu vérifier cette identification", status=400)

    def test_answer_in_another_browser(self, linked: InsuredAccount, visitor: Visitor) -> None:
        back = visitor.identify(start(visitor), until=CALLBACK)
        stranger = Visitor(visitor.site)
        assert_stopped(
            stranger.follow(stranger.get(back.location)), "Cette identification n’est plus valable", status=400
        )

    def test_code_of_somebody_else(self, linked: InsuredAccount, visitor: Visitor) -> None:
        stolen = query(visitor.identify(start(visitor), until=CALLBACK).location)["code"]
        thief = Visitor(visitor.site)
        back = thief.identify(start(thief), until=CALLBACK)
        page = thief.follow(thief.get(with_query(back.location, code=stolen)))
        assert_stopped(page, "Cette identification n’est plus valable", status=400)

    def test_answer_replayed(self, linked: InsuredAccount, visitor: Visitor) -> None:
        back = visitor.identify(start(visitor), until=CALLBACK)
        assert visitor.follow(visitor.get(back.location)).path == HOME
        assert visitor.follow(visitor.get(back.location)).status == 400
        again = Visitor(visitor.site)
        state = query(start(again).location)["state"]
        page = again.follow(again.get(with_query(back.location, state=state)))
        assert (page.status, page.heading) == (400, "Cette identification n’est plus valable")
        assert OpenSession.objects.count() == 1

    def test_too_late(self, linked: InsuredAccount, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
        back = visitor.identify(start(visitor), until=CALLBACK)
        monkeypatch.setattr("accounts.identity.franceconnect.flow.ATTEMPT_SECONDS", -1)
        assert_stopped(
            visitor.follow(visitor.get(back.location)), "Cette identification n’est plus valable", status=400
        )


class TestKeys:
    def test_rotated(self, linked: InsuredAccount, visitor: Visitor, provider: OpenidProvider) -> None:
        assert sign_in(visitor).path == HOME
        provider.change(rotate=True)
        assert sign_in(Visitor(visitor.site)).path == HOME

    @pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
    def test_of_rsa(self, linked: InsuredAccount, visitor: Visitor, provider: OpenidProvider, algorithm: str) -> None:
        provider.change(alg=algorithm)
        assert sign_in(visitor).path == HOME

    @pytest.mark.parametrize("kind", ["EC", "RSA"])
    def test_encrypted_for_us(
        self, linked: InsuredAccount, visitor: Visitor, provider: OpenidProvider, settings: Settings, tmp_path: Path,
        kind: str,
    ) -> None:  # fmt: skip
        settings.FRANCECONNECT_KEY_FILES = [str(key_file(tmp_path, kind))]
        provider.change(encrypted=True, encryption="ECDH-ES" if kind == "EC" else "RSA-OAEP")
        assert '"d"' not in visitor.get(KEYS).text
        assert sign_in(visitor).path == HOME
        assert leave(visitor, visitor.follow(visitor.post(SIGN_OUT))).path == SIGN_IN

    def test_nothing_unencrypted_is_taken_then(
        self, linked: InsuredAccount, visitor: Visitor, settings: Settings, tmp_path: Path
    ) -> None:
        settings.FRANCECONNECT_KEY_FILES = [str(key_file(tmp_path, "EC"))]
        assert_stopped(sign_in(visitor), "Nous n’avons pas pu vérifier cette identification", status=400)


class TestUnreachable:
    def test_nobody_listens(self, visitor: Visitor, settings: Settings) -> None:
        settings.FRANCECONNECT_URL = "http://127.0.0.1:9"
        assert_stopped(visitor.follow(start(visitor)), "FranceConnect+ ne répond pas", status=503)

    def test_it_hangs(
        self, visitor: Visitor, provider: OpenidProvider, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transport, "TIMEOUT_SECONDS", 0.3)
        settings.FRANCECONNECT_URL = f"{provider.issuer}/essai-muet"
        assert_stopped(visitor.follow(start(visitor)), "FranceConnect+ ne répond pas", status=503)

    def test_it_is_somebody_else(self, visitor: Visitor, provider: OpenidProvider, settings: Settings) -> None:
        settings.FRANCECONNECT_URL = provider.issuer.replace("127.0.0.1", "localhost")
        assert_stopped(visitor.follow(start(visitor)), "FranceConnect+ ne répond pas", status=503)

    def test_our_secret_is_wrong(self, linked: InsuredAccount, visitor: Visitor, settings: Settings) -> None:
        settings.FRANCECONNECT_CLIENT_SECRET = "another"
        assert_stopped(sign_in(visitor), "FranceConnect+ ne répond pas", status=503)

    def test_too_many_attempts(self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(views, "ATTEMPTS", 2)
        assert [start(visitor).location.startswith(visitor.site) for _ in range(3)] == [False, False, True]
        assert "Trop d’essais ont été faits." in visitor.get(SIGN_IN).text


def leave(visitor: Visitor, page: Page) -> Page:
    """From our page that leads on to the provider, through its own question, back to us."""
    assert page.path == LEAVING
    there = visitor.get(page.text.split('content="0; url=')[1].split('"')[0].replace("&amp;", "&"))
    form = dict(zip(("action", "xsrf"), _form(there.text), strict=True))
    return visitor.follow(visitor.post(form["action"], xsrf=form["xsrf"], logout="yes"))


def _form(text: str) -> tuple[str, str]:
    return text.split('action="')[1].split('"')[0], text.split('name="xsrf" value="')[1].split('"')[0]


def key_file(folder: Path, kind: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1()) if kind == "EC" else rsa.generate_private_key(65537, 2048)
    path = folder / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def test_a_return_from_signing_out_that_nobody_asked_for(visitor: Visitor) -> None:
    page = visitor.follow(visitor.get(f"{SIGNED_OUT}?state=x"))
    assert page.path == SIGN_IN
    assert "fermée" not in page.text

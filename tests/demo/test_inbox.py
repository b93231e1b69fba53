"""The demo's inbox: what it shows, to whom, and that it exists nowhere but in the demo."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.identity.enums import CodeChannel
from outreach.channels.models import InboxMessage
from outreach.codes.sending import send_waiting
from tests.accounts.insured import CODE, NIR, PASSWORD, SECURITY, SIGN_IN, make_account
from tests.guards.personal_data import CANARY_EMAIL, CANARY_PHONE
from tests.reimbursements.payments.rows import make_person, open_session
from tests.staff import client_of, make_staff
from tests.test_settings import in_production, outcome

INBOX = "/demo/messages/"
ASK = (
    "import django; django.setup()\n"
    "from django.urls import Resolver404, resolve\n"
    "try:\n    print(resolve('/demo/messages/').url_name)\n"
    "except Resolver404:\n    print('nothing there')\n"
)
in_the_demo = pytest.mark.urls("ameli_notify.demo.urls")


def receive(number: int, *, channel: str = "sms", subject: str = "", text: str = "Bonjour") -> InboxMessage:
    return InboxMessage.objects.create(
        notification_id=number, channel=channel, recipient_masked="** ** ** 00 12", subject=subject, text=text
    )


class TestExistsOnlyInTheDemo:
    def test_not_among_the_urls_of_the_site(self, db: None) -> None:
        assert Client().get(INBOX).status_code == 404
        with pytest.raises(Resolver404):
            resolve(INBOX)

    def test_production_has_no_switch_for_it(self, tmp_path: Path) -> None:
        code, out, err = in_production(["-c", ASK], tmp_path, DEMO_INBOX="1")
        assert (code, out) == (0, "nothing there\n"), err

    @pytest.mark.parametrize(("switch", "found"), [("1", "demo-messages"), ("0", "nothing there")])
    def test_under_development_settings_it_must_be_asked_for(self, switch: str, found: str, tmp_path: Path) -> None:
        environment = {"DJANGO_SETTINGS_MODULE": "ameli_notify.settings.dev", "DEMO_INBOX": switch}
        code, out, err = outcome(["-c", ASK], environment, tmp_path)
        assert (code, out) == (0, f"{found}\n"), err


@in_the_demo
@pytest.mark.django_db
class TestPage:
    def visitors(self) -> Iterator[Client]:
        yield Client()
        yield client_of(make_staff("enquêtrice-de-passage"))
        insured = Client()
        open_session(insured, make_person("Assurée"))
        yield insured

    def test_is_open_to_everybody_and_only_read(self) -> None:
        for client in self.visitors():
            answer = client.get(INBOX)
            assert answer.status_code == 200
            assert "no-store" in answer["Cache-Control"]
            assert client.post(INBOX).status_code == 405

    def test_says_so_when_nothing_came_yet(self) -> None:
        assert "Aucun message pour l’instant" in Client().get(INBOX).content.decode()

    def test_shows_the_code_that_sign_in_asks_for(self) -> None:
        """Read from the page alone, as whoever looks at the demo does."""
        make_account()
        client = Client()
        client.post(SIGN_IN, {"nir": NIR, "password": PASSWORD})
        send_waiting(CodeChannel.SMS)
        page = Client().get(INBOX).content.decode()
        found = re.search(r"Votre code de connexion à Mon espace : (\d{6})", page)
        assert found is not None, page
        assert client.post(CODE, {"code": found[1]}).status_code == 302
        assert client.get(SECURITY).status_code == 200

    def test_an_email_has_its_head_its_paragraphs_and_its_code_apart(self) -> None:
        text = "Bonjour,\r\n\r\n123456\r\n\r\nDix minutes.\r\n"
        receive(1, channel="email", subject="Votre code de connexion", text=text)
        page = Client().get(INBOX).content.decode()
        assert re.search(r"<h2[^>]*>Votre code de connexion</h2>", page)
        assert '<p class="inbox__code">123456</p>' in page
        assert "<p>Dix minutes.</p>" in page

    def test_the_newest_comes_first_and_the_others_are_a_link_away(self) -> None:
        for number in range(1, 26):
            receive(number, text=f"Message numéro {number}.")
        page = Client().get(INBOX).content.decode()
        assert re.findall(r"Message numéro (\d+)\.", page) == [str(number) for number in range(25, 5, -1)]
        older = re.search(r'href="(/demo/messages/\?avant=\d+)"', page)
        assert older is not None
        rest = Client().get(older[1]).content.decode()
        assert re.findall(r"Message numéro (\d+)\.", rest) == [str(number) for number in range(5, 0, -1)]
        assert "?avant=" not in rest

    @pytest.mark.parametrize("before", ["x", "-1", "9" * 19, "", "1 OR 1=1"])
    def test_a_number_that_is_none_shows_the_newest(self, before: str) -> None:
        receive(1, text="Le seul.")
        answer = Client().get(INBOX, {"avant": before})
        assert answer.status_code == 200
        assert "Le seul." in answer.content.decode()

    def test_text_is_text_and_addresses_are_masked(self) -> None:
        receive(1, text="<script>alert(1)</script>")
        page = Client().get(INBOX).content.decode()
        assert "<script>alert" not in page
        assert CANARY_PHONE not in page
        assert CANARY_EMAIL not in page

    def test_costs_the_same_with_one_message_and_with_many(self, django_assert_num_queries: object) -> None:
        client = Client()
        for number in range(1, 41):
            receive(number)
            if number in (1, 40):
                with django_assert_num_queries(1):  # type: ignore[operator] # pytest-django's fixture
                    client.get(INBOX)


@pytest.mark.django_db
def test_the_console_shows_no_code() -> None:
    """Investigators see what everybody was told, not what opens somebody's account."""
    receive(1, text="Information de paiement.")
    code = receive(-1, text="Votre code : 123456.")
    client = client_of(make_staff("enquêtrice-curieuse"))
    listing = client.get("/console/outreach/inboxmessage/")
    assert "** ** ** 00 12" in listing.content.decode()
    assert listing.content.decode().count("** ** ** 00 12") == 1
    assert client.get(f"/console/outreach/inboxmessage/{code.pk}/change/").status_code == 302

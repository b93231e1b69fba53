"""A live conversation in two real browsers: what one writes comes to the other by itself, and can be stopped."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from accounts.staff.roles import Role
from fraud.conversations import live
from fraud.conversations.talking import close, take_next
from tests.accounts.insured import make_account, signed_in
from tests.browser.conftest import Visit
from tests.fraud.conversations.rows import ask
from tests.staff import client_of, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "EVERY_SECONDS", 0.3)


def test_what_one_side_writes_comes_to_the_other(visit: Callable[..., Visit], live_server: LiveServer) -> None:
    def window_of(client: Client, **options: Any) -> Visit:
        window = visit(**options)
        name = settings.SESSION_COOKIE_NAME
        cookie: Any = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
        window.page.context.add_cookies([cookie])
        return window

    person, adviser = make_account().insured, make_staff("agent-conseil", role=Role.ADVISER)
    talk = ask(person)
    one, other = window_of(signed_in(), width=320), window_of(client_of(adviser))
    mine = one.open(reverse("adviser"))
    expect(mine.get_by_text("Vous êtes la prochaine personne")).to_be_visible()
    # A comma would be no number for the script, and the server would be asked without a pause.
    expect(mine.locator("[data-conversation]")).to_have_attribute("data-seconds", "0.3")
    take_next(by=adviser)
    expect(mine.get_by_text("Un conseiller suit votre conversation.")).to_be_visible()

    theirs = other.open(reverse("admin:fraud_conversation_answer", args=[talk.pk]))
    theirs.get_by_label("Texte").fill("Quel paiement ?")
    mine.get_by_label("Votre message").fill("Je réponds dans un instant.")
    theirs.get_by_role("button", name="Envoyer").first.click()
    log = mine.get_by_role("log")
    expect(log).to_contain_text("Quel paiement ?")
    expect(mine.get_by_role("button", name="J’ai lu")).to_be_visible()
    expect(mine.get_by_label("Votre message")).to_have_value("Je réponds dans un instant.")

    mine.get_by_role("button", name="Envoyer ce message").click()
    expect(theirs.get_by_role("log")).to_contain_text("Je réponds dans un instant.")

    mine.get_by_role("button", name="Arrêter l’actualisation automatique").click()
    expect(mine.get_by_text("n’apparaissent plus d’eux-mêmes")).to_be_visible()
    mine.get_by_role("button", name="Reprendre l’actualisation automatique").click()
    mine.get_by_label("Votre message").fill("Pas encore envoyé")
    close(talk.pk, by=adviser)
    expect(mine.get_by_text("La conversation a changé.")).to_be_visible()
    expect(mine.get_by_label("Votre message")).to_have_value("Pas encore envoyé")
    assert one.complaints == []

"""Two people who change one draft, of either kind: neither replaces what they have not seen without being told."""

import pytest
from django.test import Client

from accounts.staff.roles import Role
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.prevention.models import PreventionCampaign
from tests.outreach.campaigns.prevention_rows import make_prevention
from tests.outreach.campaigns.rows import make_campaign
from tests.staff import client_of, make_staff

pytestmark = pytest.mark.django_db
Draft = CallCampaign | PreventionCampaign


@pytest.fixture(params=["calls", "prevention"])
def draft(request: pytest.FixtureRequest) -> Draft:
    return make_campaign() if request.param == "calls" else make_prevention()


@pytest.fixture
def address(draft: Draft) -> str:
    return f"/console/outreach/{draft._meta.model_name}/{draft.pk}/modifier/"


@pytest.fixture
def first(db: None) -> Client:
    return client_of(make_staff("agent-claire", role=Role.SUPERVISOR))


@pytest.fixture
def second(db: None) -> Client:
    return client_of(make_staff("agent-denis", role=Role.SUPERVISOR))


def opened(client: Client, address: str, **changes: str) -> dict[str, object]:
    """What a browser would send of the form as it is shown, with these changes."""
    form = client.get(address).context["form"]
    held = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in held.items() if value is not None and value is not False}
    return sent | {"seen": str(form.seen)} | changes


def test_the_second_is_told_and_may_replace_it(draft: Draft, address: str, first: Client, second: Client) -> None:
    by_first = opened(first, address, name="Nom de Claire")
    by_second = opened(second, address, name="Nom de Denis")
    assert first.post(address, by_first).status_code == 302

    told = second.post(address, by_second)
    said = told.context["form"].changed_meanwhile
    assert said.startswith("La campagne a été modifiée pendant que vous remplissiez ce formulaire, par agent-claire : ")
    assert "nom" in said.split(" : ")[1].split(".")[0].split(", ")
    assert said in told.content.decode()
    assert 'value="Nom de Denis"' in told.content.decode(), "nothing that was typed is lost"
    draft.refresh_from_db()
    assert draft.name == "Nom de Claire"

    again = by_second | {"seen": str(told.context["form"].seen)}
    assert second.post(address, again).status_code == 302
    draft.refresh_from_db()
    assert draft.name == "Nom de Denis"


def test_one_after_the_other_nobody_is_stopped(draft: Draft, address: str, first: Client, second: Client) -> None:
    for client, name in ((first, "Une"), (second, "Deux"), (second, "Trois"), (first, "Quatre")):
        assert client.post(address, opened(client, address, name=name)).status_code == 302
    draft.refresh_from_db()
    assert draft.name == "Quatre"


def test_all_are_told_who_changed_what(draft: Draft, address: str, first: Client, second: Client) -> None:
    third = client_of(make_staff("agent-paul", role=Role.SUPERVISOR))
    late = opened(second, address, name="Nom de Denis")
    first.post(address, opened(first, address, name="Nom de Claire"))
    third.post(address, opened(third, address, legal_basis="Autre base"))
    said = second.post(address, late).context["form"].changed_meanwhile
    assert "par agent-claire, agent-paul : " in said
    assert {"nom", "base légale"} <= set(said.split(" : ")[1].split(".")[0].split(", "))


def test_the_same_sent_twice_is_one_change(draft: Draft, address: str, first: Client) -> None:
    sent = opened(first, address, name="Nom de Claire")
    assert [first.post(address, sent).status_code for _ in range(2)] == [302, 302]
    assert draft.events.filter(kind="changed").count() == 1
    other_page = first.post(address, sent | {"name": "Autre"}).context["form"].changed_meanwhile
    assert "par vous-même sur une autre page : " in other_page


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 40, "²"])
def test_a_number_that_is_none_has_seen_nothing(
    draft: Draft, address: str, first: Client, second: Client, seen: str
) -> None:
    assert first.post(address, opened(first, address, name="Nom de Claire")).status_code == 302
    sent = opened(second, address, name="Nom de Denis") | {"seen": seen}
    assert "par agent-claire : " in second.post(address, sent).context["form"].changed_meanwhile

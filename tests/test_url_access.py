"""Who may open what: every URL of the site x every kind of visitor x the status expected.

A URL that is not in these tables fails the test: whoever adds one says here who may open it.
"""

from collections.abc import Callable, Iterator
from typing import cast

import pytest
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule

from accounts.access.models import AccessLog
from accounts.identity.models import InsuredAccount
from accounts.partners.webhooks.models import WebhookDelivery
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.roles import Role
from reimbursements.explanations.loading import forget_book
from reimbursements.payments.tokens import StatementKey, statement_token
from reimbursements.reference import models as reference
from reimbursements.reference.services import load_reference_data
from tests.console_rows import (
    RUN_DAY,
    make_batch,
    make_directory,
    make_inbox_message,
    make_post_entry,
    make_wave,
)
from tests.fraud.cases.url_access import case_rows
from tests.fraud.conversations.rows import ask
from tests.fraud.replies.visitors import right_of_reply
from tests.fraud.url_access import report_rows
from tests.model_rights import ACTIONS, MODELS, Rights
from tests.outreach.campaigns.prevention_rows import make_prevention
from tests.outreach.campaigns.proposals import make_proposal
from tests.outreach.campaigns.rows import call_rows, make_campaign
from tests.partners.machine import add_key, make_client
from tests.partners.portal_rows import browser_of as partner_browser_of
from tests.partners.portal_rows import make_user
from tests.partners.rows import make_partner
from tests.partners.webhook_rows import make_webhook_row
from tests.reimbursements.payments.rows import BACKEND, make_person, open_session, pay
from tests.staff import client_of, make_staff
from tests.url_tables import (
    ANONYMOUS,
    ARGUMENTS,
    INSURED,
    NO_DEVICE,
    NOBODYS,
    ONE_FACTOR,
    OTHER,
    OTHER_INSURED,
    PAGES,
    PARTNER_USER,
    REFUSED,
    SIGN_IN,
    STAFF,
    VISITOR,
    VISITORS,
)


def named_urls(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str | None]:
    """Every name of the URLconf with its namespace; None for a pattern without a name."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            namespace = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from named_urls(pattern.url_patterns, namespace)
        else:
            yield f"{prefix}{pattern.name}" if pattern.name else None


def test_every_url_is_in_the_tables() -> None:
    names = list(named_urls(get_resolver().url_patterns))
    # Two kinds of patterns have no name: the admin's catch-all, and its redirect from the pre-1.9 address of a row.
    assert names.count(None) == 1 + len(MODELS)
    listed = {*PAGES, *(f"admin:{model}_{action}" for model in MODELS for action in ACTIONS)}
    assert {name for name in names if name} == listed


@pytest.fixture
def rows(db: None) -> Iterator[dict[str, object]]:
    """One row of each model, by the model's name in URLs; and a payment of the insured person who visits."""
    reference_rows = {f"reimbursements_{row._meta.model_name}": row.pk for row in _reference_rows()}
    load_reference_data()
    forget_book()
    of_visitor = _payment()
    make_person(OTHER)
    yield _rows() | reference_rows | of_visitor | {"owned": of_visitor.keys() - NOBODYS}
    forget_book()


def _rows() -> dict[str, object]:
    wave = make_wave()
    user = make_staff("agent-rangée")
    LogEntry.objects.log_actions(user.pk, User.objects.filter(pk=user.pk), 2, change_message="x", single_object=True)
    AccessLog.objects.create(actor_id=user.pk, actor_role="adviser", action="view", object_kind="x")
    return {
        "run": wave.run.pk,
        "template": wave.run.email_template_id,
        "accounts_accesslog": AccessLog.objects.get().pk,
        "accounts_directorybatch": make_directory().pk,
        "accounts_insuredperson": wave.people[0].pk,
        **_partner_rows(),
        "accounts_user": user.pk,
        "admin_logentry": LogEntry.objects.get().pk,
        "django_q_failure": _failure().pk,
        "django_q_ormq": OrmQ.objects.create(key="k", payload="p", lock=timezone.now()).pk,
        "django_q_schedule": Schedule.objects.create(name="s", func="f").pk,
        "outreach_callcampaign": make_campaign(by=user).pk,
        "outreach_digestrun": wave.run.pk,
        "outreach_preventioncampaign": make_prevention(by=user).pk,
        "outreach_campaignproposal": make_proposal().pk,
        "outreach_inboxmessage": make_inbox_message().pk,
        "outreach_messagetemplate": wave.run.email_template_id,
        "outreach_notification": wave.notifications[0].pk,
        "outreach_postlistentry": make_post_entry(wave.people[0].pk).pk,
        "reimbursements_importbatch": make_batch().pk,
        "fraud_conversation": ask(wave.people[0]).pk,
        **case_rows(wave.people[0], user),
        "fraud_rightofreply": right_of_reply(wave.people[1], by=make_staff("agent-contradictoire")).pk,
    }


def _partner_rows() -> dict[str, object]:
    client = make_client(make_partner("99000001"))
    return {
        "accounts_partnerinsurer": client.partner_id,
        "accounts_partnerclient": client.pk,
        "accounts_partnerkey": add_key(client).pk,
        "accounts_partneruser": make_user(client.partner).pk,
        "accounts_webhookendpoint": make_webhook_row(client.partner).endpoint_id,
        "accounts_webhookdelivery": WebhookDelivery.objects.get().pk,
    }


def _payment() -> dict[str, object]:
    person, today = make_person(VISITOR), timezone.localdate()
    key = StatementKey(payment_date=today, emitter_code="01C751000", statement_no=pay(person, on=today))
    return {
        "statement": statement_token(key, reader_id=person.pk),
        "this year": today.year,
        **report_rows(person),
        **call_rows(person),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("visitor", [*VISITORS, OTHER_INSURED])
def test_pages(rows: dict[str, object], visitor: str) -> None:
    open_page = browser_of(visitor)
    wrong = {}
    for name in PAGES:
        status = open_page(_address(name, rows))
        if status not in _expected_of_page(name, rows, visitor):
            wrong[name] = status
    assert wrong == {}


@pytest.mark.django_db
@pytest.mark.parametrize("visitor", [*VISITORS, OTHER_INSURED])
def test_writing_to_pages(rows: dict[str, object], visitor: str) -> None:
    """An empty form gets nobody into a space that is not theirs, whatever the page answers to its owner."""
    open_page = browser_of(visitor, post=True)
    let_in = {}
    for name in PAGES:
        expected = _expected_of_page(name, rows, visitor)
        is_closed = REFUSED in expected or (SIGN_IN in expected and visitor in (ANONYMOUS, ONE_FACTOR))
        is_anothers = visitor == OTHER_INSURED and _is_owned(name, rows)
        if is_closed or is_anothers:
            status = open_page(_address(name, rows))
            if status not in (SIGN_IN, REFUSED, 404, 405) or (is_anothers and status == SIGN_IN):
                let_in[name] = status
    assert let_in == {}


@pytest.mark.django_db
@pytest.mark.parametrize("visitor", VISITORS)
def test_pages_of_models(rows: dict[str, object], visitor: str) -> None:
    open_page = browser_of(visitor)
    wrong = {}
    for model, rights in MODELS.items():
        for action in ACTIONS:
            args = [] if action in ("changelist", "add") else [rows[model]]
            status = open_page(reverse(f"admin:{model}_{action}", args=args))
            if status != _expected(rights, action, visitor):
                wrong[f"{model}_{action}"] = status
    assert wrong == {}


@pytest.mark.django_db
@pytest.mark.parametrize("visitor", VISITORS)
def test_writing(rows: dict[str, object], visitor: str) -> None:
    """An empty form is refused to who may not write (403), shown again to who may (200)."""
    open_page = browser_of(visitor, post=True)
    wrong = {}
    for model, rights in MODELS.items():
        for action, may in (("add", rights.add), ("change", rights.change), ("delete", ())):
            args = [] if action == "add" else [rows[model]]
            status = open_page(reverse(f"admin:{model}_{action}", args=args))
            expected = SIGN_IN if visitor not in STAFF else 200 if visitor in may else REFUSED
            if status != expected:
                wrong[f"{model}_{action}"] = status
    assert wrong == {}


@pytest.mark.django_db
def test_an_unknown_path_tells_nothing_to_strangers() -> None:
    client = Client()
    assert client.get("/console/outreach/secret/").status_code == 302
    answer = client.get("/inconnu/")
    assert answer.status_code == 404
    assert "Cette page n’existe pas ou a été déplacée." in answer.content.decode()


def _address(name: str, rows: dict[str, object]) -> str:
    kwargs = {key: rows.get(str(value), value) for key, value in ARGUMENTS.get(name, {}).items()}
    return reverse(name, kwargs=kwargs)


def _is_owned(name: str, rows: dict[str, object]) -> bool:
    """Whether a page is about a row of the insured person who visits."""
    owned = cast("frozenset[str]", rows["owned"])
    return not owned.isdisjoint(map(str, ARGUMENTS.get(name, {}).values()))


def _expected_of_page(name: str, rows: dict[str, object], visitor: str) -> tuple[int, ...]:
    """Another insured person gets what the first one gets, but for whatever is the first one's."""
    if visitor == OTHER_INSURED and _is_owned(name, rows):
        return 404, 405  # some pages look at the method first
    expected = PAGES[name]
    kind = INSURED if visitor == OTHER_INSURED else visitor
    return (expected if isinstance(expected, int) else expected[kind],)


def browser_of(visitor: str, *, post: bool = False) -> Callable[[str], int]:
    """Opens a path as a visitor and returns the status."""
    client = Client()
    if visitor in (INSURED, OTHER_INSURED):
        name = VISITOR if visitor == INSURED else OTHER
        open_session(client, InsuredPerson.objects.get(first_names=name))
    elif visitor == PARTNER_USER:
        client = partner_browser_of(make_user(make_partner("99000009")))
    elif visitor == ONE_FACTOR:
        return _with_password_only(client, post=post)
    elif visitor != ANONYMOUS:
        role = Role.INVESTIGATOR if visitor == NO_DEVICE else Role(visitor)
        client = client_of(make_staff("agent-visiteur", role=role), is_verified=visitor != NO_DEVICE)
    return lambda path: (client.post(path) if post else client.get(path)).status_code


def _with_password_only(client: Client, *, post: bool) -> Callable[[str], int]:
    """As whoever got the password but no code: signed in anew for each page, since the first one ends it."""
    user = User.objects.create_user("mot-de-passe-seul")
    InsuredAccount.objects.create(user=user, insured=InsuredPerson.objects.get(first_names=VISITOR))

    def open_page(path: str) -> int:
        client.force_login(user, backend=BACKEND)
        return (client.post(path) if post else client.get(path)).status_code

    return open_page


def _expected(rights: Rights, action: str, visitor: str) -> int:
    if visitor not in STAFF:
        return SIGN_IN
    may = {"add": rights.add, "delete": ()}.get(action, rights.view)
    return 200 if visitor in may else REFUSED


def _failure() -> Model:
    now = timezone.now()
    failure: Model = Failure.objects.create(id="f" * 32, name="n", func="f", started=now, stopped=now, success=False)
    return failure


def _reference_rows() -> Iterator[Model]:
    dated = {"valid_from": RUN_DAY, "source": "essai"}
    labelled = dated | {"label": "libellé", "plain_label": "en clair"}
    yield reference.HealthFund.objects.create(code="01C751000", name="Paris", department="75", **dated)
    yield reference.NatureReference.objects.create(code=1110, family="consultation", **labelled)
    yield reference.ActReference.objects.create(system="CCAM", code="AAAA001", **labelled)
    yield reference.Specialty.objects.create(code="01", label="x", profession="médecin", **dated)
    yield reference.CopayRule.objects.create(kind="flat_contribution", amount=2, yearly_cap=50, **dated)
    yield reference.PayeeReference.objects.create(code=1, is_third_party=False, **labelled)
    for model in (
        reference.ExemptionReason,
        reference.CarePath,
        reference.InsuranceNature,
        reference.ConditionReference,
    ):
        yield model.objects.create(code=1, **labelled)

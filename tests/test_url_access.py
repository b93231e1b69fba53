"""Who may open what: every URL of the site x every kind of visitor x the status expected.

A URL that is not in these tables fails the test: whoever adds one says here who may open it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, cast

import pytest
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule

from accounts.access.models import AccessLog
from accounts.identity.models import InsuredAccount
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
from tests.fraud.url_access import REPORT_ARGUMENTS, REPORT_PAGES, report_rows
from tests.reimbursements.payments.rows import BACKEND, make_person, open_session, pay
from tests.staff import client_of, make_staff

ANONYMOUS: Final = "anonymous"
NO_DEVICE: Final = "no device"
INVESTIGATOR, ADVISER, SUPERVISOR, AUDITOR, LEGAL, DATA_PROTECTION = (str(role) for role in Role)
STAFF: Final = (INVESTIGATOR, ADVISER, SUPERVISOR, AUDITOR, LEGAL, DATA_PROTECTION)
INSURED: Final = "insured person"
OTHER_INSURED: Final = "another insured person"
ONE_FACTOR: Final = "insured person without the second factor"
OUTSIDERS: Final = (ANONYMOUS, NO_DEVICE, INSURED, ONE_FACTOR)
"""Whoever is not signed in to the console with two factors."""
VISITORS: Final = (*OUTSIDERS, *STAFF)

VISITOR: Final = "Visiteuse"
"""First name of the insured person who visits."""
OTHER: Final = "Autre"
"""First name of the other one, who has nothing."""
NOBODYS: Final = frozenset({"this year"})
"""Of the arguments made beside the visitor's rows: those that are the same for everybody."""

SIGN_IN: Final = 302
REFUSED: Final = 403

# name -> status for everybody, or by visitor
Expected = int | dict[str, int]


def staff_only(*may: str, status: int = 200) -> Expected:
    """The sign-in page for who is not signed in with two factors, ``status`` for who may, refused for the rest."""
    return dict.fromkeys(OUTSIDERS, SIGN_IN) | {role: status if role in may else REFUSED for role in STAFF}


def insured_only(status: int = 200) -> Expected:
    """The sign-in page for who is not signed in, ``status`` for an insured person, refused for the staff."""
    return (
        dict.fromkeys((ANONYMOUS, ONE_FACTOR), SIGN_IN)
        | dict.fromkeys((NO_DEVICE, *STAFF), REFUSED)
        | {INSURED: status}
    )


def except_for(visitor: str, status: int, *, others: int = 200) -> Expected:
    """One answer for a kind of visitor, another for everybody else."""
    return dict.fromkeys(VISITORS, others) | {visitor: status}


PAGES: Final[dict[str, Expected]] = {
    "home": 200,
    "recognise": 200,
    "help": 200,
    "contact": 200,
    "accessibility": 200,
    "legal-notice": 200,
    "personal-data": 200,
    "site-map": 200,
    "robots": 200,
    "healthz": 200,
    "articles": 200,
    "article": 200,
    "sign-in": except_for(INSURED, 302),
    "sign-in-code": 302,
    "sign-in-factor": 405,
    "sign-in-passkey": 405,
    "sign-in-passkey-challenge": 405,
    "sign-out": 405,
    "account-create": except_for(INSURED, 302),
    "account-create-code": 302,
    "account-create-password": 302,
    "password-forgotten": except_for(INSURED, 302),
    "password-forgotten-code": 302,
    "password-forgotten-password": 302,
    "my-space": insured_only(),
    "my-messages": insured_only(),
    "report-without-account": 200,
    "report-paper-form": 200,
    **{name: insured_only(status) for name, status in REPORT_PAGES.items()},
    "my-information": insured_only(),
    "my-accesses": insured_only(),
    "my-rights": insured_only(),
    "my-data": insured_only(),
    "my-preferences": insured_only(302),  # asks for a fresh code first
    "payments": insured_only(),
    "payments-csv": insured_only(),
    "payments-pdf": insured_only(),
    "payment": insured_only(),
    "care-year": insured_only(),
    "session-time": insured_only(),
    "session-extend": insured_only(405),
    "security": insured_only(),
    "confirm-identity": insured_only(),
    "confirm-identity-factor": insured_only(405),
    "confirm-identity-passkey": insured_only(405),
    "confirm-identity-passkey-challenge": insured_only(405),
    "end-session": insured_only(405),
    "end-other-sessions": insured_only(405),
    # These ask for a fresh code first.
    "change-password": insured_only(302),
    "add-passkey": insured_only(302),
    "add-passkey-challenge": insured_only(302),
    "add-app": insured_only(302),
    "confirm-app": insured_only(302),
    "add-channel": insured_only(302),
    "remove-factor": insured_only(302),
    "make-recovery-codes": insured_only(302),
    "confirm-contact": insured_only(302),
    "change-contact": insured_only(302),
    # Off unless the settings name FranceConnect; on, in tests/accounts/test_franceconnect.py.
    "franceconnect-sign-in": 404,
    "franceconnect-callback": 404,
    "franceconnect-stopped": 404,
    "franceconnect-sign-out": 404,
    "franceconnect-signed-out": 404,
    "franceconnect-keys": 404,
    "franceconnect-link": 404,
    "franceconnect-unlink": 404,
    "staff-sign-in": {**dict.fromkeys(OUTSIDERS, 200), **dict.fromkeys(STAFF, 302)},
    "staff-sign-in-code": 302,
    "staff-sign-in-passkey": 405,
    "staff-sign-in-passkey-challenge": 405,
    "staff-sign-out": 405,
    "admin:index": staff_only(*STAFF),
    "admin:login": 302,
    "admin:logout": {**dict.fromkeys(OUTSIDERS, 302), **dict.fromkeys(STAFF, 405)},
    "admin:password_change": staff_only(*STAFF),
    "admin:password_change_done": staff_only(*STAFF),
    "admin:passkeys": staff_only(*STAFF),
    "admin:passkeys_confirm": staff_only(*STAFF, status=405),
    "admin:passkeys_challenge": staff_only(*STAFF, status=405),
    "admin:passkeys_add": staff_only(*STAFF, status=405),
    "admin:passkeys_remove": staff_only(*STAFF, status=405),
    "admin:session_time": staff_only(*STAFF),
    "admin:session_extend": staff_only(*STAFF, status=405),
    "admin:jsi18n": staff_only(*STAFF),
    "admin:autocomplete": staff_only(),
    "admin:app_list": staff_only(*STAFF),
    "admin:view_on_site": staff_only(*STAFF, status=404),
    "admin:outreach_digestrun_pause": staff_only(SUPERVISOR),
    "admin:outreach_digestrun_resume": staff_only(SUPERVISOR),
    "admin:outreach_messagetemplate_preview": staff_only(*STAFF),
    "admin:outreach_messagetemplate_html": staff_only(*STAFF),
    "admin:outreach_messagetemplate_activate": staff_only(SUPERVISOR),
}
ARGUMENTS: Final[dict[str, dict[str, object]]] = {
    **REPORT_ARGUMENTS,
    "article": {"slug": "tiers-payant"},
    "payment": {"statement": "statement"},
    "care-year": {"year": "this year"},
    "change-contact": {"channel": "mobile"},
    "franceconnect-stopped": {"reason": "perimee"},
    "admin:app_list": {"app_label": "outreach"},
    "admin:view_on_site": {"content_type_id": 1, "object_id": 1},
    "admin:outreach_digestrun_pause": {"pk": "run"},
    "admin:outreach_digestrun_resume": {"pk": "run"},
    "admin:outreach_messagetemplate_preview": {"pk": "template"},
    "admin:outreach_messagetemplate_html": {"pk": "template"},
    "admin:outreach_messagetemplate_activate": {"pk": "template"},
}


@dataclass(frozen=True)
class Rights:
    """Roles that may see a model's pages, and roles that may add and change."""

    view: tuple[str, ...]
    add: tuple[str, ...] = ()
    change: tuple[str, ...] = ()


OPERATIONS: Final = (INVESTIGATOR, SUPERVISOR, AUDITOR)
PEOPLE: Final = (INVESTIGATOR, ADVISER, SUPERVISOR)
CONTROL: Final = (SUPERVISOR, AUDITOR)
TRACES: Final = (SUPERVISOR, AUDITOR, DATA_PROTECTION)
REFERENCE: Final = Rights(view=STAFF, add=(SUPERVISOR,), change=(SUPERVISOR,))
MODELS: Final[dict[str, Rights]] = {
    "accounts_accesslog": Rights(view=TRACES),
    "accounts_directorybatch": Rights(view=OPERATIONS),
    "accounts_insuredperson": Rights(view=PEOPLE),
    "accounts_user": Rights(view=TRACES),
    "admin_logentry": Rights(view=TRACES),
    "django_q_failure": Rights(view=CONTROL),
    "django_q_ormq": Rights(view=CONTROL),
    "django_q_schedule": Rights(view=CONTROL),
    "outreach_digestrun": Rights(view=OPERATIONS),
    "outreach_inboxmessage": Rights(view=PEOPLE),
    "outreach_messagetemplate": Rights(view=STAFF, add=(SUPERVISOR,)),
    "outreach_notification": Rights(view=PEOPLE),
    "outreach_postlistentry": Rights(view=OPERATIONS),
    "reimbursements_actreference": REFERENCE,
    "reimbursements_carepath": REFERENCE,
    "reimbursements_conditionreference": REFERENCE,
    "reimbursements_copayrule": REFERENCE,
    "reimbursements_exemptionreason": REFERENCE,
    "reimbursements_healthfund": REFERENCE,
    "reimbursements_importbatch": Rights(view=OPERATIONS),
    "reimbursements_insurancenature": REFERENCE,
    "reimbursements_naturereference": REFERENCE,
    "reimbursements_payeereference": REFERENCE,
    "reimbursements_specialty": REFERENCE,
}
ACTIONS: Final = ("changelist", "add", "change", "delete", "history")


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
        "accounts_user": user.pk,
        "admin_logentry": LogEntry.objects.get().pk,
        "django_q_failure": _failure().pk,
        "django_q_ormq": OrmQ.objects.create(key="k", payload="p", lock=timezone.now()).pk,
        "django_q_schedule": Schedule.objects.create(name="s", func="f").pk,
        "outreach_digestrun": wave.run.pk,
        "outreach_inboxmessage": make_inbox_message().pk,
        "outreach_messagetemplate": wave.run.email_template_id,
        "outreach_notification": wave.notifications[0].pk,
        "outreach_postlistentry": make_post_entry(wave.people[0].pk).pk,
        "reimbursements_importbatch": make_batch().pk,
    }


def _payment() -> dict[str, object]:
    person, today = make_person(VISITOR), timezone.localdate()
    key = StatementKey(payment_date=today, emitter_code="01C751000", statement_no=pay(person, on=today))
    return {
        "statement": statement_token(key, reader_id=person.pk),
        "this year": today.year,
        **report_rows(person),
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

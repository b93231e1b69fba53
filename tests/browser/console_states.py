"""Every page of cases, conversations and calls in the console, in the states in which the staff sees it, as a table.

A page of these rooms that is not here fails ``test_cases_console``: whoever adds one says here how it is reached.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Page

from accounts.partners.models import PartnerInsurer, PartnerMembership
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.acts import offered
from fraud.cases.deciding import accuse_lines
from fraud.cases.enums import ApprovalSubject, DeferralReason, LiftGround, OpeningReason
from fraud.cases.lifting import Deferral, lift
from fraud.cases.look import CaseLook
from fraud.cases.models import CaseReport, FraudCase
from fraud.cases.opening import take_in_reports
from fraud.cases.paging import LINES
from fraud.cases.saved_views import save_view
from fraud.cases.unveiling import unveil
from fraud.conversations.talking import answer, take_next
from fraud.intake.following import write_message
from fraud.intake.models import FraudReport
from reimbursements.activity.rollup import count_activity
from reimbursements.reference.services import load_reference_data
from tests.browser.call_desks import call_rows
from tests.browser.call_states import ANY_IDS, BETWEEN_CALLS, MODELS, NOT_PAGES, call_states
from tests.browser.state import State
from tests.fraud.cases.agreed import agree
from tests.fraud.cases.practices import peers, practise
from tests.fraud.cases.rows import RPPS, add_lines, hold, make_sent_report
from tests.fraud.cases.url_access import case_rows
from tests.fraud.conversations.rows import ask
from tests.fraud.replies.visitors import right_of_reply
from tests.fraud.rows import make_report
from tests.reimbursements.payments.rows import make_person
from tests.staff import client_of, make_staff

SUPERVISOR: Final = "supervisor"
ADVISER: Final = "adviser"
WATCHER: Final = "data protection officer"

NOT_CONSOLE_PAGES: Final[Mapping[str, str]] = {
    "fraud_fraudcase_dossier": "a file",
    "fraud_fraudcase_results_csv": "a file",
    "fraud_fraudcase_attachment": "a file",
    "fraud_fraudcase_bundle": "a file",
    "fraud_fraudcase_letter": "a file",
    "fraud_fraudcase_save_view": "a button",
    "fraud_fraudcase_drop_view": "a button",
    "fraud_conversation_take": "a button",
    "fraud_conversation_said": "a part of a page",
    "fraud_rightofreply_document": "a file",
    "fraud_rightofreply_read": "a button",
    "fraud_conversation_read": "a button",
    **NOT_PAGES,
}
"""Names of the console's URLs that show no page of their own, with the reason."""

READ_ONLY: Final = ("fraudcase", "conversation", "caseopening", "rightofreply")
"""Models of which nobody adds a row in the console; nobody deletes one of any."""
REGISTER: Final = ("identitylift", "sharedsignal")
"""Models that those who control read, and who works on cases does not."""
KEPT: Final = ("absence", "assignmentrule", "workload", "caseparameter", "legalbasis", "liftbasis")
"""Models whose rows a supervisor adds and changes."""


@dataclass(frozen=True)
class Desks:
    """The staff's browsers, and the ids that addresses are made of."""

    clients: Mapping[str, Client]
    ids: Mapping[str, object]
    acts: Sequence[str]
    """What the supervisor is offered on the case that they hold."""


def make_desks() -> Desks:
    """A supervisor with a case that they hold, an adviser with a conversation and a call. Needs an empty database."""
    lead, agent = make_staff("agent-supervision", role=Role.SUPERVISOR), make_staff("agent-conseil", role=Role.ADVISER)
    watcher = make_staff("agent-donnees", role=Role.DATA_PROTECTION)
    caller = make_staff("agent-relais", role=Role.ADVISER)
    calls = call_rows(lead=lead, agent=agent, caller=caller)
    person = make_person("Zélie")
    ids = case_rows(person, make_staff("agent-absent"))  # who is away today
    held = _held_case(make_person("Zoé"), lead)
    _practise()
    save_view("Graves en retard", query={"vue": "en-retard", "severity__exact": "3"}, by=lead)
    report = make_report(make_person("Zora"), receipt_no="SR000000000017")
    talk = ask(report.insured, report_id=report.pk)
    take_next(by=agent)
    answer(talk.pk, text="Bonjour. De quel paiement s’agit-il ?", by=agent)
    waiting = ask(make_person("Zakari"))
    right = right_of_reply(make_person("Zita"), by=lead, talked=True)
    return Desks(
        clients={
            SUPERVISOR: client_of(lead),
            ADVISER: client_of(agent),
            WATCHER: client_of(watcher),
            BETWEEN_CALLS: client_of(caller),
        },
        ids={
            **ids,
            "calls": calls,
            "held": held.pk,
            "talk": talk.pk,
            "waiting": waiting.pk,
            "fraud_rightofreply": right.pk,
        },
        acts=[name for name, _ in offered(CaseLook(case=held, user=lead))],
    )


def _held_case(person: InsuredPerson, lead: User) -> FraudCase:
    report = make_sent_report(person)
    take_in_reports()
    case = hold(CaseReport.objects.get(report=report).case, by=lead)
    unveil(case.pk, reason=OpeningReason.INVESTIGATION, by=lead)
    write_message(report.pk, text="Voici la facture.", by=None)
    _agree_on_what_leaves(case, report, lead)
    add_lines(case, LINES + 5)
    return case


def _agree_on_what_leaves(case: FraudCase, report: FraudReport, lead: User) -> None:
    """An identity is lifted and its person told later; another lift, and a signal, are agreed on and not done yet."""
    lawyer, subject = make_staff("agent-juridique", role=Role.LEGAL), ApprovalSubject.LIFT_IDENTITY
    line, partner = report.lines.get(), PartnerInsurer.objects.create(code="0000000011")
    PartnerMembership.objects.create(insured_id=line.beneficiary_id, partner=partner, starts_on=line.care_start)
    accuse_lines(case.pk, line_ids=[line.pk], by=lead)
    for _ in range(2):
        agreed = agree(case, subject, asked_by=lead, granted_by=lawyer, report_id=report.pk)
        if not case.lifts.exists():
            later = Deferral(reason=DeferralReason.INVESTIGATION, until=timezone.localdate() + dt.timedelta(days=30))
            lift(
                case.pk,
                approval_id=agreed.pk,
                ground=LiftGround.REQUISITION,
                reference="PV 2026/118",
                deferral=later,
                by=lead,
            )
    agree(case, ApprovalSubject.SHARE, asked_by=lead, granted_by=lawyer, partner_id=partner.pk)


def _practise() -> None:
    """The professional of the cases, eleven peers, a prescriber and an account; counted as the job does it."""
    load_reference_data()
    care = timezone.localdate() - dt.timedelta(days=30)
    practise(RPPS, patients=40, care=care, prescriber_rpps=RPPS + 8, payee_account="a" * 16)
    peers(11, care=care)
    count_activity()


def any_ids() -> Mapping[str, object]:
    """To make the table without rows."""
    return defaultdict(lambda: 1, calls=ANY_IDS)


def console_states(ids: Mapping[str, object], *, acts: Sequence[str] = ("note",)) -> list[State]:
    """Addresses are made of the ids of ``Desks``; each of the acts is a state."""
    calls: Mapping[str, object] = ids["calls"]  # type: ignore[assignment] # ids of another room
    return [
        *_inbox(ids), *_case(ids, acts), *_conversations(ids), *_replies(ids), *_models(ids), *_beside(),
        *call_states(calls),
    ]  # fmt: skip


def _tick_all_and(action: str) -> object:
    def choose(page: Page) -> None:
        for box in page.locator("input.action-select").all():
            box.check()
        page.locator("select[name=action]").select_option(action)

    return choose


def _inbox(ids: Mapping[str, object]) -> Iterator[State]:
    cases = reverse("admin:fraud_fraudcase_changelist")
    page = "fraud_fraudcase_changelist"
    yield State(page, "Dossiers", SUPERVISOR, address=cases)
    yield State(page, "Dossiers", SUPERVISOR, "kept", address=f"{cases}?vue=en-retard&severity__exact=3")
    yield State(page, "Dossiers", SUPERVISOR, "empty", address=f"{cases}?vue=clos")
    for action, title in (
        ("take", "Prendre"), ("assign_to", "Attribuer"), ("set_severity", "Changer la gravité"),
        ("close_for_good", "Classer sans suite"),
    ):  # fmt: skip
        yield State(page, title, SUPERVISOR, action, address=cases, before=_tick_all_and(action), press="Envoyer")  # type: ignore[arg-type]
    yield State("fraud_fraudcase_simulate", "Simulateur", SUPERVISOR, address=_at("fraud_fraudcase_simulate"))
    results = _at("fraud_fraudcase_results")
    yield State("fraud_fraudcase_results", "Résultats", SUPERVISOR, address=results)
    yield State("fraud_fraudcase_results", "Résultats", SUPERVISOR, "public", address=f"{results}?public=on")
    yield State(
        "fraud_fraudcase_results", "Résultats", SUPERVISOR, "wrong", address=f"{results}?du=2026-06-01&au=2026-01-01"
    )


def _case(ids: Mapping[str, object], acts: Sequence[str]) -> Iterator[State]:
    page = "fraud_fraudcase_change"
    yield State(page, "", SUPERVISOR, "new", address=_at(page, ids["case"]))
    yield State(page, "", SUPERVISOR, "held", address=_at(page, ids["held"]))
    for act in acts:
        yield State("fraud_fraudcase_act", "", SUPERVISOR, act, address=_at("fraud_fraudcase_act", ids["held"], act))
    note = _at("fraud_fraudcase_act", ids["held"], "note")
    yield State("fraud_fraudcase_act", "", SUPERVISOR, "empty", address=note, press="Ajouter")
    for name in ("profile", "links"):
        page = f"fraud_fraudcase_{name}"
        yield State(page, "", SUPERVISOR, address=_at(page, ids["held"]))
    yield State("fraud_fraudcase_people", "Personnes", SUPERVISOR, address=_at("fraud_fraudcase_people", ids["held"]))
    lifted = _at("fraud_fraudcase_identities", ids["held"])
    yield State("fraud_fraudcase_identities", "Identités levées", SUPERVISOR, address=lifted)


def _conversations(ids: Mapping[str, object]) -> Iterator[State]:
    inbox, page = _at("fraud_conversation_changelist"), "fraud_conversation_change"
    for who in (SUPERVISOR, ADVISER):
        yield State("fraud_conversation_changelist", "Conversations", who, who, address=inbox)
        yield State(page, "", who, f"open-{who}", address=_at(page, ids["talk"]))
        yield State(page, "", who, f"waiting-{who}", address=_at(page, ids["waiting"]))
    for act, title in (
        ("answer", "Répondre"), ("hand_over", "Transmettre"), ("give_back", "Rendre"), ("close", "Terminer"),
    ):  # fmt: skip
        name = f"fraud_conversation_{act}"
        yield State(name, title, ADVISER, address=_at(name, ids["talk"]))
    answer_page = _at("fraud_conversation_answer", ids["talk"])
    yield State("fraud_conversation_answer", "", ADVISER, "empty", address=answer_page, press="Envoyer à la personne")
    give = "fraud_conversation_transfer"
    yield State(give, "Confier", SUPERVISOR, address=_at(give, ids["talk"]))
    yield State(give, "Confier", SUPERVISOR, "empty", address=_at(give, ids["talk"]), press="Confier la conversation")
    figures = "fraud_conversation_figures"
    yield State(figures, "Conversations\u00a0: délais", SUPERVISOR, address=_at(figures))


def _replies(ids: Mapping[str, object]) -> Iterator[State]:
    for act in ("letter", "answer", "close"):
        name = f"fraud_rightofreply_{act}"
        yield State(name, "", SUPERVISOR, address=_at(name, ids["fraud_rightofreply"]))
    yield State("fraud_rightofreply_open", "", SUPERVISOR, address=_at("fraud_rightofreply_open", ids["held"]))


def _models(ids: Mapping[str, object]) -> Iterator[State]:
    """The stock pages of the rooms' models, and the refusal of those that are closed."""
    for model in (*READ_ONLY, *KEPT, *REGISTER):
        pk = ids[f"fraud_{model}"] if model != "conversation" else ids["talk"]
        who, may_write = WATCHER if model in REGISTER else SUPERVISOR, model in KEPT
        if model not in ("fraudcase", "conversation"):
            yield State(f"fraud_{model}_changelist", "", who, address=_at(f"fraud_{model}_changelist"))
            yield State(f"fraud_{model}_change", "", who, address=_at(f"fraud_{model}_change", pk))
        yield State(f"fraud_{model}_history", "", who, address=_at(f"fraud_{model}_history", pk))
        add = _at(f"fraud_{model}_add")
        yield State(f"fraud_{model}_add", "", who, address=add, status=200 if may_write else 403)
        delete = _at(f"fraud_{model}_delete", pk)
        yield State(f"fraud_{model}_delete", "Accès refusé", who, address=delete, status=403)


def _beside() -> Iterator[State]:
    yield State("index", "Vue d’ensemble", SUPERVISOR, address=_at("index"))
    yield State("index", "Vue d’ensemble", ADVISER, ADVISER, address=_at("index"))
    yield State("keyboard", "Raccourcis clavier", SUPERVISOR, address=_at("keyboard"))


def _at(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


def console_names() -> set[str]:
    """Names of the console's URLs about cases, conversations and calls, and of those for everybody of the staff."""
    console = next(one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "admin")
    assert isinstance(console, URLResolver)
    names = set(_names(console.url_patterns))
    rooms = ("fraud_", *(f"outreach_{model}_" for model in MODELS))
    return {name for name in names if name.startswith(rooms)} | (names & {"index", "keyboard"})


def _names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name

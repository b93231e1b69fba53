"""The inbox: views that one keeps, orders, acts on several cases, and what came for whoever holds them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertHTMLEqual

from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.assigning import assign
from fraud.cases.bulk import BulkResult, change_severity, for_each
from fraud.cases.events import CaseError
from fraud.cases.inbox_enums import InboxOrder, InboxView
from fraud.cases.models import CaseAssignment, CaseEvent, CaseReport, FraudCase
from fraud.cases.saved_views import LONGEST_NAME, MOST_VIEWS, SavedViewError, query_of, save_view
from fraud.cases.staffing_models import Workload
from fraud.cases.view_models import SavedView
from fraud.intake.following import write_message
from fraud.staffing.models import Absence
from tests.fraud.cases.rows import CaseMaker
from tests.staff import client_of, make_staff

LIST = reverse("admin:fraud_fraudcase_changelist")
SAVE = reverse("admin:fraud_fraudcase_save_view")


@pytest.fixture
def desk(investigator: User) -> Client:
    return client_of(investigator)


@pytest.fixture
def lead(supervisor: User) -> Client:
    return client_of(supervisor)


def shown(client: Client, query: str = "") -> list[int]:
    return [case.pk for case in client.get(f"{LIST}?{query}").context["cl"].result_list]


def said(client: Client, **data: object) -> str:
    """What an act on several cases answers, confirmed."""
    return client.post(LIST, {"confirmed": "oui", **data}, follow=True).content.decode()


def answer_of_author(case: FraudCase) -> None:
    write_message(CaseReport.objects.get(case=case, unlinked_at=None).report_id, text="Voici la facture.", by=None)


class TestOrders:
    def test_each_puts_the_rows_in_its_order(self, new_case: CaseMaker, desk: Client) -> None:
        first, dear, grave = new_case(severity=1), new_case(severity=2, amount="900.00"), new_case(severity=3)
        FraudCase.objects.filter(pk=dear.pk).update(due_on=dt.date(2030, 1, 1))
        FraudCase.objects.filter(pk=first.pk).update(due_on=dt.date(2029, 1, 1))
        FraudCase.objects.filter(pk=grave.pk).update(due_on=dt.date(2031, 1, 1))
        assert shown(desk) == [grave.pk, dear.pk, first.pk]
        assert shown(desk, "tri=montant")[0] == dear.pk
        assert shown(desk, "tri=echeance") == [first.pk, dear.pk, grave.pk]
        assert shown(desk, "tri=anciennete") == [first.pk, dear.pk, grave.pk]
        assert shown(desk, "tri=inconnu") == shown(desk)

    def test_every_choice_is_a_link(self, new_case: CaseMaker, desk: Client) -> None:
        new_case()
        listing = desk.get(LIST).content.decode()
        for value in (*InboxView.values, *InboxOrder.values):
            assert f"={value}" in listing


class TestSavedViews:
    KEPT = {"vue": "en-retard", "severity__exact": "3", "tri": "montant"}

    def test_a_view_is_kept_shown_and_forgotten(self, desk: Client, investigator: User) -> None:
        answer = desk.post(SAVE, {"nom": "  Graves  en retard ", **self.KEPT, "q": "10000000012"})
        view = SavedView.objects.get()
        assert (view.owner, view.name) == (investigator, "Graves en retard")
        assert answer.headers["Location"] == f"{LIST}?{query_of(view)}"
        assert query_of(view) == "vue=en-retard&severity__exact=3&tri=montant"  # what was searched is not kept
        listing = desk.get(f"{LIST}?{query_of(view)}").content.decode()
        assert 'aria-current="page">Graves en retard</a>' in listing
        drop = reverse("admin:fraud_fraudcase_drop_view", args=[view.pk])
        assert "La vue est supprimée" in desk.post(drop, follow=True).content.decode()
        assert "déjà supprimée" in desk.post(drop, follow=True).content.decode()
        assert not SavedView.objects.exists()

    def test_what_a_view_does_not_keep_is_said(self, desk: Client) -> None:
        said_so = "mais pas la recherche"
        assert said_so not in desk.get(LIST, self.KEPT).content.decode()
        assert said_so in desk.get(LIST, {**self.KEPT, "q": "01C751000"}).content.decode()

    def test_keeps_the_prescription(self, desk: Client, new_case: CaseMaker) -> None:
        old = new_case(payment_date=dt.date(2020, 1, 2))
        fresh = new_case(payment_date=timezone.localdate(), care_start=timezone.localdate())
        desk.post(SAVE, {"nom": "Bientôt prescrits", "prescription": "proche"})
        view = SavedView.objects.get()
        assert query_of(view) == "prescription=proche"
        assert shown(desk, query_of(view)) == [old.pk]
        assert fresh.pk in shown(desk)
        listing = desk.get(f"{LIST}?{query_of(view)}").content.decode()
        assert 'aria-current="page">Bientôt prescrits</a>' in listing
        desk.post(SAVE, {"nom": "Autre", "prescription": "inconnue"})
        assert SavedView.objects.count() == 1

    def test_is_ones_own(self, desk: Client, supervisor: User) -> None:
        view = save_view("À moi", query=self.KEPT, by=supervisor)
        assert "À moi" not in desk.get(LIST).content.decode()
        desk.post(reverse("admin:fraud_fraudcase_drop_view", args=[view.pk]))
        assert SavedView.objects.exists()

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("", "Donnez un nom"),
            ("   ", "Donnez un nom"),
            ("x" * (LONGEST_NAME + 1), "40 caractères"),
            ("a\x07b", "Donnez un nom"),
            ("dossier de 1 85 07 00 123 456 78", "ni numéro ni adresse"),
            ("zelie@example.org", "ni numéro ni adresse"),
        ],
        ids=["empty", "blank", "long", "control", "nir", "address"],
    )
    def test_a_name_that_cannot_be_kept_is_told(self, name: str, why: str, desk: Client) -> None:
        assert why in desk.post(SAVE, {"nom": name, **self.KEPT}, follow=True).content.decode()
        assert not SavedView.objects.exists()

    def test_nothing_chosen_and_what_is_unknown_is_not_kept(self, desk: Client) -> None:
        told = desk.post(SAVE, {"nom": "Rien", "vue": "https://example.org", "status__exact": "x"}, follow=True)
        assert "Choisissez d’abord" in told.content.decode()
        assert not SavedView.objects.exists()

    def test_names_are_once_and_views_are_few(self, investigator: User) -> None:
        save_view("Une", query=self.KEPT, by=investigator)
        with pytest.raises(SavedViewError, match="déjà une vue de ce nom"):
            save_view("Une", query=self.KEPT, by=investigator)
        for number in range(MOST_VIEWS - 1):
            save_view(f"Vue {number}", query=self.KEPT, by=investigator)
        with pytest.raises(SavedViewError, match="le maximum"):
            save_view("De trop", query=self.KEPT, by=investigator)

    @pytest.mark.parametrize(
        "fields", [{}, {"view": "x"}, {"severity": 9}, {"status": "x"}, {"order": "x"}], ids=lambda f: str(*f)
    )
    def test_the_database_takes_only_the_closed_lists(self, fields: dict[str, object], investigator: User) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedView.objects.create(owner=investigator, name="x", **fields)

    def test_is_for_whoever_reads_cases(self, db: None) -> None:
        adviser = client_of(make_staff("conseil", role=Role.ADVISER))
        assert adviser.post(SAVE, {"nom": "x", **self.KEPT}).status_code == 403


class TestActsOnSeveral:
    def test_assigning_says_for_each_case_why_not(
        self, new_case: CaseMaker, lead: Client, investigator: User, supervisor: User
    ) -> None:
        cases = [new_case() for _ in range(4)]
        Workload.objects.create(investigator=investigator, most_cases=2)
        assign(cases[0].pk, to=supervisor, by=supervisor)
        FraudCase.objects.filter(pk=cases[3].pk).update(status="decided", outcome="error", decided_at=timezone.now())
        data = {"action": "assign_to", "_selected_action": [case.pk for case in cases]}
        asked = lead.post(LIST, data).content.decode()
        assert f"{investigator.username} : 0 en cours, 2 au plus" in asked
        assert f"{supervisor.username} : 1 en cours, sans limite" in asked
        assert CaseAssignment.objects.filter(ended_at=None).count() == 1  # asking changes nothing
        told = said(lead, **data, investigator=investigator.pk)
        assert "Dossiers attribués : 2." in told
        assert f"Dossier {cases[2].number} : Cette personne tient déjà 2 dossiers" in told
        assert f"Dossier {cases[3].number} : Ce dossier est décidé" in told
        held = CaseAssignment.objects.filter(investigator=investigator, ended_at=None)
        assert set(held.values_list("case", flat=True)) == {cases[0].pk, cases[1].pk}
        given = {"investigator": investigator.pk}
        logged = CaseEvent.objects.filter(kind="assigned", actor_id=supervisor.pk, after=given)
        assert set(logged.values_list("case", flat=True)) == {cases[0].pk, cases[1].pk}

    def test_whoever_is_away_is_shown_and_refused(self, new_case: CaseMaker, lead: Client, investigator: User) -> None:
        case, today = new_case(), timezone.localdate()
        Absence.objects.create(investigator=investigator, starts_on=today, ends_on=today)
        data = {"action": "assign_to", "_selected_action": [case.pk]}
        asked = lead.post(LIST, data)
        assert f"absent jusqu’au {today:%d/%m/%Y}" in asked.content.decode()
        chosen = f'name="investigator" value="{investigator.pk}"'
        radio = next(tag for tag in asked.content.decode().split("<input ") if chosen in tag)
        assert "disabled" in radio.split(">")[0]
        assert f"Dossier {case.number} : Cette personne est absente" in said(lead, **data, investigator=investigator.pk)
        assert not CaseAssignment.objects.exists()

    def test_without_a_choice_nothing_is_done_and_cases_stay_ticked(self, new_case: CaseMaker, lead: Client) -> None:
        case = new_case()
        told = said(lead, action="assign_to", _selected_action=[case.pk])
        assert "Choisissez une personne." in told
        assert f'name="_selected_action" value="{case.pk}"' in told
        told = said(lead, action="assign_to", _selected_action=[case.pk], investigator=999999)
        assert "ne peut plus être choisie" in told

    def test_is_for_whoever_may_assign(self, new_case: CaseMaker, desk: Client, investigator: User) -> None:
        case = new_case()
        assert "assign_to" not in desk.get(LIST).content.decode()
        said(desk, action="assign_to", _selected_action=[case.pk], investigator=investigator.pk)
        assert not CaseAssignment.objects.exists()

    def test_what_left_the_view_meanwhile_is_told_too(
        self, new_case: CaseMaker, desk: Client, supervisor: User
    ) -> None:
        gone, free = new_case(), new_case()
        assign(gone.pk, to=supervisor, by=supervisor)
        data = {"action": "take", "_selected_action": [gone.pk, free.pk], "confirmed": "oui"}
        told = desk.post(f"{LIST}?vue=a-attribuer", data, follow=True).content.decode()
        assert f"Dossier {gone.number} : Ce dossier est déjà attribué." in told
        assert "Dossiers attribués à vous : 1." in told

    def test_severity_is_changed_and_nothing_else(self, new_case: CaseMaker, desk: Client, investigator: User) -> None:
        low, high = new_case(severity=1), new_case(severity=3)
        FraudCase.objects.update(author_category="employer")
        told = said(desk, action="set_severity", _selected_action=[low.pk, high.pk], severity=3)
        assert "Dossiers corrigés : 1." in told
        assert f"Dossier {high.number} : Ce dossier a déjà cette gravité." in told
        assert set(FraudCase.objects.values_list("severity", "author_category")) == {(3, "employer")}
        event = CaseEvent.objects.get(kind="changed")
        assert (event.case, event.actor_id, event.before["severity"], event.after["severity"]) == (
            low, investigator.pk, 1, 3,
        )  # fmt: skip
        FraudCase.objects.filter(pk=low.pk).update(status="decided", outcome="error", decided_at=timezone.now())
        with pytest.raises(CaseError, match="décidé"):
            change_severity(low.pk, severity=1, by=investigator)  # type: ignore[arg-type]

    def test_a_case_that_is_refused_half_way_is_left_as_it_was(
        self, new_case: CaseMaker, investigator: User, supervisor: User
    ) -> None:
        first, second = new_case(), new_case()

        def assign_then_refuse(case_id: int) -> None:
            assign(case_id, to=investigator, by=supervisor)
            if case_id == first.pk:
                raise CaseError("Non.")

        assert for_each([first, second], assign_then_refuse) == BulkResult(done=1, refused={"Non.": [first.number]})
        assert CaseAssignment.objects.get().case == second
        first.refresh_from_db()
        assert first.status == "new"

    def test_a_strange_identifier_is_nobodys(self, new_case: CaseMaker, desk: Client) -> None:
        case = new_case()
        told = said(desk, action="take", _selected_action=[case.pk, 10**17])
        assert "Dossiers attribués à vous : 1." in told


class TestNews:
    def test_the_holder_is_told_until_they_say_they_read_it(
        self, held_case: FraudCase, desk: Client, lead: Client
    ) -> None:
        index = reverse("admin:index")
        assert "réponse nouvelle" not in desk.get(index).content.decode()
        answer_of_author(held_case)
        for address in (index, LIST, reverse("admin:outreach_digestrun_changelist")):
            assert "1 réponse nouvelle dans vos dossiers" in desk.get(address).content.decode(), address
        assert "réponse nouvelle" not in lead.get(index).content.decode()
        assert shown(desk, "vue=reponses") == [held_case.pk]
        assert shown(lead, "vue=reponses") == []
        act = reverse("admin:fraud_fraudcase_act", args=[held_case.pk, "avis-lus"])
        lead.post(act)
        assert shown(desk, "vue=reponses") == [held_case.pk]  # only the holder's reading counts
        assert "réponses de ce dossier sont lus" in desk.post(act, follow=True).content.decode()
        assert "réponse nouvelle" not in desk.get(index).content.decode()

    def test_writing_back_says_that_one_read(self, held_case: FraudCase, desk: Client) -> None:
        answer_of_author(held_case)
        answer_of_author(held_case)
        assert "2 réponses nouvelles" in desk.get(LIST).content.decode()
        report = CaseReport.objects.get(case=held_case).report_id
        act = reverse("admin:fraud_fraudcase_act", args=[held_case.pk, "ecrire"])
        desk.post(act, {"report": report, "text": "Merci, bien reçu."})
        assert "réponses nouvelles dans" not in desk.get(LIST).content.decode()

    def test_follows_the_case_to_its_next_holder(
        self, held_case: FraudCase, desk: Client, lead: Client, supervisor: User
    ) -> None:
        answer_of_author(held_case)
        assign(held_case.pk, to=supervisor, by=supervisor)
        assert shown(desk, "vue=reponses") == []
        assert "1 réponse nouvelle dans vos dossiers" in lead.get(LIST).content.decode()


class TestOutdatedPage:
    def test_what_was_typed_is_kept_and_the_case_is_told_as_it_is(
        self, held_case: FraudCase, desk: Client, supervisor: User
    ) -> None:
        assign(held_case.pk, to=supervisor, by=supervisor)
        report = CaseReport.objects.get(case=held_case).report_id
        act = reverse("admin:fraud_fraudcase_act", args=[held_case.pk, "ecrire"])
        answer = desk.post(act, {"report": report, "text": "Long message déjà écrit"})
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "Ce dossier a changé depuis que vous avez ouvert cette page" in text
        assert f"attribué à {supervisor.username}" in text
        assert "Long message déjà écrit</textarea>" in text


class TestKeyboard:
    PAGE = reverse("admin:keyboard")

    def test_is_on_until_it_is_switched_off_and_for_oneself(self, desk: Client, lead: Client) -> None:
        script = "console_keys.js"
        assert script in desk.get(LIST).content.decode()
        assert "désactivés" in desk.post(self.PAGE, {"raccourcis": "non"}, follow=True).content.decode()
        desk.post(self.PAGE, {"raccourcis": "non"})
        assert script not in desk.get(LIST).content.decode()
        assert "data-keys-help" not in desk.get(LIST).content.decode()
        assert script in lead.get(LIST).content.decode()
        desk.post(self.PAGE, {"raccourcis": "oui"})
        assert script in desk.get(LIST).content.decode()


def test_amounts_at_stake_decide_the_order_by_amount(new_case: CaseMaker, desk: Client) -> None:
    amounts = [Decimal(value) for value in ("10.00", "3000.00", "200.00")]
    by_amount = {amount: new_case(amount=str(amount), severity=1).pk for amount in amounts}
    assert shown(desk, "tri=montant") == [by_amount[amount] for amount in sorted(amounts, reverse=True)]


def test_the_box_of_a_row_is_as_django_makes_it(new_case: CaseMaker) -> None:
    """Also where a row's words need escaping."""
    case, page = new_case(), admin.site.get_model_admin(FraudCase)
    case.year = '"><b>{0}'
    assertHTMLEqual(page.action_checkbox(case), admin.ModelAdmin.action_checkbox(page, case))

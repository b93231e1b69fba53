"""Both sides of a report in real browsers, and two members of the staff at once on one case."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.assigning import claim
from fraud.cases.decision_models import CaseParameter, LegalBasis
from fraud.cases.models import CaseNote, FraudCase
from fraud.cases.starting_rules import add_starting_rules
from fraud.cases.tasks import triage
from fraud.intake.models import FraudReport, ReportMessage
from reimbursements.explanations.loading import forget_book
from reimbursements.reference.services import load_reference_data
from tests.accounts.insured import confirmed, make_account, signed_in
from tests.browser.conftest import Visit
from tests.fraud.cases.rows import hold, make_sent_report
from tests.reimbursements.payments.rows import PAYMENTS, make_person, pay
from tests.staff import client_of, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INBOX = reverse("admin:fraud_fraudcase_changelist")
FOCUSED = "e => e === document.activeElement"


@pytest.fixture(autouse=True)
def _rules_and_reference_data(transactional_db: None) -> Iterator[None]:
    add_starting_rules(CaseParameter.objects, LegalBasis.objects)
    forget_book()
    load_reference_data()
    yield
    forget_book()


@pytest.fixture
def window_of(visit: Callable[..., Visit], live_server: LiveServer) -> Callable[..., Visit]:
    """Opens a window with the session of a client."""

    def open_window(client: Client, **options: object) -> Visit:
        window = visit(**options)
        name = project.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
        window.page.context.add_cookies([cookie])  # type: ignore[list-item]
        return window

    return open_window


def address(case: FraudCase, act: str = "") -> str:
    if act:
        return reverse("admin:fraud_fraudcase_act", args=[case.pk, act])
    return reverse("admin:fraud_fraudcase_change", args=[case.pk])


def taken_in(name: str = "Zélie") -> FraudCase:
    make_sent_report(make_person(name))
    triage()
    return FraudCase.objects.latest("pk")


def main(page: Page) -> Locator:
    return page.locator("#content-start")


def go(page: Page, link: str) -> None:
    page.get_by_role("link", name=link, exact=True).click()


def press(page: Page, button: str) -> None:
    main(page).get_by_role("button", name=button, exact=True).click()


class TestTwoAtOnce:
    @pytest.fixture
    def staff(self) -> tuple[User, User]:
        return make_staff("agent-un", role=Role.SUPERVISOR), make_staff("agent-deux", role=Role.SUPERVISOR)

    def test_who_comes_second_is_told_who_has_the_case(
        self, window_of: Callable[..., Visit], staff: tuple[User, User]
    ) -> None:
        case = taken_in()
        first, second = (window_of(client_of(user)) for user in staff)
        for window in (first, second):
            page = window.open(address(case))
            go(page, "Prendre ce dossier")
            expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Prendre ce dossier"))
        press(first.page, "Prendre ce dossier")
        expect(first.page.get_by_text("Ce dossier est à vous.")).to_be_visible()
        press(second.page, "Prendre ce dossier")
        told = main(second.page)
        expect(told.get_by_text("Ce dossier a changé depuis que vous avez ouvert cette page")).to_be_visible()
        expect(told.get_by_text("attribué à agent-un")).to_be_visible()
        go(second.page, "Annuler")
        expect(main(second.page).get_by_text("Attribué à agent-un")).to_be_visible()
        expect(second.page.get_by_role("link", name="Prendre ce dossier", exact=True)).to_have_count(0)
        assert (first.complaints, second.complaints) == ([], [])

    def test_what_one_was_writing_is_kept_when_the_case_goes_to_another(
        self, window_of: Callable[..., Visit], staff: tuple[User, User]
    ) -> None:
        one, two = staff
        case = hold(taken_in(), by=one)
        first, second = window_of(client_of(one)), window_of(client_of(two))
        page = first.open(address(case, "ecrire"))
        page.get_by_label("Message").fill("Un long message, presque fini.")
        other = second.open(address(case, "attribuer"))
        other.get_by_role("radio", name=re.compile("agent-deux")).check()
        press(other, "Attribuer")
        expect(other.get_by_text("Le dossier est attribué.")).to_be_visible()
        press(page, "Envoyer le message")
        expect(main(page).get_by_role("alert")).to_have_text("Rien n’a été enregistré : corrigez ce qui est indiqué.")
        expect(main(page).get_by_text("attribué à agent-deux")).to_be_visible()
        expect(page.get_by_label("Message")).to_have_value("Un long message, presque fini.")
        assert not ReportMessage.objects.exists()
        assert (first.complaints, second.complaints) == ([], [])

    def test_both_may_note_at_once_and_neither_note_is_lost(
        self, window_of: Callable[..., Visit], staff: tuple[User, User]
    ) -> None:
        case = hold(taken_in(), by=staff[0])
        windows = [window_of(client_of(user)) for user in staff]
        for number, window in enumerate(windows):
            window.open(address(case, "note")).get_by_label("Texte").fill(f"Note {number}")
        for window in windows:
            press(window.page, "Ajouter")
            expect(window.page.get_by_text("C’est noté.")).to_be_visible()
        for number in range(2):
            expect(windows[1].page.get_by_text(f"Note {number}", exact=True)).to_be_visible()
        assert CaseNote.objects.count() == 2

    def test_several_cases_ticked_on_a_page_out_of_date(
        self, window_of: Callable[..., Visit], staff: tuple[User, User]
    ) -> None:
        gone, free = taken_in("Zélie"), taken_in("Zoé")
        window = window_of(client_of(staff[0]))
        page = window.open(f"{INBOX}?vue=a-attribuer")
        for box in page.locator("input.action-select").all():
            box.check()
        page.locator("select[name=action]").select_option("take")
        press(page, "Envoyer")
        expect(page.get_by_role("heading", level=1)).to_have_text("Prendre les dossiers choisis")
        claim(gone.pk, by=staff[1])
        press(page, "Prendre ces dossiers")
        expect(page.get_by_text(f"Dossier {gone.number} : Ce dossier est déjà attribué.")).to_be_visible()
        expect(page.get_by_text("Dossiers attribués à vous : 1.")).to_be_visible()
        free.refresh_from_db()
        assert free.status == "assigned"
        assert window.complaints == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_report_from_the_payment_to_its_end(window_of: Callable[..., Visit], script: bool) -> None:
    """The person reports and follows; the investigator takes it, asks, decides and ends."""
    account = make_account()
    pay(account.insured, on=timezone.localdate())
    theirs = window_of(confirmed(signed_in()), java_script_enabled=script)
    ours = window_of(client_of(make_staff("agent-enquete")), java_script_enabled=script)
    report = report_a_payment(theirs.page)
    triage()
    take_and_ask(ours.page, FraudCase.objects.get())
    answer_the_question(theirs.page, report)
    triage()
    read_and_decide(ours.page, FraudCase.objects.get())
    theirs.page.reload()
    expect(theirs.page.get_by_text("L’examen est terminé : le paiement a été corrigé.")).to_be_visible()
    expect(theirs.page.get_by_role("button", name="Envoyer ce message")).to_have_count(0)
    assert (theirs.complaints, ours.complaints) == ([], [])


def report_a_payment(page: Page) -> FraudReport:
    page.goto(PAYMENTS)
    page.get_by_role("link", name=re.compile("^Signaler un remboursement suspect")).first.click()
    sees(page, "Quels paiements vous font douter")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Continuer").click()
    sees(page, "Qu’est-ce qui vous fait douter")
    page.get_by_label("Ce soin n’a pas eu lieu").check()
    page.get_by_role("button", name="Continuer").click()
    sees(page, "Que s’est-il passé pour ce soin")
    page.get_by_label("Je n’ai jamais eu ce soin").check()
    page.get_by_role("textbox").fill("Je n’ai vu personne ce jour-là.")
    page.get_by_role("button", name="Continuer").click()
    sees(page, "Avez-vous des documents")
    page.get_by_role("button", name="Continuer").click()
    sees(page, "Vérifiez vos réponses")
    page.get_by_role("button", name="Envoyer mon signalement").click()
    expect(page.get_by_text("Un enquêteur va l’examiner").first).to_be_visible()
    return FraudReport.objects.get()


def take_and_ask(page: Page, case: FraudCase) -> None:
    page.goto(INBOX)
    page.locator("#changelist-filter").get_by_role("link", name="À attribuer").click()
    expect(page).to_have_url(re.compile("vue=a-attribuer"))
    go(page, case.number)
    for act, done in (
        ("Prendre ce dossier", "Ce dossier est à vous."),
        ("Commencer ou reprendre l’instruction", "L’instruction est ouverte."),
    ):
        go(page, act)
        sees(page, act)
        main(page).locator("input[type=submit]").click()
        expect(page.get_by_text(done)).to_be_visible()
    go(page, "Écrire à la personne qui a signalé")
    page.get_by_label("Message").fill("Étiez-vous chez vous ce jour-là ?")
    page.get_by_label("C’est une question").check()
    press(page, "Envoyer le message")
    expect(page.get_by_text("Le message est envoyé.")).to_be_visible()


def answer_the_question(page: Page, report: FraudReport) -> None:
    page.goto(reverse("report", args=[report.public_id]))
    expect(page.get_by_text("Étiez-vous chez vous ce jour-là ?")).to_be_visible()
    expect(page.get_by_text("Nous avons besoin d’une précision")).to_be_visible()
    page.get_by_role("textbox").fill("Non, j’étais au travail.")
    page.get_by_role("button", name="Envoyer ce message").click()
    expect(page.get_by_text("Non, j’étais au travail.")).to_be_visible()


def read_and_decide(page: Page, case: FraudCase) -> None:
    page.goto(reverse("admin:index"))
    page.locator("#user-tools").get_by_role("link", name="1 réponse nouvelle dans vos dossiers").click()
    expect(page).to_have_url(re.compile("vue=reponses"))
    go(page, case.number)
    go(page, "Voir les personnes et ce qu’elles ont écrit")
    page.get_by_label("Motif").select_option("investigation")
    press(page, "Voir pendant 30 minutes")
    expect(page.get_by_text("Non, j’étais au travail.")).to_be_visible()
    for act, choice, button, done in (
        ("Avis et réponses lus", "", "Marquer comme lus", "Les avis et les réponses de ce dossier sont lus."),
        ("Décider de l’issue", "erreur", "Décider", "L’issue est enregistrée."),
        ("Clore le dossier", "", "Clore le dossier", "Le dossier est clos."),
    ):
        page.goto(address(case))
        go(page, act)
        if choice:
            page.get_by_label(choice, exact=True).check()
        press(page, button)
        expect(page.get_by_text(done)).to_be_visible()
    expect(page.locator("#user-tools").get_by_role("link", name=re.compile("nouvelle"))).to_have_count(0)


def sees(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(heading))


class TestKeys:
    def test_the_list_is_gone_through_and_a_case_opened(self, window_of: Callable[..., Visit]) -> None:
        cases = [taken_in(name) for name in ("Zélie", "Zoé", "Zora")]
        window = window_of(client_of(make_staff("agent-un")))
        page = window.open(INBOX)
        links = page.locator("#result_list th a")
        expect(links).to_have_count(3)
        for key, row in (("j", 0), ("j", 1), ("ArrowDown", 2), ("j", 2), ("k", 1), ("ArrowUp", 0)):
            page.keyboard.press(key)
            expect(links.nth(row)).to_be_focused()
        page.keyboard.press("x")
        expect(page.locator("input.action-select").first).to_be_checked()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"/{cases[0].pk}/change/"))
        page.wait_for_load_state()  # the keys act once their script is there
        page.keyboard.press("j")
        expect(page.locator(".case-acts a").first).to_be_focused()
        page.keyboard.press("u")
        expect(page).to_have_url(re.compile("/fraudcase/$"))
        assert window.complaints == []

    def test_search_and_help_and_no_key_while_writing(self, window_of: Callable[..., Visit]) -> None:
        case = taken_in()
        window = window_of(client_of(make_staff("agent-un")))
        page = window.open(address(case))
        page.keyboard.press("/")
        field = page.get_by_label("Rechercher")
        expect(field).to_be_focused()
        page.keyboard.type("jk/?u")
        expect(field).to_have_value("jk/?u")
        expect(page.get_by_role("dialog")).to_have_count(0)
        field.evaluate("field => field.blur()")
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Raccourcis clavier")
        expect(dialog).to_be_visible()
        page.keyboard.press("j")
        expect(page.locator("#result_list th a").first).not_to_be_focused()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        page.keyboard.press("/")
        expect(field).to_be_focused()
        assert window.complaints == []

    def test_they_can_be_switched_off(self, window_of: Callable[..., Visit]) -> None:
        taken_in()
        window = window_of(client_of(make_staff("agent-un")))
        page = window.open(INBOX)
        page.keyboard.press("?")
        go(page, "Désactiver les raccourcis")
        press(page, "Désactiver les raccourcis")
        expect(page.get_by_text("Les raccourcis clavier sont désactivés.")).to_be_visible()
        page = window.open(INBOX)
        for key in ("j", "/", "?"):
            page.keyboard.press(key)
        expect(page.locator("#result_list th a").first).not_to_be_focused()
        expect(page.get_by_label("Rechercher")).not_to_be_focused()
        expect(page.locator("dialog")).to_have_count(0)
        assert window.complaints == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_view_is_kept_and_forgotten(window_of: Callable[..., Visit], script: bool) -> None:
    taken_in()
    window = window_of(client_of(make_staff("agent-un")), java_script_enabled=script, width=320)
    page = window.open(f"{INBOX}?vue=a-attribuer&tri=montant")
    page.get_by_text("Enregistrer ou supprimer une vue").click()
    page.get_by_label("Nom de la vue affichée").fill("Gros montants")
    press(page, "Enregistrer la vue")
    expect(page.get_by_text("La vue « Gros montants » est enregistrée.")).to_be_visible()
    page.goto(INBOX)
    go(page, "Gros montants")
    expect(page).to_have_url(re.compile("vue=a-attribuer&tri=montant"))
    page.get_by_text("Enregistrer ou supprimer une vue").click()
    press(page, "Supprimer « Gros montants »")
    expect(page.get_by_text("La vue est supprimée.")).to_be_visible()
    expect(page.get_by_role("link", name="Gros montants")).to_have_count(0)
    assert window.complaints == []

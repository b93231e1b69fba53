"""Reporting in a real browser: nothing is lost when it is killed, and all of it works narrow and without scripts."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from pytest_django.live_server_helper import LiveServer

from accounts.people.models import InsuredPerson
from fraud.intake.models import FraudReport, ReportAttachment
from reimbursements.explanations.loading import forget_book
from reimbursements.reference.services import load_reference_data
from tests.accounts.insured import NIR, PASSWORD, code_received, make_account, signed_in
from tests.browser.conftest import Visit
from tests.fraud.intake.files import a_jpeg, a_pdf
from tests.fraud.intake.walking import another_browser
from tests.reimbursements.payments.rows import pay
from tests.reimbursements.test_explanations_cases import gp

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STORY = "Je n’ai vu personne ce jour-là.\nJ’étais au travail."
NEVER = "Je n’ai jamais eu ce soin, ni ce jour-là ni un autre jour"
Open = Callable[..., Visit]


@pytest.fixture
def person(transactional_db: None) -> Iterator[InsuredPerson]:
    """Somebody with an account and one payment of two acts."""
    forget_book()
    load_reference_data()
    person = make_account().insured
    pay(person, gp(), gp(), on=timezone.localdate())
    yield person
    forget_book()


def window_of(visit: Open, live_server: LiveServer, client: Client, **options: Any) -> Visit:
    """A new window with the cookies of somebody who is signed in."""
    window = visit(**options)
    cookies: Any = [{"name": name, "value": one.value, "url": live_server.url} for name, one in client.cookies.items()]
    window.page.context.add_cookies(cookies)
    return window


def sees(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(heading))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def begin(page: Page) -> None:
    """From the payment to the first question."""
    page.goto(reverse("payments"))
    page.get_by_role("link", name=re.compile("^Voir le détail")).first.click()
    sees(page, "Détail du paiement du")
    page.get_by_role("link", name=re.compile("^Signaler un remboursement suspect : ")).first.click()
    sees(page, "Quels paiements vous font douter")
    page.get_by_role("checkbox").first.check()
    press(page, "Continuer")
    sees(page, "Qu’est-ce qui vous fait douter")


def resume(page: Page) -> None:
    """« Mes signalements », then back to where one was."""
    page.goto(reverse("reports"))
    page.get_by_role("link", name=re.compile("^Reprendre")).click()


def test_killing_the_browser_at_each_step_loses_nothing(
    visit: Open, live_server: LiveServer, person: InsuredPerson
) -> None:
    window = window_of(visit, live_server, signed_in())
    begin(window.page)

    def killed_and_resumed() -> Page:
        """The browser is gone with whatever it held; both factors are given anew in another one."""
        window.page.context.close()
        new = window_of(visit, live_server, another_browser(person))
        resume(new.page)
        window.page = new.page
        return new.page

    page = killed_and_resumed()
    sees(page, "Qu’est-ce qui vous fait douter")
    page.get_by_label("Ce soin n’a pas eu lieu").check()
    press(page, "Continuer")
    sees(page, "Que s’est-il passé pour ce soin")

    page = killed_and_resumed()
    sees(page, "Que s’est-il passé pour ce soin")
    page.get_by_label(NEVER).check()
    page.get_by_label("Voulez-vous ajouter quelque chose").fill(STORY)
    press(page, "Continuer")
    sees(page, "Avez-vous des documents")

    page = killed_and_resumed()
    sees(page, "Avez-vous des documents")
    page.get_by_label("Choisir des documents").set_input_files(
        {"name": "facture.pdf", "mimeType": "application/pdf", "buffer": a_pdf()}
    )
    press(page, "Ajouter et rester ici")
    expect(page.get_by_role("link", name="facture.pdf")).to_be_visible()

    page = killed_and_resumed()
    expect(page.get_by_role("link", name="facture.pdf")).to_be_visible()
    press(page, "Continuer")
    sees(page, "Vérifiez vos réponses")

    page = killed_and_resumed()
    sees(page, "Vérifiez vos réponses")
    for kept in ("Ce soin n’a pas eu lieu", NEVER, "J’étais au travail.", "1 document joint"):
        expect(page.get_by_text(kept).first).to_be_visible()
    press(page, "Envoyer mon signalement")
    sees(page, "Un soin")

    window.page.context.close()
    page = window_of(visit, live_server, another_browser(person)).page
    page.goto(reverse("reports"))
    expect(page.get_by_text("État : reçu")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Reprendre"))).to_have_count(0)
    assert FraudReport.objects.sent().count() == 1
    assert ReportAttachment.objects.count() == 1


def test_after_the_session_has_ended_one_signs_in_and_goes_on(visit: Open, person: InsuredPerson) -> None:
    """By hand, through the pages of the sign-in, from the address of the very question."""
    client = signed_in()
    listed = client.get(reverse("payments")).context["listing"].rows[0]
    start = f"{reverse('report-start')}?paiement={listed.token}"
    mark = re.findall(r'name="lines" value="([^"]+)"', client.get(start).content.decode())[0]
    draft = client.post(start, {"lines": [mark]})
    question = client.get(draft.headers["Location"]).headers["Location"]
    page = visit().page
    page.goto(question)
    sees(page, "Connexion à Mon espace")
    page.get_by_label("Numéro de sécurité sociale").fill(NIR)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    press(page, "Continuer")
    sees(page, "Saisissez votre code")
    page.get_by_label("Code à 6 chiffres").fill(code_received())
    press(page, "Se connecter")
    sees(page, "Qu’est-ce qui vous fait douter")


def test_from_the_payment_to_the_receipt_narrow_and_without_scripts(
    visit: Open, live_server: LiveServer, person: InsuredPerson
) -> None:
    window = window_of(visit, live_server, signed_in(), width=320, java_script_enabled=False)
    page = window.page
    begin(page)
    page.get_by_label("Ce soin n’a pas eu lieu").check()
    press(page, "Continuer")
    sees(page, "Que s’est-il passé pour ce soin")
    page.get_by_label(NEVER).check()
    page.get_by_label("Voulez-vous ajouter quelque chose").fill(STORY)
    press(page, "Continuer")
    sees(page, "Avez-vous des documents")
    page.get_by_label("Choisir des documents").set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": a_jpeg()}
    )
    press(page, "Continuer")
    sees(page, "Vérifiez vos réponses")
    press(page, "Envoyer mon signalement")
    sees(page, "Un soin")
    with page.expect_download() as waited:
        page.get_by_role("link", name="Télécharger l’accusé de réception").click()
    receipt = PdfReader(io.BytesIO(waited.value.path().read_bytes()))
    said = " ".join(receipt.pages[0].extract_text().split())
    report = FraudReport.objects.sent().get()
    assert str(report.receipt_no) in said.replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
    assert "J’étais au travail." in said
    page.get_by_label("Votre message").fill("J’ai retrouvé mon agenda.")
    press(page, "Envoyer ce message")
    expect(page.get_by_text("J’ai retrouvé mon agenda.")).to_be_visible()
    assert window.complaints == []

"""What a person lets a partner see: asked on a page, dated, withdrawn, kept."""

import datetime as dt
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Barrier

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.utils import timezone

from accounts.partners.consents import ConsentError, choices_about_partners, choose_consents
from accounts.partners.enums import ConsentPurpose, PartnerState
from accounts.partners.models import MemberConsent, PartnerInsurer, PartnerMember
from accounts.people.models import InsuredPerson
from ameli_notify.core.walls import as_insured
from tests.accounts.insured import CONFIRM, confirmed
from tests.my_space.messages import text_of
from tests.partners.rows import consent, join, make_partner
from tests.reimbursements.payments.rows import make_person

INFORMATION = "/mon-espace/informations/"
CONSENTS = f"{INFORMATION}organisme-complementaire/"
YESTERDAY = timezone.localdate() - dt.timedelta(days=1)


def answers(partner: PartnerInsurer, **answers: str) -> dict[str, str]:
    given = {"payments": "non", "alerts": "non", "campaigns": "non"} | answers
    return {f"{purpose}-{partner.code}": answer for purpose, answer in given.items()}


class TestPage:
    @pytest.fixture(autouse=True)
    def _mine(self, me: InsuredPerson, partner: PartnerInsurer) -> None:
        join(me, partner)

    def test_asks_for_a_fresh_code_first(self, browser: Client) -> None:
        answer = browser.get(CONSENTS)
        assert answer.status_code == 302
        assert answer["Location"].startswith(CONFIRM)
        assert MemberConsent.objects.count() == 0

    def test_nothing_is_given_until_somebody_says_yes(self, browser: Client, partner: PartnerInsurer) -> None:
        confirmed(browser)
        page = browser.get(CONSENTS).content.decode()
        assert page.count('value="non"') == 3
        assert page.count("checked") == 3
        assert browser.post(CONSENTS, answers(partner)).status_code == 302
        assert MemberConsent.objects.count() == 0
        assert "non accepté, pour Mutuelle d’essai" in text_of(browser, INFORMATION)

    def test_gives_and_withdraws_and_keeps_both(
        self, browser: Client, me: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        confirmed(browser)
        browser.post(CONSENTS, answers(partner, payments="oui", alerts="oui"))
        assert "accepté, pour Mutuelle d’essai" in text_of(browser, INFORMATION)
        browser.post(CONSENTS, answers(partner, alerts="oui"))
        kept = MemberConsent.objects.order_by("purpose").values_list("purpose", "given_by", "withdrawn_by")
        by = str(me.public_id)
        assert list(kept) == [("alerts", by, ""), ("payments", by, by)]
        browser.post(CONSENTS, answers(partner, payments="oui", alerts="oui"))
        assert MemberConsent.objects.filter(purpose="payments").count() == 2
        assert PartnerMember.objects.filter(insured=me).count() == 1, "known by the same identifier as before"

    def test_an_answer_is_wanted_for_each_question(self, browser: Client, partner: PartnerInsurer) -> None:
        confirmed(browser)
        answer = browser.post(CONSENTS, {f"payments-{partner.code}": "oui"})
        assert answer.status_code == 200
        assert "Choisissez une réponse." in answer.content.decode()
        assert MemberConsent.objects.count() == 0

    def test_of_somebody_without_a_partner_says_so(
        self, browser: Client, me: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        PartnerInsurer.objects.update(state=PartnerState.NOT_CONNECTED)
        confirmed(browser)
        assert "Vous n’avez rien à choisir" in text_of(browser, CONSENTS)
        assert "organisme-complementaire" not in browser.get(INFORMATION).content.decode()

    @pytest.mark.usefixtures("reference_data")
    def test_the_file_of_all_data_holds_them(self, browser: Client, me: InsuredPerson, partner: PartnerInsurer) -> None:
        consent(me, partner)
        confirmed(browser)
        answer = browser.post(f"{INFORMATION}telecharger/")
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined] # a streaming answer
        with zipfile.ZipFile(BytesIO(content)) as archive:
            preferences = json.loads(archive.read("preferences.json"))
        (kept,) = preferences["accords_donnes_aux_organismes_complementaires"]
        assert kept["objet"] == "remboursements"
        assert kept["organisme"] == "Mutuelle d’essai"


class TestWhoMayHaveOne:
    def test_a_partner_that_is_not_connected_may_not(self, me: InsuredPerson) -> None:
        for state in (PartnerState.NOT_CONNECTED, PartnerState.PAUSED):
            partner = make_partner(f"98{state[:6]}", state=state)
            membership = join(me, partner)
            with pytest.raises(ConsentError):
                consent(me, partner)
            membership.delete()

    def test_somebody_elses_partner_may_not(self, me: InsuredPerson, partner: PartnerInsurer) -> None:
        with pytest.raises(ConsentError):
            consent(me, partner)
        join(me, partner, ends_on=YESTERDAY)
        with pytest.raises(ConsentError):
            consent(me, partner)

    def test_a_minor_is_asked_nothing(self, partner: PartnerInsurer) -> None:
        child = make_person("Noé", born=timezone.localdate().replace(day=1) - dt.timedelta(days=365 * 16))
        join(child, partner)
        with as_insured(child.pk):
            assert choices_about_partners(child.pk) == []

    def test_one_is_withdrawn_from_a_partner_of_the_past(self, me: InsuredPerson, partner: PartnerInsurer) -> None:
        membership = join(me, partner)
        consent(me, partner)
        membership.ends_on = YESTERDAY
        membership.save()
        with as_insured(me.pk):
            (choice,) = choices_about_partners(me.pk)
        assert not choice.may_give
        assert choice.purposes == {ConsentPurpose.PAYMENTS}
        assert choose_consents(me.pk, partner.pk, set(), by="essai") == 1


class TestRows:
    def test_only_one_is_open_and_who_withdrew_it_is_known(self, me: InsuredPerson, partner: PartnerInsurer) -> None:
        now = timezone.now()
        row = {"insured": me, "partner": partner, "purpose": "payments", "given_at": now, "given_by": "essai"}
        MemberConsent.objects.create(**row)
        for wrong in (row, row | {"withdrawn_at": now}, row | {"withdrawn_by": "essai"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                MemberConsent.objects.create(**wrong)


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_leave_one_open_consent(transactional_db: None) -> None:
    partner, person = make_partner("99000009"), make_person("Essai")
    join(person, partner)
    gate = Barrier(4)

    def answer() -> int:
        try:
            gate.wait(timeout=10)
            return choose_consents(person.pk, partner.pk, set(ConsentPurpose), by="essai")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        changed = sorted(future.result() for future in [pool.submit(answer) for _ in range(4)])
    assert changed == [0, 0, 0, 3]
    assert MemberConsent.objects.filter(withdrawn_at=None).count() == 3

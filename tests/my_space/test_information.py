"""« Mes informations »: what is known of me, my choices, who looked; nobody else's."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.access.models import AccessLog
from accounts.access.services import log_access
from accounts.identity.events import AccountEvent
from accounts.people.contacts import change_contact
from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel, InsuredPerson, PreferenceChange
from accounts.staff.roles import Role
from ameli_notify.core.walls import as_insured
from tests.accounts.insured import CONFIRM, code_received, confirmed, make_nir, make_person
from tests.core.test_roles import run
from tests.guards.personal_data import CANARY_EMAIL, CANARY_PHONE
from tests.my_space.messages import text_of
from tests.reimbursements.payments.rows import make_child
from tests.staff import client_of, make_staff

INFORMATION = "/mon-espace/informations/"
PREFERENCES = f"{INFORMATION}preferences/"
ACCESSES = f"{INFORMATION}consultations/"
RIGHTS = f"{INFORMATION}droits/"


class TestIdentity:
    def test_is_shown_with_the_number_masked(self, me: InsuredPerson, mine: Client) -> None:
        make_child(me, "Noé Paul")
        make_person(make_nir(3))
        page = text_of(mine, INFORMATION)
        for words in ("ZZCANARI", "31/07/1985", "1850700******", "CPAM de Paris (code 01C751000)", "75011", "Noé"):
            assert words in page, words
        assert make_nir(123)[7:13] not in page
        assert "Paul" not in page, "first name only"

    def test_addresses_are_masked_and_say_where_they_come_from(self, me: InsuredPerson, mine: Client) -> None:
        page = text_of(mine, INFORMATION)
        assert CANARY_EMAIL not in page
        assert CANARY_PHONE not in page
        assert "c***@example.org" in page
        assert "Transmise par votre caisse le" in page
        assert page.count("pas encore vérifiée") == 1
        assert "Transmis par votre caisse le" in page, "the number"
        assert "vérifié par un code le" in page
        change_contact(me.pk, kind=ContactKind.EMAIL, address="mienne@example.net")
        page = text_of(mine, INFORMATION)
        assert "Saisie par vous et vérifiée par un code le" in page
        assert "c***@example.org</span>, utilisée du" in page

    def test_a_protected_person_is_shown_no_address(self, me: InsuredPerson, mine: Client) -> None:
        InsuredPerson.objects.update(is_contact_protected=True)
        page = text_of(mine, INFORMATION)
        assert "Vos coordonnées sont protégées" in page
        assert "***" not in page.replace("1850700******", "")
        assert "75011" not in page

    def test_the_account_tells_what_happened_to_it(self, me: InsuredPerson, mine: Client) -> None:
        AccountEvent.objects.create(insured=make_person(make_nir(4)), kind="app-added")
        page = text_of(mine, INFORMATION)
        assert "Connexion" in page
        assert "Firefox, Linux" in page
        assert "Appareil ou application ajouté" not in page, "somebody else's"


class TestPreferences:
    def answer(self, client: Client, **answers: str) -> int:
        return client.post(PREFERENCES, {"digest": "email", "calls": "oui", "information": "oui"} | answers).status_code

    def test_are_changed_dated_and_kept(self, me: InsuredPerson, mine: Client) -> None:
        confirmed(mine)
        assert self.answer(mine, digest="none", calls="non") == 302
        me.refresh_from_db()
        assert (me.preferred_channel, me.accepts_calls, me.accepts_information) == ("none", False, True)
        changes = PreferenceChange.objects.order_by("purpose")
        assert [(one.purpose, one.old_channel, one.new_channel, one.changed_by) for one in changes] == [
            ("calls", "yes", "none", str(me.public_id)),
            ("digest", "email", "none", str(me.public_id)),
        ]
        page = text_of(mine, INFORMATION)
        assert "vous n’en recevez pas" in page
        assert "vous avez refusé" in page
        assert ", par vous" in page
        assert self.answer(mine, digest="none", calls="non") == 302
        assert PreferenceChange.objects.count() == 2, "the same answers again change nothing"

    def test_ask_for_a_fresh_code_first(self, me: InsuredPerson, mine: Client) -> None:
        for answer in (mine.get(PREFERENCES), mine.post(PREFERENCES, {"digest": "none"})):
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith(CONFIRM)
        assert not PreferenceChange.objects.exists()

    def test_offer_only_what_has_an_address(self, me: InsuredPerson, mine: Client) -> None:
        InsuredPerson.objects.update(has_mobile=False, postcode="")
        confirmed(mine)
        page = text_of(mine, PREFERENCES)
        assert 'value="email"' in page
        assert 'value="none"' in page
        assert 'value="sms"' not in page
        assert 'value="post"' not in page
        assert self.answer(mine, digest="sms") == 200
        me.refresh_from_db()
        assert me.preferred_channel == "email"

    @pytest.mark.parametrize("answers", [{"digest": "phone"}, {"calls": ""}, {"information": "peut-être"}])
    def test_wrong_answers_are_told(self, me: InsuredPerson, mine: Client, answers: dict[str, str]) -> None:
        confirmed(mine)
        data = {"digest": "email", "calls": "oui", "information": "oui"} | answers
        answer = mine.post(PREFERENCES, data)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "Choisissez une réponse" in page
        assert f'href="#id_{next(iter(answers))}"' in page
        assert f'id="id_{next(iter(answers))}"' in page

    def test_say_what_cannot_be_refused(self, me: InsuredPerson, mine: Client) -> None:
        assert "ils ne se refusent pas" in text_of(confirmed(mine), PREFERENCES)


class TestAccesses:
    def look(self, person: InsuredPerson, role: str = "adviser", **values: str) -> None:
        given = {"action": "view", "object_kind": "accounts.insuredperson", "reason": ""} | values
        AccessLog.objects.create(actor_id=41, actor_role=role, insured_id=person.pk, **given)

    def test_are_told_by_service_and_reason_never_by_name(self, me: InsuredPerson, mine: Client) -> None:
        self.look(me, reason="Appel reçu au 3646")
        self.look(me, role="partner", action="export", object_kind="reimbursements.reimbursementline")
        self.look(me, role="a role to come", object_kind="fraud.something")
        page = text_of(mine, ACCESSES)
        assert "L’Assurance Maladie, service « conseil téléphonique »" in page
        assert "Consultation : votre fiche" in page
        assert "Appel reçu au 3646" in page
        assert "Votre organisme complémentaire" in page
        assert "Extraction : vos remboursements" in page
        assert "Consultation : des données qui vous concernent" in page
        assert "a role to come" not in page
        assert "Aucun motif n’a été saisi." in page

    @pytest.mark.parametrize("role", list(Role))
    def test_every_role_of_the_staff_has_its_words(self, me: InsuredPerson, mine: Client, role: Role) -> None:
        self.look(me, role=str(role))
        page = text_of(mine, ACCESSES)
        assert "L’Assurance Maladie, service «" in page
        assert f">{role}<" not in page

    def test_a_view_in_the_console_shows_up(self, me: InsuredPerson, mine: Client) -> None:
        agent = make_staff("agent-curieux", role=Role.ADVISER)
        client_of(agent).get(f"/console/accounts/insuredperson/{me.pk}/change/")
        page = text_of(mine, ACCESSES)
        assert "Consultation : votre fiche" in page
        assert "agent-curieux" not in page

    def test_of_others_and_my_own_look_ups_are_nowhere(self, me: InsuredPerson, mine: Client) -> None:
        child = make_child(me)
        self.look(child)
        self.look(make_person(make_nir(2)))
        mine.get(INFORMATION)
        assert "Personne n’a consulté vos données." in text_of(mine, ACCESSES)
        with as_insured(me.pk):
            assert run("SELECT count(*) FROM accounts_accesslog") == [(0,)]

    def test_are_paged_without_a_gap(self, me: InsuredPerson, mine: Client) -> None:
        for number in range(45):
            self.look(me, reason=f"motif {number:02d}")
        seen: list[str] = []
        address = ACCESSES
        while address:
            page = mine.get(address).context["accesses"]
            seen += [row.reason_fr for row in page.rows]
            address = f"{ACCESSES}?page={page.older}" if page.older else ""
        assert seen == [f"motif {number:02d}" for number in reversed(range(45))]

    def test_a_cursor_of_somebody_else_is_not_found(self, me: InsuredPerson, mine: Client) -> None:
        assert mine.get(f"{ACCESSES}?page=abc").status_code == 404

    def test_the_log_is_written_by_the_staff_only(self, me: InsuredPerson, mine: Client) -> None:
        with pytest.raises(ValueError, match="anonymous"):
            log_access(by=type("Nobody", (), {"pk": None})(), action="view", object_kind="x")  # type: ignore[arg-type]


def test_the_rights_say_what_holds_here(me: InsuredPerson, mine: Client) -> None:
    page = text_of(mine, RIGHTS)
    for words in ("droit d’accès", "droit de rectification", "droit d’opposition", "27 mois", "CNIL", "délégué"):
        assert words in page


def test_a_code_by_mail_verifies_the_mail(me: InsuredPerson, mine: Client) -> None:
    page = mine.get(CONFIRM)
    device = next(one.device_id for one in page.context["others"] if one.kind == "email")
    mine.post(f"{CONFIRM}envoyer/", {"device": device})
    before = timezone.now() - dt.timedelta(minutes=1)
    from_mail = ContactChannel.objects.get(insured=me, kind="email")
    assert from_mail.verified_at is None
    mine.post(CONFIRM, {"code": code_received()})
    from_mail.refresh_from_db()
    assert from_mail.verified_at is not None
    assert from_mail.verified_at > before
    assert from_mail.source == "feed", "verified, and still the fund's"

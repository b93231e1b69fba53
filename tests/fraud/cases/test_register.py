"""The register of what left the house: complete, for whoever controls, and itself watched."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.access.models import AccessLog
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.disclosure_models import IdentityLift, LiftBasis, SharedSignal
from fraud.cases.enums import DeferralReason
from fraud.cases.lifting import Deferral
from fraud.cases.sharing import revoke
from tests.fraud.cases.disclosed import SHARE_SOURCE, disclose, open_sharing
from tests.reimbursements.payments.rows import make_person
from tests.staff import client_of, make_staff

LIFTS = reverse("admin:fraud_identitylift_changelist")
SIGNALS = reverse("admin:fraud_sharedsignal_changelist")
BASES = reverse("admin:fraud_liftbasis_changelist")


@pytest.fixture
def disclosed(case_rules: None, investigator: User) -> tuple[IdentityLift, SharedSignal]:
    open_sharing()
    later = Deferral(reason=DeferralReason.PROCEEDINGS, until=timezone.localdate() + dt.timedelta(days=60))
    legal = make_staff("agent-juridique", role=Role.LEGAL)
    return disclose(make_person("Zélie"), by=investigator, second=legal, deferral=later)


def read(role: Role, address: str, **query: str) -> tuple[int, str]:
    """As somebody of this role who was not here before."""
    answer = client_of(make_staff(f"controle-{User.objects.count()}", role=role)).get(address, query)
    return answer.status_code, answer.content.decode().replace("\u00a0", " ")


@pytest.mark.parametrize("role", Role)
def test_who_reads_it(role: Role, disclosed: tuple[IdentityLift, SharedSignal]) -> None:
    expected = 200 if role in (Role.AUDITOR, Role.LEGAL, Role.DATA_PROTECTION) else 403
    for address in (LIFTS, SIGNALS):
        assert read(role, address)[0] == expected


def test_a_lift_says_who_when_which_case_to_whom_on_what_ground_and_until_when(
    disclosed: tuple[IdentityLift, SharedSignal],
) -> None:
    lifted, _ = disclosed
    _, listing = read(Role.DATA_PROTECTION, LIFTS)
    for text in (lifted.case.number, str(lifted.report.receipt_no), "l’autorité judiciaire", "agent-enquete"):
        assert text in listing
    assert "agent-juridique" in listing
    assert f"pas encore, au plus tard le {lifted.tell_on:%d/%m/%Y}" in listing
    _, page = read(Role.LEGAL, reverse("admin:fraud_identitylift_change", args=[lifted.pk]))
    for text in ("art. 60-1", "réquisition judiciaire", "PV 2026/118", "une procédure judiciaire en cours"):
        assert text in page
    assert "Zélie" not in listing + page


def test_a_signal_says_to_which_mutual_by_whom_and_until_when(
    disclosed: tuple[IdentityLift, SharedSignal], investigator: User
) -> None:
    _, signal = disclosed
    _, listing = read(Role.AUDITOR, SIGNALS)
    for text in (signal.case.number, "n° AMC 0000000021", "agent-enquete", "agent-juridique", "faute"):
        assert text in listing
    _, page = read(Role.LEGAL, reverse("admin:fraud_sharedsignal_change", args=[signal.pk]))
    assert SHARE_SOURCE in page
    assert signal.case.number in read(Role.DATA_PROTECTION, SIGNALS, etat="ouverts")[1]
    revoke(signal.pk, by=investigator)
    client = client_of(make_staff("autre-controle", role=Role.AUDITOR))
    assert signal.case.number not in client.get(SIGNALS, {"etat": "ouverts"}).content.decode()
    assert signal.case.number in client.get(SIGNALS, {"q": signal.case.number}).content.decode()


def test_what_is_still_to_be_told_is_a_filter(disclosed: tuple[IdentityLift, SharedSignal]) -> None:
    lifted, _ = disclosed
    client = client_of(make_staff("donnees", role=Role.DATA_PROTECTION))
    assert lifted.case.number in client.get(LIFTS, {"etat": "a-informer"}).content.decode()
    IdentityLift.objects.filter(pk=lifted.pk).update(told_at=timezone.now())
    assert lifted.case.number not in client.get(LIFTS, {"etat": "a-informer"}).content.decode()
    assert client.get(LIFTS, {"etat": "rien"}).status_code == 200


def test_opening_it_is_logged_and_tells_nobody_what_they_are_not_to_know(
    disclosed: tuple[IdentityLift, SharedSignal],
) -> None:
    lifted, _ = disclosed
    watcher = make_staff("donnees", role=Role.DATA_PROTECTION)
    client = client_of(watcher)
    client.get(LIFTS)
    client.get(reverse("admin:fraud_identitylift_change", args=[lifted.pk]))
    rows = AccessLog.objects.filter(actor_id=watcher.pk, object_kind="fraud.identitylift").order_by("pk")
    assert list(rows.values_list("action", "object_id", "insured_id", "reason")) == [
        ("view", "", None, "registre"),
        ("view", str(lifted.pk), None, ""),
    ]


def test_the_legal_service_writes_the_texts(case_rules: None) -> None:
    client = client_of(make_staff("droit", role=Role.LEGAL))
    assert "77-1-1" in client.get(BASES).content.decode()
    row = {"ground": "consent", "articles": "loi nouvelle, art. 1", "valid_from": "2026-11-01", "source": "essai"}
    assert client.post(reverse("admin:fraud_liftbasis_add"), row).status_code == 302
    assert LiftBasis.objects.filter(articles="loi nouvelle, art. 1").exists()

"""What a mutual is told of fraud about its members: as little as it needs, once they agree, and nothing is missed."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.db.models import F

from accounts.access.models import AccessLog
from accounts.my_information.accesses import accesses_page
from accounts.partners.models import PartnerInsurer
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from ameli_notify.core.walls import as_insured
from fraud.cases.deciding import accuse_lines
from fraud.cases.models import CaseReport
from fraud.cases.opening import take_in_reports
from fraud.cases.staffing_models import CaseNotice
from fraud.intake.models import FraudReport, ReportedLine
from fraud.partner_api.models import AlertFeedback, PartnerAlert, PartnerAlertAmount
from fraud.partner_api.publishing import KEEP_REMOVED, publish_alerts, purge_alerts
from reimbursements.reference.models import NatureReference
from tests.fraud.cases.conftest import case_rules as case_rules
from tests.fraud.cases.conftest import investigator as investigator
from tests.fraud.cases.rows import CARE_DAY, RPPS, hold, make_sent_report
from tests.partners.alerts import ALERTS, BOTH, make_alerted, make_public_report
from tests.partners.machine import Machine, machine_of
from tests.partners.rows import START, consent, join, make_partner
from tests.partners.test_resources import known_as
from tests.reimbursements.payments.rows import make_person
from tests.staff import client_of

PATH = "/api/v1/alerts"


@pytest.fixture
def machine(partner: PartnerInsurer) -> Machine:
    return machine_of(partner)


@pytest.fixture
def member(partner: PartnerInsurer) -> InsuredPerson:
    return make_alerted(partner)


def told(machine: Machine) -> list[dict[str, Any]]:
    publish_alerts()
    found: list[dict[str, Any]] = machine.json(PATH)["data"]
    return found


class TestWhatIsTold:
    def test_is_that_a_payment_is_in_doubt_and_neither_why_nor_whose(
        self, machine: Machine, member: InsuredPerson
    ) -> None:
        report = make_public_report(member)
        (alert,) = told(machine)
        assert alert.pop("id") == str(PartnerAlert.objects.get().public_id)
        assert alert.pop("opened_at") == f"{report.sent_at:%Y-%m-%dT%H:%M:%S.%f}Z"
        assert alert.pop("changed_at").endswith("Z")
        assert alert == {
            "member_id": known_as(member), "status": "open", "kind": "payment", "source": "report", "severity": "high",
            "care": [{"month": "2026-03", "act_family": "other"}], "amount_paid": None, "last_feedback": None,
        }  # fmt: skip
        answer = machine.get(PATH).content.decode()
        for secret in (report.motive, report.leaf, str(RPPS), "Cabinet", "Consultation", report.receipt_no or "-"):
            assert secret not in answer

    def test_names_the_family_of_care_and_each_month_once(self, machine: Machine, member: InsuredPerson) -> None:
        NatureReference.objects.create(
            code=1110, family="consultation", label="x", plain_label="x", valid_from=dt.date(2020, 1, 1), source="essai"
        )
        report = make_public_report(member)
        for number, day in enumerate((CARE_DAY, dt.date(2026, 5, 4)), start=1):
            add_line(report, line_id=10_000 + number, care_start=day)
        (alert,) = told(machine)
        assert alert["care"] == [
            {"month": "2026-03", "act_family": "consultation"},
            {"month": "2026-05", "act_family": "consultation"},
        ]

    def test_has_an_amount_with_the_consent_to_payments_only(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        make_public_report(member)
        (before,) = told(machine)
        consent(member, partner, BOTH)
        (alert,) = told(machine)
        assert (before["amount_paid"], alert["amount_paid"]) == (None, "21.00")
        consent(member, partner, ALERTS)
        assert machine.json(PATH)["data"][0]["amount_paid"] is None, "at once, before the publisher"
        assert told(machine)[0]["amount_paid"] is None
        assert not PartnerAlertAmount.objects.exists()

    @pytest.mark.parametrize(
        ("end", "status"),
        [
            ({"status": "in-review"}, "open"),
            ({"status": "closed", "closing_reason": "confirmed"}, "confirmed"),
            ({"status": "closed", "closing_reason": "corrected"}, "corrected"),
            ({"status": "closed", "closing_reason": "explained"}, "not_established"),
            ({"status": "closed", "closing_reason": "not-established"}, "not_established"),
        ],
    )
    def test_follows_what_the_member_is_told(
        self, machine: Machine, member: InsuredPerson, end: dict[str, str], status: str
    ) -> None:
        report = make_public_report(member)
        closed_at = report.sent_at if end["status"] == "closed" else None
        FraudReport.objects.update(closed_at=closed_at, **end)
        assert [alert["status"] for alert in told(machine)] == [status]

    def test_comes_from_the_house_once_a_case_holds_the_payment(
        self, machine: Machine, member: InsuredPerson, case_rules: None, investigator: User
    ) -> None:
        make_public_report(member)
        case = hold(CaseReport.objects.get().case, by=investigator)
        assert told(machine)[0]["source"] == "report"
        accuse_lines(case.pk, line_ids=[ReportedLine.objects.get().pk], by=investigator)
        assert told(machine)[0]["source"] == "case"

    def test_of_somebody_elses_report_begins_with_the_case(
        self, machine: Machine, member: InsuredPerson, case_rules: None, investigator: User
    ) -> None:
        make_public_report(make_person("Autrice"), beneficiary_id=member.pk)
        assert told(machine) == [], "or it would say who talked"
        case = hold(CaseReport.objects.get().case, by=investigator)
        accuse_lines(case.pk, line_ids=[ReportedLine.objects.get().pk], by=investigator)
        assert [(alert["source"], alert["member_id"]) for alert in told(machine)] == [("case", known_as(member))]


class TestNothingIsTold:
    @pytest.mark.parametrize("purposes", [(), ("payments",), ("campaigns",)], ids=["none", "payments", "campaigns"])
    def test_without_the_consent_to_alerts(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer, purposes: tuple[Any, ...]
    ) -> None:
        consent(member, partner, purposes)
        make_public_report(member)
        assert told(machine) == []

    @pytest.mark.parametrize(
        "snapshot", [{"is_confidential": True}, {}], ids=["under secrecy", "whose secrecy is not known"]
    )
    def test_of_care(self, machine: Machine, member: InsuredPerson, snapshot: object) -> None:
        make_public_report(member, snapshot=snapshot)
        assert told(machine) == []

    def test_of_care_of_a_secret_nature(self, machine: Machine, member: InsuredPerson) -> None:
        NatureReference.objects.create(
            code=1110, label="x", family="x", plain_label="x", is_confidential=True, valid_from=START, source="essai"
        )
        make_public_report(member)
        assert told(machine) == []

    def test_of_care_outside_the_membership(self, machine: Machine, member: InsuredPerson) -> None:
        make_public_report(member, care_start=START - dt.timedelta(days=1))
        assert told(machine) == []

    def test_of_a_draft_or_a_dependant(self, machine: Machine, member: InsuredPerson) -> None:
        make_public_report(member, beneficiary_id=make_person("Enfant").pk)
        assert told(machine) == []

    def test_before_there_is_a_case(self, machine: Machine, member: InsuredPerson) -> None:
        make_sent_report(member, line={"snapshot": {"is_confidential": False}})
        assert told(machine) == []
        take_in_reports()
        assert len(told(machine)) == 1

    def test_to_another_mutual(self, member: InsuredPerson, machine: Machine) -> None:
        make_public_report(member)
        (alert,) = told(machine)
        stranger = machine_of(make_partner("99000002"))
        assert stranger.json(PATH)["data"] == []
        assert stranger.get(f"{PATH}/{alert['id']}").status_code == 404
        assert stranger.post(f"{PATH}/{alert['id']}/feedback", {"verdict": "confirmed"}).status_code == 404
        assert not AlertFeedback.objects.exists()


class TestFollowing:
    def test_finds_what_changed_after_a_place(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        reports = [make_public_report(member), make_public_report(make_alerted(partner)), make_public_report(member)]
        publish_alerts()
        first = machine.json(PATH, {"limit": 2})
        assert (len(first["data"]), first["has_more"]) == (2, True)
        rest = machine.json(PATH, {"limit": 2, "after": first["next_after"]})
        assert (len(rest["data"]), rest["has_more"]) == (1, False)
        quiet = machine.json(PATH, {"after": rest["next_after"]})
        assert quiet == {"data": [], "next_after": rest["next_after"], "has_more": False}
        FraudReport.objects.filter(pk=reports[0].pk).update(
            status="closed", closing_reason="corrected", closed_at=F("sent_at")
        )
        publish_alerts()
        (changed,) = machine.json(PATH, {"after": rest["next_after"]})["data"]
        assert changed["status"] == "corrected"
        assert machine.json(f"{PATH}/{changed['id']}") == changed

    def test_publishing_again_moves_nothing(self, machine: Machine, member: InsuredPerson) -> None:
        make_public_report(member)
        first = told(machine)
        done = publish_alerts()
        assert (done.told, done.removed) == (0, 0)
        assert told(machine) == first

    @pytest.mark.parametrize("end", ["consent", "membership", "report"])
    def test_tells_what_is_gone_without_a_word_of_it(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer, end: str
    ) -> None:
        make_public_report(member)
        publish_alerts()
        page = machine.json(PATH)
        (before,) = page["data"]
        if end == "consent":
            consent(member, partner, ())
            assert machine.json(PATH)["data"] == [], "at once"
            assert machine.get(f"{PATH}/{before['id']}").status_code == 404
        elif end == "membership":
            member.memberships.update(ends_on=START)
        else:
            FraudReport.objects.update(status="withdrawn", withdrawn_at=F("sent_at"))
        publish_alerts()
        (gone,) = machine.json(PATH, {"after": page["next_after"]})["data"]
        assert gone.pop("changed_at") > before["changed_at"]
        assert gone == {
            "id": before["id"], "member_id": before["member_id"], "status": "removed", "kind": None, "source": None,
            "severity": None, "care": [], "amount_paid": None, "opened_at": None, "last_feedback": None,
        }  # fmt: skip
        answer = machine.post(f"{PATH}/{before['id']}/feedback", {"verdict": "confirmed"})
        assert answer.status_code == 404

    def test_finds_again_what_came_back_under_its_name(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        make_public_report(member)
        (before,) = told(machine)
        consent(member, partner, ())
        publish_alerts()
        consent(member, partner, ALERTS)
        (again,) = told(machine)
        assert (again["id"], again["status"]) == (before["id"], "open")

    def test_forgets_after_a_year_what_is_gone(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        make_public_report(member)
        (alert,) = told(machine)
        machine.post(f"{PATH}/{alert['id']}/feedback", {"verdict": "unfounded"})
        consent(member, partner, ())
        publish_alerts()
        assert purge_alerts() == 0
        PartnerAlert.objects.update(changed_at=F("changed_at") - KEEP_REMOVED)
        assert purge_alerts() == 1
        assert not AlertFeedback.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_two_publishers_and_late_writers_lose_nothing(self, transactional_db: None, case_rules: None) -> None:
        partner = make_partner("99000001")
        people = [make_alerted(partner) for _ in range(6)]
        machine = machine_of(partner, per_minute=100_000)
        machine.bearer()

        def alone(work: Any, *args: Any) -> Any:  # noqa: ANN401
            try:
                return work(*args)
            finally:
                connections.close_all()

        def report_twice(person: InsuredPerson) -> None:
            for _ in range(2):
                make_public_report(person)

        seen: list[str] = []
        place: dict[str, str] = {}
        with ThreadPoolExecutor(8) as pool:
            writing = [pool.submit(alone, report_twice, person) for person in people]
            publishing = [pool.submit(alone, publish_alerts) for _ in range(6)]
            while not all(work.done() for work in (*writing, *publishing)):
                page = machine.json(PATH, place)
                seen += [alert["id"] for alert in page["data"]]
                place = {"after": page["next_after"]}
            for work in (*writing, *publishing):
                work.result()
        publish_alerts()
        seen += [alert["id"] for alert in machine.json(PATH, place)["data"]]
        everything = {str(one) for one in PartnerAlert.objects.values_list("public_id", flat=True)}
        assert len(everything) == 12
        assert sorted(seen) == sorted(everything), "each once, none missed"


class TestFeedback:
    @pytest.fixture
    def alert(self, machine: Machine, member: InsuredPerson) -> str:
        make_public_report(member)
        (found,) = told(machine)
        return f"{PATH}/{found['id']}"

    def test_is_kept_and_read_back(self, machine: Machine, alert: str) -> None:
        answer = machine.post(f"{alert}/feedback", {"verdict": "confirmed", "amount_recovered": "9.00"})
        assert answer.status_code == 201, answer.content
        kept = answer.json()
        assert machine.json(alert)["last_feedback"] == kept
        assert (kept["verdict"], kept["amount_recovered"]) == ("confirmed", "9.00")
        machine.post(f"{alert}/feedback", {"verdict": "already_handled"})
        assert machine.json(alert)["last_feedback"]["verdict"] == "already_handled"
        assert AlertFeedback.objects.count() == 2, "a correction takes nothing away"

    def test_sent_twice_is_kept_once(self, machine: Machine, alert: str) -> None:
        first, again = (machine.post(f"{alert}/feedback", {"verdict": "unfounded"}, key="k-1") for _ in range(2))
        assert (again.status_code, again.json()) == (201, first.json())
        assert again["Idempotency-Replayed"] == "true"
        assert AlertFeedback.objects.count() == 1
        other = machine.post(f"{alert}/feedback", {"verdict": "confirmed"}, key="k-1")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, "invalid-parameter"),
            ({"verdict": "sure"}, "invalid-parameter"),
            ({"verdict": None}, "invalid-parameter"),
            ({"verdict": "confirmed", "amount_recovered": 9}, "invalid-parameter"),
            ({"verdict": "confirmed", "amount_recovered": "9"}, "invalid-parameter"),
            ({"verdict": "confirmed", "amount_recovered": "-9.00"}, "invalid-parameter"),
            ({"verdict": "confirmed", "amount_recovered": "٩.00"}, "invalid-parameter"),
            ({"verdict": "unfounded", "amount_recovered": "9.00"}, "invalid-parameter"),
            ({"verdict": "confirmed", "remark": "x"}, "unknown-parameter"),
            ([], "invalid-request"),
            ("confirmed", "invalid-request"),
        ],
    )
    def test_is_read_strictly(self, machine: Machine, alert: str, body: object, code: str) -> None:
        answer = machine.post(f"{alert}/feedback", body)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert not AlertFeedback.objects.exists()

    def test_reaches_whoever_investigates(
        self, machine: Machine, alert: str, case_rules: None, investigator: User
    ) -> None:
        case = hold(CaseReport.objects.get().case, by=investigator)
        machine.post(f"{alert}/feedback", {"verdict": "confirmed", "amount_recovered": "1209.50"})
        notice = CaseNotice.objects.get(kind="feedback")
        assert (notice.recipient, notice.case) == (investigator, case)
        page = client_of(investigator).get(f"/console/fraud/fraudcase/{case.pk}/change/").content.decode()
        assert "retour d’une mutuelle sur une alerte" in page
        assert "anomalie confirmée par la mutuelle, 1 209,50 € récupérés" in page.replace("\u202f", " ").replace(
            "\xa0", " "
        )


class TestAccessLog:
    def test_has_a_row_a_person_who_reads_it(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        make_public_report(member)
        make_public_report(member)
        told(machine)
        (row,) = AccessLog.objects.filter(actor_role="partner")
        assert (row.actor_id, row.insured_id, row.object_kind) == (partner.pk, member.pk, "fraud.partneralert")
        with as_insured(member.pk):
            (shown,) = accesses_page(member.pk).rows
        assert shown.what_fr == "Consultation : les alertes de fraude qui vous concernent"


@pytest.mark.parametrize("number", [1, 8])
def test_queries_do_not_grow_with_the_rows(
    machine: Machine, partner: PartnerInsurer, number: int, django_assert_max_num_queries: object
) -> None:
    for _ in range(number):
        make_public_report(make_alerted(partner))
    publish_alerts()
    machine.bearer()
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        assert len(machine.json(PATH)["data"]) == number


def add_line(report: FraudReport, **values: Any) -> None:
    line = ReportedLine.objects.filter(report=report).latest("pk")
    line.pk = None
    for name, value in values.items():
        setattr(line, name, value)
    line.save()


def test_a_leaving_member_of_one_mutual_stays_with_the_other(db: None, partner: PartnerInsurer) -> None:
    other = make_partner("99000002")
    person = make_alerted(partner)
    person.memberships.update(ends_on=CARE_DAY)
    join(person, other, starts_on=CARE_DAY)
    consent(person, other, ALERTS)
    make_public_report(person)
    both = [told(machine_of(one)) for one in (partner, other)]
    assert [len(alerts) for alerts in both] == [1, 1]
    assert both[0][0]["id"] != both[1][0]["id"]
    assert both[0][0]["member_id"] != both[1][0]["member_id"]

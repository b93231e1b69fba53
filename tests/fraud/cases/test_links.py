"""With whom the professional of a case works: counted, numbered, and named only while the people are open."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access.models import AccessLog
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from ameli_notify.core.sql import fetch_all
from fraud.cases.enums import OpeningReason
from fraud.cases.links import patient_number
from fraud.cases.models import FraudCase
from fraud.cases.similar import similar_reports
from fraud.cases.unveiling import unveil
from reimbursements.activity import ties
from reimbursements.activity.rollup import count_activity
from reimbursements.reference.services import load_reference_data
from tests.core.test_roles import analyze
from tests.fraud.cases.rows import RPPS, CaseMaker, hold
from tests.reimbursements.activity.rows import act_line, load, make_batch, make_professional
from tests.reimbursements.payments.rows import make_person
from tests.staff import client_of

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
MONDAY = dt.date(2026, 10, 12)
COLLEAGUE, STRANGER, PRESCRIBER = 10000000020, 10000000038, 10000000046
MANY_TIES = """
INSERT INTO reimbursements_patienttie (rpps, beneficiary_id, first_on, last_on)
SELECT p.rpps, n, %(day)s, %(day)s FROM generate_series(1, 8000) AS n
CROSS JOIN LATERAL (VALUES (%(rpps)s + 1000 + n %% 97), (%(rpps)s + 2000 + n %% 89)) AS p (rpps)
UNION ALL SELECT %(rpps)s, n, %(day)s, %(day)s FROM generate_series(1, 30) AS n
"""
ACCOUNT = {"payee_account": "aaaaaaaaaaaaaaaa"}


@pytest.fixture(autouse=True)
def _today(db: None) -> Iterator[None]:
    load_reference_data()
    with time_machine.travel(NOW, tick=False):
        yield


def treat(rpps: int, patients: range | list[int], **others: object) -> None:
    batch = make_batch(first=dt.date(2026, 10, 1), last=dt.date(2026, 11, 20))
    load([act_line(batch, rpps=rpps, beneficiary_id=number, care=MONDAY, **others) for number in patients])


def page(case: FraudCase, user: User) -> str:
    answer = client_of(user).get(reverse("admin:fraud_fraudcase_links", args=[case.pk]))
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def context(case: FraudCase, user: User) -> Any:  # noqa: ANN401 (as in Django)
    return client_of(user).get(reverse("admin:fraud_fraudcase_links", args=[case.pk])).context


class TestLinks:
    def test_patients_in_common_are_counted_from_five_on(self, new_case: CaseMaker, investigator: User) -> None:
        make_professional(COLLEAGUE, specialty="01", department="13")
        treat(RPPS, range(1000, 1020))
        treat(COLLEAGUE, range(1015, 1025))
        treat(STRANGER, range(1000, 1004))
        count_activity()
        new_case(performer_rpps=COLLEAGUE)
        (row,) = context(new_case(), investigator)["shared"]
        assert (row.rpps, row.patients, row.cases) == (COLLEAGUE, "5", 1)
        assert (row.own_share, row.their_share) == ("25,0\u00a0%", "50,0\u00a0%")
        assert "dép. 13" in row.what
        shown = page(new_case(), investigator)
        assert f"?q={COLLEAGUE}" in shown
        assert str(STRANGER) not in shown

    def test_a_shared_prescriber_and_a_shared_account_say_how_many_others(
        self, new_case: CaseMaker, investigator: User
    ) -> None:
        treat(RPPS, range(1000, 1003), prescriber_rpps=PRESCRIBER, **ACCOUNT)
        treat(RPPS, [1003], payee=10, payee_account="")
        treat(COLLEAGUE, [2000], prescriber_rpps=PRESCRIBER)
        treat(STRANGER, [2001], **ACCOUNT)
        count_activity()
        found = context(new_case(), investigator)
        prescriber, nobody = found["prescribers"]
        assert (prescriber.name, prescriber.patients, prescriber.share) == (str(PRESCRIBER), "3", "75,0\u00a0%")
        assert prescriber.others == "1"
        assert nobody.name == "sans prescripteur"
        account, own = found["accounts"]
        assert (account.name, account.others, account.others_rpps) == ("compte 1", "1", [STRANGER])
        assert own.name == "l’assuré (pas de tiers payant)"
        assert ACCOUNT["payee_account"] not in page(new_case(), investigator)

    def test_nothing_older_than_the_year_counts(self, new_case: CaseMaker, investigator: User) -> None:
        batch = make_batch(first=dt.date(2025, 9, 1), last=dt.date(2025, 9, 30))
        load([act_line(batch, rpps=RPPS, beneficiary_id=1, care=dt.date(2025, 9, 2))])
        treat(RPPS, [2])
        count_activity()
        assert len(context(new_case(), investigator)["patients"]) == 1

    def test_a_case_of_nobody_known_says_so(self, new_case: CaseMaker, investigator: User) -> None:
        assert "pas un seul professionnel" in page(new_case(performer_rpps=None), investigator)


class TestPatients:
    @pytest.fixture
    def reporter(self) -> InsuredPerson:
        return make_person("Zélie-Reconnaissable")

    def test_they_are_numbers_while_the_people_are_closed(
        self, reporter: InsuredPerson, new_case: CaseMaker, investigator: User
    ) -> None:
        treat(RPPS, [reporter.pk, reporter.pk + 5000])
        count_activity()
        case, other = new_case(person=reporter), new_case()
        shown = page(case, investigator)
        assert "Reconnaissable" not in shown
        assert f"{patient_number(case, reporter.pk)}, dont un soin est signalé dans ce dossier" in shown
        assert patient_number(case, reporter.pk + 5000) in shown
        assert patient_number(case, reporter.pk) != patient_number(other, reporter.pk)
        assert not AccessLog.objects.filter(insured_id=reporter.pk).exists()

    def test_those_who_reported_are_named_while_they_are_open_and_told(
        self, reporter: InsuredPerson, new_case: CaseMaker, investigator: User
    ) -> None:
        treat(RPPS, [reporter.pk, reporter.pk + 5000])
        count_activity()
        case = hold(new_case(person=reporter), by=investigator)
        unveil(case.pk, reason=OpeningReason.INVESTIGATION, by=investigator)
        shown = page(case, investigator)
        assert "Zélie-Reconnaissable" in shown
        assert patient_number(case, reporter.pk + 5000) in shown
        (read,) = AccessLog.objects.filter(insured_id=reporter.pk)
        assert case.number in read.reason


class TestSpeed:
    def test_the_number_of_queries_does_not_follow_the_number_of_patients(
        self, new_case: CaseMaker, investigator: User
    ) -> None:
        case = new_case()
        client, address = client_of(investigator), reverse("admin:fraud_fraudcase_links", args=[case.pk])
        counts = []
        for number in (6, 60):
            treat(RPPS, range(1000, 1000 + number), prescriber_rpps=PRESCRIBER, **ACCOUNT)
            treat(COLLEAGUE, range(1000, 1000 + number))
            count_activity()
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            counts.append(len(captured))
        assert counts[0] == counts[1]

    def test_patients_and_lines_are_found_by_their_indexes(self) -> None:
        """At a size where the planner has a reason to: what it does with twenty rows says nothing."""
        treat(RPPS, [1])
        with connection.cursor() as cursor:
            cursor.execute(MANY_TIES, {"rpps": RPPS, "day": MONDAY})
        analyze("reimbursements_patienttie", "reimbursements_practitioneryear")
        values = {"rpps": RPPS, "since": dt.date(2025, 11, 1), "fewest": 5, "most": 15}
        for statement, index in (
            (ties._SHARED, "patient_tie_by_patient"),
            (ties._BILLED, "performer_rpps_care_start_idx"),
        ):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
            plan = "\n".join(row[0] for row in fetch_all(f"EXPLAIN {statement}", values))
            assert index in plan, plan


class TestSimilarReports:
    def test_those_most_alike_come_first(self, new_case: CaseMaker, investigator: User) -> None:
        case = new_case()
        alike = new_case()
        other_care = new_case(nature_code=1112)
        new_case(performer_rpps=STRANGER)
        new_case(care_start=dt.date(2024, 1, 2))
        found = similar_reports(case)
        assert [one.case for one in found] == [alike, other_care]
        assert [one.likeness for one in found] == ["même motif et même soin", "même motif"]
        answer = client_of(investigator).get(reverse("admin:fraud_fraudcase_change", args=[case.pk]))
        shown = answer.content.decode()
        assert "Signalements semblables" in shown
        assert str(found[0].receipt_no) in shown
        assert alike.number in shown

    def test_without_a_known_professional_nothing_is_alike(self, new_case: CaseMaker) -> None:
        new_case()
        assert similar_reports(new_case(performer_rpps=None)) == []

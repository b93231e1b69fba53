"""A case with very many lines and reports: its pages open by parts, and nothing is out of reach."""

import pytest
from django.http import QueryDict
from django.urls import reverse

from accounts.access.models import AccessLog
from accounts.staff.models import User
from fraud.cases.dossier import dossier_words
from fraud.cases.models import CaseEvent, CaseLine, FraudCase
from fraud.cases.noting import write_note
from fraud.cases.opening import link
from fraud.cases.page import happened
from fraud.cases.paging import CHOICES, LINES, NOTES, PEOPLE, Part, part_of
from fraud.intake.models import ReportedLine
from tests.fraud.cases.rows import add_lines, make_sent_report
from tests.reimbursements.payments.rows import make_person
from tests.staff import client_of


def page_of(case: FraudCase) -> str:
    return reverse("admin:fraud_fraudcase_change", args=[case.pk])


def part(rows: list[int], asked: str, *, size: int = 10) -> Part:
    return part_of(rows, name="lignes", size=size, query=QueryDict(asked))


class TestPart:
    def test_says_where_it_is_and_where_the_others_are(self) -> None:
        found = part(list(range(45)), "vue=tous&lignes=3")
        assert (found.rows, found.first, found.last, found.total) == (list(range(20, 30)), 21, 30, 45)
        assert found.before == "?vue=tous&lignes=2#lignes"
        assert found.after == "?vue=tous&lignes=4#lignes"
        assert (found.start, found.end) == ("?vue=tous&lignes=1#lignes", "?vue=tous&lignes=5#lignes")

    @pytest.mark.parametrize(
        ("asked", "first"), [("", 1), ("lignes=x", 1), ("lignes=0", 41), ("lignes=-1", 41), ("lignes=99", 41)]
    )
    def test_of_what_is_no_page_shows_the_nearest(self, asked: str, first: int) -> None:
        assert part(list(range(45)), asked).first == first

    @pytest.mark.parametrize("number", [0, 10])
    def test_a_short_table_has_no_pages(self, number: int) -> None:
        found = part(list(range(number)), "")
        assert found.is_whole
        assert {found.start, found.before, found.after, found.end} == {""}

    def test_on_paper_everything_is_there(self) -> None:
        assert part_of(list(range(45)), name="lignes", size=10, query=None).is_whole


class TestCasePage:
    def test_shows_lines_by_pages(self, held_case: FraudCase, investigator: User) -> None:
        add_lines(held_case, LINES + 5)
        client = client_of(investigator)
        first = client.get(page_of(held_case)).content.decode()
        assert f"Lignes signalées ({LINES + 6}, dont 0 retenue)" in first
        assert "Soin numéro 0049" in first
        assert "Soin numéro 0050" not in first
        second = client.get(page_of(held_case), {"lignes": "2"}).content.decode()
        assert "Soin numéro 0050" in second
        assert "Soin numéro 0055" in second
        assert "Soin numéro 0049" not in second
        assert len(dossier_words(held_case, by=investigator)["lines"]) == LINES + 6

    def test_notes_and_timeline_are_read_to_their_end(self, held_case: FraudCase, investigator: User) -> None:
        for number in range(NOTES + 1):
            write_note(held_case.pk, text=f"mot {number}.", due_on=None, by=investigator)
        client = client_of(investigator)
        newest = client.get(page_of(held_case)).content.decode()
        assert f"mot {NOTES}." in newest
        assert "mot 0." not in newest
        assert "mot 0." in client.get(page_of(held_case), {"notes": "2"}).content.decode()
        events = happened(held_case)
        assert list(events) == events[:2] + events[2 : events.count()]
        assert events.count() > CaseEvent.objects.filter(case=held_case).count(), "those of the report count too"


class TestActs:
    def test_all_lines_are_held_at_once(self, held_case: FraudCase, investigator: User) -> None:
        add_lines(held_case, CHOICES + 5)
        client, act = client_of(investigator), reverse("admin:fraud_fraudcase_act", args=[held_case.pk, "retenir"])
        shown = client.get(act).content.decode()
        assert "Soin numéro 0099" in shown
        assert "Soin numéro 0100" not in shown
        assert "Soin numéro 0100" in client.get(act, {"page": "2"}).content.decode()
        assert "Choisissez au moins une ligne" in client.post(act, {}).content.decode()
        last = ReportedLine.objects.get(title=f"Soin numéro {CHOICES + 5:04}")
        assert "Lignes retenues : 1." in client.post(act, {"lines": [last.pk]}, follow=True).content.decode()
        told = client.post(act, {"are_all": "on"}, follow=True).content.decode()
        assert f"Lignes retenues : {CHOICES + 5}." in told
        assert f"dont {CHOICES + 6} retenues" in told
        assert CaseLine.objects.filter(case=held_case).count() == CHOICES + 6
        accused = CaseEvent.objects.filter(case=held_case, kind="accused")
        assert accused.count() == CHOICES + 6

    def test_people_are_read_and_logged_by_pages(self, held_case: FraudCase, investigator: User) -> None:
        for _ in range(PEOPLE):
            link(held_case, make_sent_report(make_person("Zélie")), by=investigator)
        client = client_of(investigator)
        client.post(
            reverse("admin:fraud_fraudcase_act", args=[held_case.pk, "voir-les-personnes"]), {"reason": "investigation"}
        )
        logged = AccessLog.objects.filter(object_kind="fraud.fraudreport", action="view")
        before = logged.count()
        page = reverse("admin:fraud_fraudcase_people", args=[held_case.pk])
        client.get(page)
        assert logged.count() - before == PEOPLE
        client.get(page, {"page": "2"})
        assert logged.count() - before == PEOPLE + 1

"""The professional of a case beside peers, as the console shows it."""

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
import time_machine
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.access.models import AccessLog
from accounts.staff.models import User
from fraud.cases.models import FraudCase
from fraud.cases.peer_chart import PeerRow, peer_chart, place
from fraud.cases.profile import rank_fr, shown
from reimbursements.activity.peers import Spread, compare
from reimbursements.activity.rollup import count_activity
from reimbursements.reference.services import load_reference_data
from tests.fraud.cases.practices import SATURDAY, peers, practise
from tests.fraud.cases.rows import RPPS, CaseMaker
from tests.reimbursements.activity.rows import make_professional
from tests.staff import client_of

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _today(db: None) -> Iterator[None]:
    load_reference_data()
    with time_machine.travel(NOW, tick=False):
        yield


def page(case: FraudCase, user: User, **query: str) -> str:
    answer = client_of(user).get(reverse("admin:fraud_fraudcase_profile", args=[case.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


class TestPage:
    def test_figures_stand_beside_those_of_the_peers(self, new_case: CaseMaker, investigator: User) -> None:
        practise(RPPS, patients=60, care=SATURDAY)
        peers(11)
        count_activity()
        case = new_case()
        shown_page = page(case, investigator)
        comparison = compare(RPPS, nationwide=False)
        assert comparison is not None
        by_name = {figure.name: figure for figure in comparison.figures}
        patients = by_name["patients"].peers
        assert patients is not None
        assert (by_name["patients"].value, patients.median, patients.percentile) == (60, 25, 100)
        assert (patients.first_quartile, patients.third_quartile) == (22.5, 27.5)
        assert by_name["weekend_pct"].value == 100
        for text in ("<strong>11</strong>", "tous les pairs ont moins", "22 à 28", "département 75", "100,0 %"):
            assert text in shown_page, text
        assert AccessLog.objects.filter(reason="profil du professionnel", object_id=str(case.pk)).exists()

    def test_the_drawing_says_what_the_table_says_and_holds_no_style(
        self, new_case: CaseMaker, investigator: User
    ) -> None:
        practise(RPPS, patients=60)
        peers(11)
        count_activity()
        shown_page = page(new_case(), investigator)
        start = shown_page.rindex("<svg", 0, shown_page.index('class="peers"'))
        drawing = shown_page[start : shown_page.index("</svg>", start) + 6]
        root = ET.fromstring(drawing)
        assert len(root.findall(f"{SVG}g")) == 7
        assert "Patients : 60" in ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
        assert "style=" not in drawing
        assert root.find(f"{SVG}title") is not None
        assert root.find(f"{SVG}desc") is not None

    def test_with_fewer_than_ten_peers_nothing_is_compared(self, new_case: CaseMaker, investigator: User) -> None:
        practise(RPPS, patients=60)
        peers(9)
        count_activity()
        for scope in ("departement", "france"):
            shown_page = page(new_case(), investigator, pairs=scope)
            assert "Moins de 10 pairs" in shown_page
            assert "Médiane" not in shown_page
            assert 'class="peers"' not in shown_page
            assert "60" in shown_page

    def test_without_enough_in_the_department_the_whole_country_is_taken(
        self, new_case: CaseMaker, investigator: User
    ) -> None:
        practise(RPPS, patients=60)
        peers(12, department="13")
        count_activity()
        assert "France entière, " in page(new_case(), investigator)
        assert "Moins de 10 pairs" in page(new_case(), investigator, pairs="departement")

    def test_another_specialty_and_hardly_active_ones_are_no_peers(self) -> None:
        practise(RPPS, patients=60)
        peers(10)
        make_professional(10000000900, specialty="15")
        practise(10000000901, patients=19)
        count_activity()
        comparison = compare(RPPS, nationwide=True)
        assert comparison is not None
        assert comparison.peer_count == 10

    def test_an_act_that_few_peers_bill_is_not_compared(self, new_case: CaseMaker, investigator: User) -> None:
        practise(RPPS, patients=60, code="GS")
        peers(10)
        peers(4, code="GS", first=10000000200)
        count_activity()
        shown_page = page(new_case(), investigator)
        assert "facturé par moins de 5 pairs" in shown_page
        peers(1, code="GS", first=10000000300)
        count_activity()
        assert "facturé par moins de 5 pairs" not in page(new_case(), investigator)

    def test_a_case_of_nobody_known_and_one_without_acts_say_so(self, new_case: CaseMaker, investigator: User) -> None:
        assert "aucun acte remboursé" in page(new_case(), investigator)
        assert "pas un seul professionnel" in page(new_case(performer_rpps=None), investigator)


class TestWords:
    @pytest.mark.parametrize(
        ("value", "kind", "text"),
        [
            (1234.0, "count", "1\u202f234"),
            (12.34, "decimal", "12,3"),
            (41.3, "euros", "41,30\u00a0€"),
            (7.25, "percent", "7,2\u00a0%"),
            (None, "euros", "sans objet"),
        ],
    )
    def test_each_figure_has_its_unit(self, value: float | None, kind: str, text: str) -> None:
        assert shown(value, kind) == text

    @pytest.mark.parametrize(
        ("percentile", "said"),
        [
            (100.0, "tous les pairs ont moins"),
            (99.9, "99\u00a0% des pairs ont moins"),
            (50.0, "50\u00a0% des pairs ont moins"),
            (0.4, "moins de 1\u00a0% des pairs ont moins"),
            (0.0, "aucun pair n’a moins"),
        ],
    )
    def test_a_rank_never_says_more_than_it_knows(self, percentile: float, said: str) -> None:
        assert rank_fr(spread(percentile=percentile)) == said


def spread(**values: float) -> Spread:
    marks = {"low": 1.0, "first_quartile": 2.0, "median": 3.0, "third_quartile": 4.0, "high": 5.0, "percentile": 50.0}
    return Spread(**{**marks, **values})


class TestDrawing:
    @given(
        value=st.floats(-1e6, 1e6), low=st.floats(-1e6, 1e6), high=st.floats(-1e6, 1e6),
    )  # fmt: skip
    def test_everything_lies_inside(self, value: float, low: float, high: float) -> None:
        ends = sorted((low, high, value))
        assert 3.99 < place(value, low=ends[0], high=ends[2]) < 96.01

    def test_a_label_cannot_break_out(self) -> None:
        row = PeerRow(label="<script>", text="1", value=1.0, peers=spread())
        drawing = peer_chart([row], title="t", description="d")
        assert "<script>" not in drawing
        assert "&lt;script&gt;" in drawing

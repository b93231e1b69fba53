"""A year of care: what it cost, who paid, the table and the drawing."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from decimal import Decimal

from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from reimbursements.explanations.svg import Bar, bar_chart
from reimbursements.explanations.yearly import YearGroup, YearPicture, year_chart, year_picture
from tests.reimbursements.test_explanations_cases import BOOK
from tests.reimbursements.test_explanations_language import check

SVG = "{http://www.w3.org/2000/svg}"
GROUP = YearGroup(
    nature_code=1110,
    rem_type=0,
    is_confidential=False,
    is_due=False,
    charged=Decimal("300.00"),
    paid=Decimal("210.00"),
    complementary=Decimal("30.00"),
    is_complementary_awaited=True,
    is_of_others=False,
)
NOTHING = Decimal("0.00")


def part(**others: object) -> YearGroup:
    return replace(GROUP, **{"complementary": NOTHING, "is_complementary_awaited": False, **others})  # type: ignore[arg-type]


YEAR = [
    GROUP,
    part(rem_type=4, paid=Decimal("20.00")),
    part(nature_code=1951, charged=NOTHING, paid=Decimal("-14.00")),
    part(nature_code=1952, charged=NOTHING, paid=Decimal("-6.00"), is_due=True),
    part(nature_code=1952, charged=NOTHING, paid=Decimal("-4.00")),
    part(nature_code=3313, charged=Decimal("80.00"), paid=Decimal("52.00")),
    part(nature_code=2422, charged=Decimal("193.64"), paid=Decimal("193.64")),
    part(nature_code=6111, charged=Decimal("492.00"), paid=Decimal("492.00")),
    part(nature_code=9999, charged=Decimal("10.00"), paid=NOTHING),
]


def picture() -> YearPicture:
    return year_picture(YEAR, BOOK, year=2026)


def as_text(told: YearPicture) -> str:
    rows = [told.table.caption, " | ".join(told.table.columns)]
    rows += [" | ".join((row.header, *row.cells)) for row in (*told.table.rows, told.table.total)]
    rows += [f"{share.label} : {share.text}" for share in told.shares]
    rows += [sentence.text for sentence in told.sentences]
    return "\n".join(rows).replace("\u00a0", " ")


def test_the_year_reads_well(snapshot: SnapshotAssertion) -> None:
    told = picture()
    for sentence in told.sentences:
        check(sentence)
    assert as_text(told) == snapshot


def test_the_expense_is_counted_once_and_allowances_apart() -> None:
    told = picture()
    assert told.amounts.charged == Decimal("583.64")
    assert told.allowances == Decimal("492.00")


def test_what_is_recovered_later_is_not_counted_twice() -> None:
    assert picture().amounts.copay == Decimal("20.00")


def test_an_unknown_complementary_part_is_no_zero() -> None:
    """A part of which nothing is known, one known in part, and one that nothing is left for."""
    unknown = part(nature_code=3313, charged=Decimal("80.00"), paid=Decimal("52.00"), is_complementary_awaited=True)
    covered = part(nature_code=9999, charged=Decimal("10.00"), paid=Decimal("10.00"), is_complementary_awaited=True)
    told = year_picture([GROUP, unknown, covered], BOOK, year=2026)
    cells = {row.header: (row.cells[2], row.cells[4]) for row in (*told.table.rows, told.table.total)}
    assert cells == {
        "Consultations et visites": ("au moins 30,00\u00a0€", "60,00\u00a0€"),
        "Médicaments": ("Non connue", "28,00\u00a0€"),
        "Autres soins": ("0,00\u00a0€", "0,00\u00a0€"),
        "Total": ("au moins 30,00\u00a0€", "88,00\u00a0€"),
    }
    assert told.table.columns[-1] == "Vous, avant votre complémentaire"


def test_care_of_others_is_not_called_yours_alone() -> None:
    both = "vos soins et ceux des personnes rattachées à votre dossier"
    told = year_picture([GROUP, part(is_of_others=True)], BOOK, year=2026)
    assert told.sentences[0].text.startswith(f"V{both[1:]}, payés en 2026, ont coûté")
    assert both in told.table.caption
    assert both in str(year_chart(told, element_id="y"))
    check(told.sentences[0])
    assert picture().whose == "vos soins"


def test_a_small_share_is_not_called_nothing() -> None:
    told = year_picture([GROUP, part(rem_type=4, paid=Decimal("0.50"))], BOOK, year=2026)
    assert next(share.text for share in told.shares if share.key == "others") == "0,50\u00a0€ (moins de 1\u00a0%)"


def test_confidential_care_is_not_named() -> None:
    headers = [row.header for row in picture().table.rows]
    assert "Soins confidentiels" in headers
    assert "Maternité et sages-femmes" not in headers


def test_a_year_without_care_says_so() -> None:
    told = year_picture([], BOOK, year=2026)
    assert [sentence.text for sentence in told.sentences] == ["Aucun soin payé n’est enregistré pour l’année 2026."]
    assert told.table.rows == ()
    assert "Aucun soin payé" in str(year_chart(told, element_id="y"))


amounts = st.decimals(min_value=Decimal("-9999.99"), max_value=Decimal("9999.99"), places=2)


@given(groups=st.lists(st.tuples(st.sampled_from([1110, 1951, 3313, 9999]), amounts, amounts, amounts), max_size=8))
def test_the_shares_add_up_to_the_cost(groups: list[tuple[int, Decimal, Decimal, Decimal]]) -> None:
    told = year_picture(
        [part(nature_code=code, charged=charged, paid=paid, complementary=amc) for code, charged, paid, amc in groups],
        BOOK,
        year=2026,
    )
    assert sum(share.amount for share in told.shares) == told.amounts.charged
    assert sum(share.share_pct for share in told.shares) in (0, 100)


def test_the_drawing_has_words_and_no_style() -> None:
    markup = str(year_chart(picture(), element_id="annee"))
    root = ET.fromstring(markup)
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert "Assurance Maladie" in (description.text or "")
    assert all("style" not in element.attrib and "fill" not in element.attrib for element in root.iter())
    assert not [element for element in root.iter() if element.tag in (f"{SVG}style", f"{SVG}script")]


def test_a_bar_is_its_share_of_the_whole_and_a_small_one_is_seen() -> None:
    bars = [
        Bar(key="you", label="Vous", text="0,01 €", amount=Decimal("0.01")),
        Bar(key="statutory", label="Assurance Maladie", text="7 499,99 €", amount=Decimal("7499.99")),
        Bar(key="complementary", label="Complémentaire", text="2 500,00 €", amount=Decimal(2500)),
        Bar(key="others", label="Autres", text="−5,00 €", amount=Decimal(-5)),
    ]
    root = ET.fromstring(str(bar_chart(bars, title="t", description="d", element_id="e")))
    drawn = [element for element in root.iter(f"{SVG}rect") if "chart__bar" in element.get("class", "")]
    assert [element.get("width") for element in drawn] == ["0.50%", "75.00%", "25.00%"]


def test_no_label_can_break_out_of_the_drawing() -> None:
    evil = Bar(key="you", label="</text><script>", text="&", amount=Decimal(1))
    drawing = bar_chart([evil], title='"<', description="<b>", element_id="e")
    rendered = Template("{{ drawing }}").render(Context({"drawing": drawing}))
    assert rendered == str(drawing)
    assert "<script>" not in rendered

"""Every combination that the feed can hold has a text: the codes are walked, known and unknown.

Every pair of codes is walked with the rest drawn at random (the same at each run); what words depend on most is
walked in full: family, payee, operation, part and secrecy, and every situation of the participations.
"""

import datetime as dt
import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reimbursements.explanations.amounts import Amounts
from reimbursements.explanations.copays import CopayKind
from reimbursements.explanations.engine import Explanation, LineExplanation, explain
from reimbursements.explanations.facts import CONFIDENTIAL_LABEL, Movement, Subject, is_secret
from reimbursements.explanations.lines import CopayStanding, LineView, Viewer
from reimbursements.explanations.wording import Sentence
from reimbursements.reference import loader
from reimbursements.reference.models import CopayRule
from tests.reimbursements.test_explanations_cases import BOOK, CARE, ME, PLAIN, act, copay, gp, medicine
from tests.reimbursements.test_explanations_language import check

UNKNOWN: Final = 999
CENT: Final = Decimal("0.01")
NATURES: Final = [row.code for row in loader.natures()] + [9999]
FAMILIES: Final = {row.family: row.code for row in loader.natures()} | {"confidential": 2422, "": 9999}
ACTS: Final = [(row.system, row.code) for row in loader.acts()] + [("", ""), ("CCAM", "ZZZZ999")]
PAYEES: Final = [row.code for row in loader.payees()] + [0, 99]
EXEMPTIONS: Final = [row.code for row in loader.exemptions()] + [None, UNKNOWN]
CARE_PATHS: Final = [row.code for row in loader.care_paths()] + [None, UNKNOWN]
INSURANCES: Final = [row.code for row in loader.insurance_natures()] + [None, UNKNOWN]
SPECIALTIES: Final = [row.code for row in loader.specialties()] + ["", "ZZ"]
PARTS: Final = [0, 1, 2, 4, 5, 7, 10, 99]
OPERATIONS: Final = ["C", "A", "R"]
RATES: Final = [Decimal(rate) for rate in ("0", "15", "30", "37.5", "55", "60", "65", "70", "80", "90", "100", "145")]
COPAY_NATURES: Final = [row.code for row in loader.natures() if row.family == "contribution"]
DIMENSIONS: Final[Mapping[str, Sequence[Any]]] = {
    "nature_code": NATURES,
    "act": ACTS,
    "payee": PAYEES,
    "exemption_reason": EXEMPTIONS,
    "care_path": CARE_PATHS,
    "insurance_nature": INSURANCES,
    "performer_specialty": SPECIALTIES,
    "rem_type": PARTS,
    "operation": OPERATIONS,
    "rate_pct": RATES,
    "settlement_ref": ["V1", "DUE"],
    "is_confidential": [False, True],
    "amc": ["none", "transmitted", "part", "whole"],
    "beneficiary": [(1, 1), (2, 3), (3, 2), (4, 99)],
    "money": ["plain", "excess", "mismatch", "nothing", "free", "no base"],
    "stay": [0, 4],
}
# Long lists of mere names: they meet only what decides whether and how they are said.
NAMES: Final = {"act", "performer_specialty"}
MEETS_NAMES: Final = {"payee", "operation", "rem_type", "is_confidential"}
_seen: set[Sentence] = set()


def check_once(told: Sentence) -> None:
    if told not in _seen:
        check(told)
        _seen.add(told)


def verify(told: Explanation, statement: Sequence[LineView]) -> None:
    """What holds for every explanation of every statement."""
    assert [line.line for line in told.lines] == list(statement)
    for line in told.lines:
        assert 2 <= len(line.sentences) <= 3
        assert line.title.strip() == line.title != ""
        verify_figures(line)
    for sentence in told.sentences:
        check_once(sentence)
    verify_amounts(told.totals)
    verify_shares(told)
    paid = sum((line.amount_paid for line in statement if not is_due_copay(line)), Decimal(0))
    assert sum((payment.amount for payment in told.payments), Decimal(0)) == paid


def verify_figures(line: LineExplanation) -> None:
    figures = {figure.key: figure for figure in line.figures}
    assert len(figures) == len(line.figures)
    assert all(figure.label.strip() and figure.value.strip() for figure in line.figures)
    assert (line.amounts is not None) == (line.subject is Subject.ACT and line.movement is Movement.PAYMENT)
    if line.amounts is None:
        return
    verify_amounts(line.amounts)
    money = {key: figure.amount or Decimal(0) for key, figure in figures.items()}
    given_by_payers = sum(money.get(key, Decimal(0)) for key in ("statutory", "other_parts", "complementary", "copay"))
    assert money["charged"] + money.get("overpaid", Decimal(0)) == given_by_payers + money["out_of_pocket"]


def verify_amounts(amounts: Amounts) -> None:
    given_by_payers = amounts.statutory + amounts.other_parts + amounts.complementary
    assert amounts.charged + amounts.overpaid == given_by_payers + amounts.remainder
    assert amounts.out_of_pocket == amounts.remainder + amounts.copay
    assert amounts.statutory_net == amounts.statutory - amounts.copay


def verify_shares(told: Explanation) -> None:
    if told.totals.charged > 0:
        shared = sum((share.amount for share in told.shares), Decimal(0))
        assert shared == told.totals.charged
        assert told.who_paid
    else:
        assert told.shares == ()


def is_due_copay(line: LineView) -> bool:
    nature = BOOK.nature(line.nature_code, on=line.care_start)
    return nature is not None and (nature.is_flat_contribution or nature.is_deductible) and line.settlement_ref == "DUE"


def line_from(chosen: Mapping[str, Any]) -> LineView:
    """A line that the feed could hold from a choice of codes."""
    sign = -1 if chosen["operation"] == "A" else 1
    charged, base, paid = money_of(chosen["money"], chosen["rate_pct"])
    nature = BOOK.nature(chosen["nature_code"], on=CARE)
    if nature is not None and (nature.is_flat_contribution or nature.is_deductible):
        charged, base, paid = Decimal(0), Decimal(0), Decimal("-2.00")
    beneficiary, quality = chosen["beneficiary"]
    system, code = chosen["act"]
    part = {"none": "0.00", "transmitted": "0.00", "part": "1.00", "whole": str(max(charged - paid, Decimal(0)))}
    return replace(
        PLAIN,
        **{name: chosen[name] for name in DIMENSIONS if name not in {"act", "amc", "beneficiary", "money", "stay"}},
        act_system=system,
        act_code=code,
        beneficiary_id=beneficiary,
        beneficiary_quality=quality,
        care_end=CARE + dt.timedelta(days=chosen["stay"]),
        amount_charged=sign * charged,
        base_amount=sign * base,
        amount_paid=sign * paid,
        excess_amount=sign * max(charged - base, Decimal(0)),
        amc_code="" if chosen["amc"] == "none" else "00000001",
        is_amc_transmitted=chosen["amc"] != "none",
        amc_amount=sign * Decimal(part[chosen["amc"]]),
    )


def money_of(kind: str, rate: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Charged, base, paid."""
    base = Decimal("43.21")
    paid = (base * rate / 100).quantize(CENT, ROUND_HALF_UP)
    charged = max(base, paid)
    return {
        "plain": (charged, base, paid),
        "excess": (charged + 16, base, paid),
        "mismatch": (charged, base, paid / 2 // CENT * CENT),
        "nothing": (charged, base, Decimal("0.00")),
        "free": (Decimal("0.00"), Decimal("0.00"), Decimal("0.00")),
        "no base": (charged, Decimal("0.00"), Decimal("5.00")),
    }[kind]


def every_pair(chance: random.Random) -> Iterator[LineView]:
    for one, other in itertools.combinations(DIMENSIONS, 2):
        if ({one, other} & NAMES) and not ({one, other} & MEETS_NAMES):
            continue
        for first, second in itertools.product(DIMENSIONS[one], DIMENSIONS[other]):
            chosen = {name: chance.choice(codes) for name, codes in DIMENSIONS.items()}
            yield line_from({**chosen, one: first, other: second})


def test_every_pair_of_codes_has_a_text() -> None:
    walked = 0
    for line in every_pair(random.Random(20261101)):
        verify(explain([line], BOOK, viewer=Viewer(person_id=ME)), [line])
        walked += 1
    assert walked > 25_000


def test_every_family_payee_operation_part_and_secrecy_has_a_text() -> None:
    chance = random.Random(7)
    walk = itertools.product(FAMILIES.values(), PAYEES, OPERATIONS, PARTS, (False, True))
    for nature, payee, operation, part, confidential in walk:
        chosen = {name: chance.choice(codes) for name, codes in DIMENSIONS.items()}
        own = {"nature_code": nature, "payee": payee, "operation": operation, "is_confidential": confidential}
        first = line_from({**chosen, **own, "rem_type": 0})
        both = [first] if part == 0 else [first, line_from({**chosen, **own, "rem_type": part})]
        verify(explain(both, BOOK, viewer=Viewer(person_id=ME)), both)


STANDINGS: Final = (
    None,
    CopayStanding(year=CARE.year, was_minor=True),
    CopayStanding(year=CARE.year, was_minor=False, flat_contribution=Decimal(12), deductible=Decimal(3)),
    CopayStanding(year=CARE.year, was_minor=False, flat_contribution=Decimal(50), deductible=Decimal(50)),
    CopayStanding(year=CARE.year - 1, was_minor=False, flat_contribution=Decimal(50), deductible=Decimal(50)),
)
BORNE_BY: Final[Mapping[str, tuple[LineView, ...]]] = {
    "nothing": (),
    "a consultation": (gp(),),
    "a consultation and its cover": (gp(), gp(rem_type=5, rate="30")),
    "a medicine": (medicine("65", 3313, payee=10),),
    "two medicines": (medicine("65", 3313), medicine("30", 3312, line_no=2)),
    "an unknown act": (replace(gp(), nature_code=9999),),
    "maternity care": (gp(rate="100", insurance_nature=30),),
    "a regularisation": (gp(operation="R"),),
}


@pytest.mark.parametrize("borne_by", sorted(BORNE_BY))
def test_every_situation_of_the_participations_has_a_text(borne_by: str) -> None:
    days = (CARE, dt.date(2024, 5, 14), dt.date(2004, 6, 1))
    walk = itertools.product(
        COPAY_NATURES, OPERATIONS, ("DUE", "V1"), ("-0.75", "-2.00", "0.00", "2.00"), STANDINGS, days
    )
    beneficiaries = itertools.cycle((ME, 2, 3))
    for (nature, operation, settlement, amount, standing, day), beneficiary in zip(walk, beneficiaries, strict=False):
        own = replace(
            copay(nature, "2.00"), operation=operation, settlement_ref=settlement, amount_paid=Decimal(amount)
        )
        statement = [
            replace(line, care_start=day, care_end=day, beneficiary_id=beneficiary, beneficiary_quality=3)
            for line in (*BORNE_BY[borne_by], own)
        ]
        viewer = Viewer(person_id=ME, standings={beneficiary: standing} if standing else {})
        verify(explain(statement, BOOK, viewer=viewer), statement)


def test_a_confidential_line_tells_nothing_of_the_care() -> None:
    told_of = ("grossesse", "prévention", "longue durée", "médecin", "pharmacie", "laboratoire", "fertilité")
    labels = {row.code: (row.label, row.plain_label) for row in loader.natures()}
    for line in itertools.islice(every_pair(random.Random(3)), 0, None, 3):
        nature = BOOK.nature(line.nature_code, on=CARE)
        family = nature.family if nature else ""
        if family in {"contribution"} or not is_secret(line, nature) or line.payee in {31, 32, 33, 37}:
            continue
        told = explain([line], BOOK, viewer=Viewer(person_id=ME))
        assert told.lines[0].title == CONFIDENTIAL_LABEL
        text = " ".join(sentence.text for sentence in told.sentences if "n’est prise" not in sentence.text)
        figures = " ".join(figure.value for figure in told.lines[0].figures)
        for word in (*told_of, *labels.get(line.nature_code, ())):
            if word != CONFIDENTIAL_LABEL and not (family == "daily_allowance" and word == "médecin"):
                assert word.lower() not in f"{text} {figures}".lower()


euros = st.decimals(min_value=Decimal("-99999.99"), max_value=Decimal("99999.99"), places=2)


@settings(max_examples=400, deadline=None)
@given(
    charged=euros,
    base=euros,
    paid=euros,
    other=euros,
    complementary=st.none() | euros,
    rate=st.decimals(min_value=0, max_value=145, places=2),
    taken=st.decimals(min_value=Decimal("-100.00"), max_value=Decimal("100.00"), places=2),
    operation=st.sampled_from(OPERATIONS),
    payee=st.sampled_from(PAYEES),
)
def test_the_arithmetic_is_exact_whatever_the_amounts(
    charged: Decimal,
    base: Decimal,
    paid: Decimal,
    other: Decimal,
    complementary: Decimal | None,
    rate: Decimal,
    taken: Decimal,
    operation: str,
    payee: int,
) -> None:
    first = replace(
        PLAIN,
        operation=operation,
        payee=payee,
        amount_charged=charged,
        base_amount=base,
        rate_pct=rate,
        amount_paid=paid,
        excess_amount=charged - base,
        amc_code="00000001",
        amc_amount=complementary,
        is_amc_transmitted=True,
    )
    part = replace(first, rem_type=4, amount_paid=other)
    statement = [first, part, replace(copay(1951, "2.00"), amount_paid=taken)]
    verify(explain(statement, BOOK, viewer=Viewer(person_id=ME)), statement)


def test_the_expense_is_counted_once_whatever_the_parts() -> None:
    statement = [gp(), gp(rem_type=4, rate="20"), gp(rem_type=1, rate="10")]
    told = explain(statement, BOOK, viewer=Viewer(person_id=ME))
    assert told.totals.charged == Decimal("30.00")
    assert told.totals.other_parts == Decimal("9.00")
    assert told.totals.remainder == Decimal("0.00")


def test_a_statement_without_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        explain([], BOOK, viewer=Viewer(person_id=ME))


def test_the_kinds_are_those_of_the_dated_rules() -> None:
    assert {kind.value for kind in CopayKind} - {"deductible"} == set(CopayRule.Kind.values)


def test_the_day_s_rule_is_quoted_not_another_one() -> None:
    def quoted(day: dt.date) -> str:
        lines: Iterable[LineView] = (gp(), copay(1951, "1.00"))
        statement = [replace(line, care_start=day, care_end=day) for line in lines]
        return explain(statement, BOOK, viewer=Viewer(person_id=ME)).lines[1].sentences[1].text

    assert "1,00\u00a0€ par consultation" in quoted(dt.date(2024, 5, 14))
    assert "2,00\u00a0€ par consultation" in quoted(dt.date(2024, 5, 15))
    assert "réglementation" in quoted(dt.date(2004, 6, 1))


YEARLY = CopayStanding(year=CARE.year, was_minor=False, flat_contribution=Decimal(50), deductible=Decimal(50))
LOW = replace(YEARLY, flat_contribution=Decimal(4), deductible=Decimal(6))


@pytest.mark.parametrize(
    ("standing", "statement", "told"),
    [
        (LOW, (act(4214, "42.30", rate="55"), copay(1974, "2.00")), "par trajet : seuls 2,00 € ont été pris ici."),
        (None, (act(4214, "42.30", rate="55"), copay(1974, "2.00")), "par trajet : seuls 2,00 € ont été pris ici."),
        (
            YEARLY,
            (act(4214, "42.30", rate="55"), copay(1974, "2.00")),
            "seuls 2,00 € ont été pris ici, car le maximum de 50,00 € par an est atteint.",
        ),
        (
            LOW,
            (*(act(4214, "42.30", rate="55", line_no=number) for number in (1, 2, 3)), copay(1974, "8.00")),
            "seuls 8,00 € ont été pris ici, car le maximum de 8,00 € par jour est atteint.",
        ),
        (LOW, (act(4214, "42.30", rate="55"), copay(1974, "4.00")), "par trajet, dans la limite de 8,00 € par jour"),
        (LOW, (act(3211, "6.50"), act(3211, "5.00", line_no=2), copay(1952, "2.00")), "dans la limite de 8,00 €"),
    ],
)
def test_less_than_the_rule_is_said_without_a_made_up_reason(
    standing: CopayStanding | None, statement: Sequence[LineView], told: str
) -> None:
    viewer = Viewer(person_id=ME, standings={ME: standing} if standing else {})
    rule = explain(statement, BOOK, viewer=viewer).lines[-1].sentences[1]
    check(rule)
    assert told in rule.text.replace("\u00a0", " ")


def test_nothing_taken_without_a_known_reason_says_so() -> None:
    told = explain([gp(rate="100", exemption_reason=42)], BOOK, viewer=Viewer(person_id=ME, standings={ME: LOW}))
    assert [note.text.replace("\u00a0", " ") for note in told.copay_notes] == [
        "Aucune participation forfaitaire n’est prise sur ces soins : ce décompte n’en donne pas la raison."
    ]

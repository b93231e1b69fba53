"""Typical statements, read and approved one by one."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from reimbursements.explanations.book import ReferenceBook, make_book
from reimbursements.explanations.engine import Explanation, explain
from reimbursements.explanations.lines import CopayStanding, LineView, Viewer
from reimbursements.explanations.wording import Sentence
from reimbursements.reference import loader
from tests.reimbursements.test_explanations_language import check

CARE = dt.date(2026, 10, 12)
PAID = dt.date(2026, 10, 19)
ME = 1
CHILD = 2


def reference_book() -> ReferenceBook:
    return make_book(
        natures=loader.natures(),
        acts=loader.acts(),
        specialties=loader.specialties(),
        payees=loader.payees(),
        exemptions=loader.exemptions(),
        insurance_natures=loader.insurance_natures(),
        copay_rules=loader.copay_rules(),
    )


BOOK = reference_book()

PLAIN = LineView(
    line_no=1,
    rem_type=0,
    operation="C",
    insured_id=ME,
    beneficiary_id=ME,
    beneficiary_quality=1,
    care_start=CARE,
    care_end=CARE,
    payment_date=PAID,
    nature_code=1110,
    act_system="NGAP",
    act_code="G",
    quantity=Decimal(1),
    amount_charged=Decimal("30.00"),
    base_amount=Decimal("30.00"),
    rate_pct=Decimal("70.00"),
    amount_paid=Decimal("21.00"),
    excess_amount=Decimal("0.00"),
    exemption_reason=0,
    care_path=1,
    insurance_nature=10,
    is_confidential=False,
    performer_specialty="01",
    payee=10,
    settlement_ref="V202610190000001",
    amc_code="",
    amc_amount=Decimal("0.00"),
    is_amc_transmitted=False,
)


def act(nature: int, charged: str, *, base: str = "", rate: str = "70", paid: str = "", **others: Any) -> LineView:
    """An act of the feed; base, paid and excess follow from the others unless they are given."""
    whole = Decimal(charged)
    known_base = Decimal(base or charged)
    computed = (known_base * Decimal(rate) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    values = {
        "nature_code": nature,
        "act_system": "",
        "act_code": "",
        "amount_charged": whole,
        "base_amount": known_base,
        "rate_pct": Decimal(rate),
        "amount_paid": Decimal(paid) if paid else computed,
        "excess_amount": max(whole - known_base, Decimal(0)),
        **others,
    }
    return replace(PLAIN, **values)


def copay(nature: int, amount: str, *, line_no: int = 9, **others: Any) -> LineView:
    """A participation or deductible line; due when its nature is one of third-party payment."""
    is_due = nature % 2 == 0 if nature in (1952, 1972, 1974, 1976, 1978) else False
    values = {
        "line_no": line_no,
        "settlement_ref": "DUE" if is_due else "V202610190000001",
        "payee": 36 if is_due else 10,
        **others,
    }
    return act(nature, "0.00", rate="0", paid=f"-{amount}", **values)


def gp(**others: Any) -> LineView:
    return act(1110, "30.00", act_system="NGAP", act_code="G", **others)


def medicine(rate: str, nature: int, *, code: str = "3400930986080", charged: str = "10.00", **others: Any) -> LineView:
    values = {"payee": 36, "performer_specialty": "50", "amc_code": "00000001", "is_amc_transmitted": True, **others}
    return act(nature, charged, rate=rate, act_system="CIP13", act_code=code, **values)


TRANSMITTED: Mapping[str, Any] = {"amc_code": "00000001", "is_amc_transmitted": True}
DIRECT_PAYMENT: Mapping[str, Any] = {"payee": 36, **TRANSMITTED}

CASES: Mapping[str, tuple[LineView, ...]] = {
    "gp_paid_to_you": (gp(**TRANSMITTED), copay(1951, "2.00")),
    "gp_in_third_party_payment": (gp(**DIRECT_PAYMENT), copay(1952, "2.00")),
    "gp_part_of_the_mutuelle_known": (gp(amc_code="00000001", amc_amount=Decimal("9.00")), copay(1951, "2.00")),
    "gp_without_complementary": (gp(), copay(1951, "2.00")),
    "gp_long_term_condition": (gp(rate="100", exemption_reason=42, **DIRECT_PAYMENT), copay(1952, "2.00")),
    "gp_unrelated_to_long_term_condition": (gp(exemption_reason=41, **TRANSMITTED), copay(1951, "2.00")),
    "child_under_sixteen": (
        gp(beneficiary_id=CHILD, beneficiary_quality=3, care_path=33, **TRANSMITTED),
        act(1903, "5.00", line_no=2, beneficiary_id=CHILD, beneficiary_quality=3, act_system="NGAP", act_code="MEG"),
    ),
    "specialist_with_excess": (
        act(1112, "39.00", base="23.00", care_path=3, performer_specialty="15", **TRANSMITTED),
        copay(1951, "2.00"),
    ),
    "specialist_outside_care_path": (
        act(1112, "39.00", base="23.00", rate="30", care_path=23, act_system="NGAP", act_code="CS",
            performer_specialty="15", **TRANSMITTED),
        copay(1951, "2.00"),
    ),
    "medicines_65_30_15": (
        medicine("65", 3313, code="3400935955838", charged="4.18"),
        medicine("30", 3312, code="3400935655769", charged="2.61", line_no=2),
        medicine("15", 3341, charged="1.90", line_no=3),
        act(3364, "0.51", line_no=4, act_system="NGAP", act_code="HDR", performer_specialty="50", **DIRECT_PAYMENT),
        copay(1972, "3.00"),
    ),
    "medicine_15_despite_long_term_condition": (medicine("15", 3341, charged="1.90", exemption_reason=42),),
    "medicine_deductible_ate_the_reimbursement": (
        medicine("65", 3313, charged="1.16", payee=10),
        copay(1971, "0.75"),
    ),
    "medicine_not_reimbursed": (medicine("0", 3312, charged="7.40", payee=10, amc_code="", is_amc_transmitted=False),),
    "participation_capped": (gp(**TRANSMITTED),),
    "participation_reaches_the_ceiling": (gp(**TRANSMITTED), copay(1951, "1.00")),
    "participation_recovered_later": (
        gp(**TRANSMITTED), copay(1952, "2.00", settlement_ref="V202610190000001", payee=10),
    ),
    "transport": (
        act(4214, "42.30", rate="55", performer_specialty="56", **DIRECT_PAYMENT),
        copay(1974, "4.00"),
    ),
    "nursing": (
        act(3111, "12.60", rate="60", act_system="NGAP", act_code="AMI", performer_specialty="24", **DIRECT_PAYMENT),
        copay(1976, "1.00"),
    ),
    "biology": (
        act(3211, "6.50", rate="60", act_system="NABM", act_code="1104", performer_specialty="30", **DIRECT_PAYMENT),
        act(3211, "5.00", rate="60", line_no=2, act_system="NABM", act_code="0996", performer_specialty="30",
            **DIRECT_PAYMENT),
        act(3223, "2.60", rate="60", line_no=3, act_system="NGAP", act_code="TB", performer_specialty="30",
            **DIRECT_PAYMENT),
        copay(1952, "2.00"),
    ),
    "biology_paid_to_you": (
        act(3211, "6.50", rate="60", act_system="NABM", act_code="1104", performer_specialty="30"),
        act(3223, "2.60", rate="60", line_no=2, act_system="NGAP", act_code="TB", performer_specialty="30"),
        copay(1951, "2.00"),
    ),
    "dental": (act(1451, "26.97", rate="60", act_system="CCAM", act_code="HBMD053", performer_specialty="19"),),
    "hospital_stay": (
        act(2111, "4200.00", rate="80", care_start=dt.date(2026, 10, 3), care_end=dt.date(2026, 10, 7),
            performer_specialty="91", **DIRECT_PAYMENT),
        act(2251, "100.00", rate="0", line_no=2, care_start=dt.date(2026, 10, 3), care_end=dt.date(2026, 10, 7),
            performer_specialty="91", **DIRECT_PAYMENT),
    ),
    "allowance_paid_to_you": (act(6111, "492.00", rate="100", quantity=Decimal(12)),),
    "allowance_paid_to_the_employer": (act(6111, "492.00", rate="100", quantity=Decimal(12), payee=33),),
    "maternity": (gp(rate="100", insurance_nature=30, exemption_reason=55, **DIRECT_PAYMENT),),
    "work_accident": (gp(rate="100", insurance_nature=40, payee=36),),
    "prevention": (
        act(1336, "66.42", rate="100", insurance_nature=90, exemption_reason=81, performer_specialty="06", payee=36),
    ),
    "cancellation": (
        act(1110, "-30.00", base="-30.00", operation="A", act_system="NGAP", act_code="G", excess_amount=Decimal(0)),
    ),
    "cancellation_in_third_party_payment": (
        act(3313, "-4.18", base="-4.18", rate="65", operation="A", act_system="CIP13", act_code="3400935955838",
            performer_specialty="50", excess_amount=Decimal(0), payee=36),
        replace(copay(1972, "1.00", operation="A"), amount_paid=Decimal("1.00")),
    ),
    "regularisation": (act(1110, "0.00", rate="0", paid="3.50", operation="R", act_system="NGAP", act_code="G"),),
    "alsace_moselle": (
        gp(), gp(rate="20", rem_type=4), copay(1951, "2.00"),
    ),
    "solidarity_cover": (gp(payee=35), gp(rate="30", rem_type=5, payee=35)),
    "confidential": (
        act(2422, "193.64", rate="100", is_confidential=True, exemption_reason=30, payee=36),
    ),
    "unknown_nature_and_act": (act(9999, "12.00", act_system="CCAM", act_code="ZZZZ999"),),
}  # fmt: skip

STANDINGS: Mapping[str, Mapping[int, CopayStanding]] = {
    "child_under_sixteen": {CHILD: CopayStanding(year=2026, was_minor=True)},
    "participation_capped": {ME: CopayStanding(year=2026, was_minor=False, flat_contribution=Decimal("50.00"))},
    "participation_reaches_the_ceiling": {
        ME: CopayStanding(year=2026, was_minor=False, flat_contribution=Decimal("50.00"))
    },
    "gp_paid_to_you": {
        ME: CopayStanding(year=2026, was_minor=False, flat_contribution=Decimal("12.00"), deductible=Decimal("7.00"))
    },
}


def explained(name: str) -> Explanation:
    viewer = Viewer(person_id=ME, standings=STANDINGS.get(name, {}))
    return explain(CASES[name], BOOK, viewer=viewer)


def shown(told: Explanation) -> str:
    """The explanation as a page would tell it, terms between brackets."""
    rows = ["RÉSUMÉ", *marked(told.summary)]
    for line in told.lines:
        rows += ["", f"{line.title.upper()} ({line.subject}, {line.movement})", *marked(line.sentences)]
        rows += [f"    {figure.label} : {figure.value}" for figure in line.figures]
    rows += ["", "QUI A PAYÉ", *marked(told.who_paid)]
    rows += [f"    {share.label} : {share.amount}" for share in told.shares]
    rows += ["", "COMPTEURS", *marked([counter.sentence for counter in told.counters]), *marked(told.copay_notes)]
    return "\n".join(rows).replace("\u00a0", " ")


def marked(sentences: Iterable[Sentence]) -> list[str]:
    return ["  " + "".join(f"[{part.text}]" if part.slug else part.text for part in told.parts) for told in sentences]


@pytest.mark.parametrize("name", sorted(CASES))
def test_case_reads_well(name: str, snapshot: SnapshotAssertion) -> None:
    told = explained(name)
    for sentence in told.sentences:
        check(sentence)
    assert shown(told) == snapshot

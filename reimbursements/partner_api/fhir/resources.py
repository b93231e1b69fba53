"""Members and lines as FHIR R4 resources, written as JSON text: one template a resource, no objects between.

What each element is made of: docs/partner-api-fhir.md. A line is an ExplanationOfBenefit with one item; who cared is
left out, which FHIR calls masked.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from reimbursements.partner_api.records import CARE_GIVER, DEDUCTIBLE, FLAT_CONTRIBUTION, MEMBER, OTHER

LINE_FIELDS: Final = (
    "member_id", "published_at", "fund_code", "statement_no", "line_no", "remuneration_type", "operation", "kind",
    "family_json", "care_start", "care_end", "payment_date", "payee", "amount_charged", "base_amount", "rate_pct",
    "amount_paid", "excess_amount", "partner_amount", "own_share",
)  # fmt: skip
"""What a line is told by, in order: texts as the database writes them. ``family_json`` is quoted; ``partner_amount``
may be None."""

PATIENT: Final = "Patient"
BENEFIT: Final = "ExplanationOfBenefit"

MEMBER_NUMBER: Final = "urn:ameli-notify:member-number"
LINE_NUMBER: Final = "urn:ameli-notify:line"
FUND: Final = "urn:ameli-notify:fund"
FAMILY: Final = "urn:ameli-notify:act-family"
KIND: Final = "urn:ameli-notify:line-kind"
OPERATION: Final = "urn:ameli-notify:operation"
CLAIM_TYPE: Final = "http://terminology.hl7.org/CodeSystem/claim-type"
PAYEE: Final = "http://terminology.hl7.org/CodeSystem/payeetype"
ADJUDICATION: Final = "http://terminology.hl7.org/CodeSystem/adjudication"
C4BB: Final = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"
ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
COVERAGE_FR: Final = "Assurance maladie obligatoire"

_CLAIM_TYPES: Final = {"medicine": "pharmacy", "hospital": "institutional", "dental": "oral"}
_PAYEES: Final = {MEMBER: "subscriber", CARE_GIVER: "provider", OTHER: "other"}
_PAID_TO: Final = {MEMBER: "paidtopatient", CARE_GIVER: "paidtoprovider"}


def fhir_id(identifier: str) -> str:
    """An identifier of a line as FHIR spells ids: without underscores."""
    return identifier.replace("_", ".")


def line_identifier_of(spelt: str) -> str:
    """The same back."""
    return spelt.replace(".", "_")


def explanation_of_benefit(identifier: str, line: Sequence[Any]) -> str:
    """One line, with LINE_FIELDS, as JSON."""
    (member_id, published_at, fund, statement_no, line_no, rem_type, operation, kind, family, care_start, care_end,
     payment_date, payee, charged, base, rate, paid, excess, partner_amount, own_share) = line  # fmt: skip
    period = f'{{"start":"{care_start}","end":"{care_end}"}}'
    return (
        f'{{"resourceType":"{BENEFIT}","id":"{fhir_id(identifier)}","meta":{{"lastUpdated":"{published_at}"}},'
        f'"identifier":[{{"system":"{LINE_NUMBER}","value":"{fund}/{statement_no}/{line_no}/{rem_type}"}}],'
        f'"status":"active",{_kind_of_claim(family, operation)},"use":"claim",'
        f'"patient":{{"reference":"{PATIENT}/{member_id}"}},"billablePeriod":{period},"created":"{payment_date}",'
        f'"insurer":{{"identifier":{{"system":"{FUND}","value":"{fund}"}}}},{_WITHOUT_PROVIDER},'
        f'"outcome":"complete","disposition":"{operation}",{_payee(payee)},{_INSURANCE},'
        f'"item":[{{"sequence":1,{_service(family, kind)},"servicedPeriod":{period},"adjudication":['
        f"{_amount('submitted')}{charged}{_EUR},{_amount('eligible')}{base}{_EUR},"
        f"{_RATE}{rate}}},{_amount('benefit')}{paid}{_EUR},{_amount('noncovered', C4BB)}{excess}{_EUR}"
        f"{_more(kind, payee, paid=paid, charged=charged, partner_amount=partner_amount, own_share=own_share)}]}}],"
        f'"total":[{_amount("submitted")}{charged}{_EUR},{_amount("benefit")}{paid}{_EUR}],'
        f'"payment":{{"date":"{payment_date}","amount":{{"value":{paid},"currency":"EUR"}}}}}}'
    )


def patient(record: Mapping[str, Any]) -> str:
    """A member, as ``reading.member_records`` tells them, as JSON: how you know them, and nothing else."""
    numbers = [
        {"system": MEMBER_NUMBER, "value": held["member_no"], "period": _period(held)}
        for held in record["memberships"]
        if held["member_no"]
    ]
    told: dict[str, Any] = {"resourceType": PATIENT, "id": record["id"], "active": True}
    if numbers:
        told["identifier"] = numbers
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False)


def _period(held: Mapping[str, Any]) -> dict[str, str]:
    return {"start": held["starts_on"]} | ({"end": held["ends_on"]} if held["ends_on"] else {})


_WITHOUT_PROVIDER: Final = f'"provider":{{"extension":[{{"url":"{ABSENT}","valueCode":"masked"}}]}}'
_INSURANCE: Final = f'"insurance":[{{"focal":true,"coverage":{{"display":"{COVERAGE_FR}"}}}}]'
_EUR: Final = ',"currency":"EUR"}}'
_RATE: Final = f'{{"category":{{"coding":[{{"system":"{ADJUDICATION}","code":"eligpercent"}}]}},"value":'


@lru_cache(maxsize=256)
def _amount(code: str, system: str = ADJUDICATION) -> str:
    return f'{{"category":{{"coding":[{{"system":"{system}","code":"{code}"}}]}},"amount":{{"value":'


@lru_cache(maxsize=256)
def _kind_of_claim(family: str, operation: str) -> str:
    code = _CLAIM_TYPES.get(json.loads(family), "professional")
    return (
        f'"type":{{"coding":[{{"system":"{CLAIM_TYPE}","code":"{code}"}}]}},'
        f'"subType":{{"coding":[{{"system":"{OPERATION}","code":"{operation}"}}]}}'
    )


@lru_cache(maxsize=256)
def _payee(payee: str) -> str:
    return f'"payee":{{"type":{{"coding":[{{"system":"{PAYEE}","code":"{_PAYEES[payee]}"}}]}}}}'


@lru_cache(maxsize=256)
def _service(family: str, kind: str) -> str:
    return (
        f'"productOrService":{{"coding":[{{"system":"{FAMILY}","code":{family}}},'
        f'{{"system":"{KIND}","code":"{kind}"}}]}}'
    )


def _more(kind: str, payee: str, *, paid: str, charged: str, partner_amount: str | None, own_share: str) -> str:
    """What depends on the kind of line, on who was paid, and on whether the partner's part is known."""
    found = ""
    if kind == FLAT_CONTRIBUTION:
        found += f",{_amount('copay')}{_opposite(paid)}{_EUR}"
    elif kind == DEDUCTIBLE:
        found += f",{_amount('deductible')}{_opposite(paid)}{_EUR}"
    else:
        found += f",{_amount('coinsurance', C4BB)}{own_share}{_EUR}"
    if payee in _PAID_TO:
        found += f",{_amount(_PAID_TO[payee], C4BB)}{paid}{_EUR}"
    if partner_amount is not None:
        left = Decimal(charged) - Decimal(paid) - Decimal(partner_amount)
        found += f",{_amount('memberliability', C4BB)}{left}{_EUR}"
    return found


def _opposite(amount: str) -> str:
    """What was taken back, as an amount that is owed."""
    return amount.removeprefix("-") if amount.startswith("-") or not amount.strip("0.") else f"-{amount}"

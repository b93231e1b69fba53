"""With whom the professional of a case works, and on whom. People are counted and numbered, never named.

A patient's number is the same for whoever opens the case, and another one in every other case. Those who reported are
named while the reader has leave to see the people of the case, and each is told of it in the access log.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from ameli_notify.core.crypto import lookup_id, lookup_key
from ameli_notify.core.import_report import french_euros, french_number
from fraud.cases.models import FraudCase
from fraud.cases.moving import reports_of
from fraud.cases.people import log_seen
from fraud.cases.profile import PERCENT, shown
from fraud.cases.unveiling import opening_of
from fraud.intake.models import ReportedLine
from reimbursements.activity.peers import since_of
from reimbursements.activity.rollup import year_begins
from reimbursements.activity.ties import (
    FEWEST_SHARED,
    MOST_ROWS,
    Billed,
    SharedPatients,
    billings,
    others_paid_to,
    others_prescribed_to,
    shared_patients,
)
from reimbursements.reference.models import Specialty

TO_THE_INSURED: Final = "insured"


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledRow:
    """Texts of a row of prescribers, accounts or patients. ``rpps``: one to look for among the cases."""

    name: str
    rpps: str
    patients: str
    acts: str
    amount: str
    share: str
    others: str
    others_rpps: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRow:
    """Another professional. ``cases``: how many cases are about them."""

    rpps: int
    what: str
    patients: str
    own_share: str
    their_share: str
    cases: int


def links_context(case: FraudCase, *, by: User) -> dict[str, Any]:
    """What the page shows; ``missing`` says why there is nothing."""
    rpps = case.performer_rpps
    if rpps is None:
        return {"missing": "Ce dossier ne concerne pas un seul professionnel connu par son RPPS."}
    since = since_of(rpps, otherwise=year_begins(timezone.localdate()))
    billed, shared = billings(rpps, since=since), shared_patients(rpps, since=since)
    prescribers = [int(one.key) for one in billed.prescribers if one.key]
    accounts = [one.key for one in billed.accounts if one.key not in ("", TO_THE_INSURED)]
    others = others_prescribed_to(prescribers, beside=rpps, since=since)
    paid = others_paid_to(accounts, beside=rpps, since=since)
    return {
        "since": since,
        "fewest": FEWEST_SHARED,
        "most": MOST_ROWS,
        "patient_count": french_number(billed.patient_count),
        "shared": _shared_rows(shared, patient_count=billed.patient_count),
        "prescribers": [
            _row(
                one, name=one.key or "sans prescripteur", rpps=one.key, others=_others(others.get(int(one.key or 0), 0))
            )
            for one in billed.prescribers
        ],
        "accounts": [
            _row(
                one,
                name=_account_fr(one.key, rank=rank),
                others=_others(paid[one.key].count) if one.key in paid else _others(0),
                others_rpps=paid[one.key].some if one.key in paid else [],
            )
            for rank, one in enumerate(billed.accounts, start=1)
        ],
        "patients": [_row(one, name=name) for one, name in _patients(case, billed.patients, by=by)],
    }


def patient_number(case: FraudCase, beneficiary_id: int) -> str:
    """« patient 3F9A2C »: says nothing outside this case."""
    digits = lookup_id("case-patient", f"{case.pk}|{beneficiary_id}", key=lookup_key()).hex[:6].upper()
    return f"patient {digits}"


@transaction.atomic
def _patients(case: FraudCase, patients: list[Billed], *, by: User) -> list[tuple[Billed, str]]:
    """Each with what it is called here."""
    reported = {
        line.beneficiary_id: line.report
        for line in ReportedLine.objects.filter(report__in=reports_of(case)).select_related("report")
    }
    opening = opening_of(case, by)
    shown_ids = [int(one.key) for one in patients if int(one.key) in reported]
    names: dict[int, str] = {}
    if opening is not None:
        for person in InsuredPerson.objects.filter(pk__in=shown_ids):
            log_seen(reported[person.pk], case=case, opening=opening, by=by)
            names[person.pk] = f"{person.first_names} {person.usage_name or person.birth_name}"

    def called(beneficiary_id: int) -> str:
        name = names.get(beneficiary_id) or patient_number(case, beneficiary_id)
        return f"{name}, dont un soin est signalé dans ce dossier" if beneficiary_id in reported else name

    return [(one, called(int(one.key))) for one in patients]


def _shared_rows(shared: list[SharedPatients], *, patient_count: int) -> list[SharedRow]:
    today = timezone.localdate()
    labels = dict(Specialty.objects.on(today).values_list("code", "label"))
    known = FraudCase.objects.standing().filter(performer_rpps__in=[one.rpps for one in shared])
    cases = Counter(known.values_list("performer_rpps", flat=True))
    return [
        SharedRow(
            rpps=one.rpps,
            what=", ".join(filter(None, (labels.get(one.specialty, ""), one.department and f"dép. {one.department}"))),
            patients=french_number(one.patients),
            own_share=_part(one.patients, patient_count),
            their_share=_part(one.patients, one.their_patients),
            cases=cases[one.rpps],
        )
        for one in shared
    ]


def _part(number: int, whole: int) -> str:
    """A share of patients; ties that outlive a cancelled act can make the part a little larger than the whole."""
    return shown(min(100.0, 100 * number / whole), PERCENT) if whole else ""


def _row(
    one: Billed, *, name: str, rpps: str = "", others: str = "", others_rpps: list[int] | None = None
) -> BilledRow:
    return BilledRow(
        name=name,
        rpps=rpps,
        patients=french_number(one.patients),
        acts=french_number(one.acts),
        amount=french_euros(one.amount),
        share=shown(one.share_pct, PERCENT),
        others=others,
        others_rpps=others_rpps or [],
    )


def _others(number: int) -> str:
    return french_number(number) if number else "aucun"


def _account_fr(key: str, *, rank: int) -> str:
    """An account is called by its rank: its fingerprint is of no use to anybody who reads."""
    if key == TO_THE_INSURED:
        return "l’assuré (pas de tiers payant)"
    return f"compte {rank}" if key else "compte non transmis"

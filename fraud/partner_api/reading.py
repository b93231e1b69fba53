"""The queries behind alerts and signals, all within ``as_partner``: the wall says what may be seen."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from ameli_notify.core.sql import fetch_all
from fraud.cases.disclosure_models import SharedSignal
from fraud.partner_api.enums import SEVERITIES, AlertStatus
from fraud.partner_api.models import AlertFeedback, PartnerAlert
from reimbursements.partner_api.records import OTHER, instant
from reimbursements.partner_api.schema import NATURE

Record = Mapping[str, object]

_ALERT: Final = (
    "position", "insured_id", "id", "public_id", "member_id", "status", "kind", "source", "severity", "care",
    "opened_at", "changed_at", "amount__amount_paid",
)  # fmt: skip
_SIGNAL: Final = (
    "id", "public_id", "performer_rpps", "performer_finess", "nature_codes", "care_from", "care_to", "outcome",
    "shared_at", "expires_at",
)  # fmt: skip
_FAMILIES: Final = f"SELECT code, family FROM {NATURE} WHERE code = ANY (%s) ORDER BY code, valid_from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows, whose they are (or of what, for signals), and the sort key of the last when there is one."""

    records: list[Record]
    subjects: frozenset[int]
    place: int | None
    has_more: bool


def alerts_after(partner_id: int, *, after: int, limit: int) -> Page:
    """Alerts that changed after a position, in the order of their last change. Two queries."""
    found = PartnerAlert.objects.filter(partner_id=partner_id, position__gt=after).order_by("position")
    return _alerts(found, limit=limit)


def one_alert(partner_id: int, public_id: UUID) -> Page | None:
    """One alert; None when there is none to be seen."""
    page = _alerts(PartnerAlert.objects.filter(partner_id=partner_id, public_id=public_id), limit=1)
    return page if page.records else None


def signals_after(partner_id: int, *, after: int, limit: int) -> Page:
    """Signals that stand, the oldest first. Two queries."""
    return _signals(SharedSignal.objects.filter(partner_id=partner_id, pk__gt=after).order_by("pk"), limit=limit)


def one_signal(partner_id: int, public_id: UUID) -> Page | None:
    """One signal that stands, or None."""
    page = _signals(SharedSignal.objects.filter(partner_id=partner_id, public_id=public_id), limit=1)
    return page if page.records else None


def feedback_record(given: AlertFeedback) -> Record:
    """An answer of a mutual, as it is told back."""
    recovered = given.amount_recovered
    return {
        "id": str(given.public_id),
        "verdict": given.verdict,
        "amount_recovered": None if recovered is None else f"{recovered:.2f}",
        "given_at": instant(given.given_at),
    }


def _alerts(found: QuerySet[PartnerAlert], *, limit: int) -> Page:
    rows = list(found.values(*_ALERT)[: limit + 1])
    shown = rows[:limit]
    last = _last_feedback([row["id"] for row in shown])
    return Page(
        records=[_alert_record(row, last.get(row["id"])) for row in shown],
        subjects=frozenset(row["insured_id"] for row in shown if row["status"] != AlertStatus.REMOVED),
        place=shown[-1]["position"] if shown else None,
        has_more=len(rows) > limit,
    )


def _last_feedback(alert_ids: Sequence[int]) -> dict[int, AlertFeedback]:
    given = AlertFeedback.objects.filter(alert_id__in=alert_ids).order_by("pk")
    return {one.alert_id: one for one in given}


def _alert_record(row: Mapping[str, Any], given: AlertFeedback | None) -> Record:
    is_removed = row["status"] == AlertStatus.REMOVED
    amount, opened_at = row["amount__amount_paid"], row["opened_at"]
    return {
        "id": str(row["public_id"]),
        "member_id": str(row["member_id"]),
        "status": row["status"],
        "kind": None if is_removed else row["kind"],
        "source": None if is_removed else row["source"],
        "severity": None if is_removed else SEVERITIES[row["severity"]],
        "care": row["care"],
        "amount_paid": None if amount is None else f"{amount:.2f}",
        "opened_at": None if opened_at is None else instant(opened_at),
        "changed_at": instant(row["changed_at"]),
        "last_feedback": None if given is None else feedback_record(given),
    }


def _signals(found: QuerySet[SharedSignal], *, limit: int) -> Page:
    rows = list(found.values(*_SIGNAL)[: limit + 1])
    shown = rows[:limit]
    codes = {code for row in shown for code in row["nature_codes"]}
    families = dict(fetch_all(_FAMILIES, [sorted(codes)])) if codes else {}
    return Page(
        records=[_signal_record(row, families) for row in shown],
        subjects=frozenset(row["id"] for row in shown),
        place=shown[-1]["id"] if shown else None,
        has_more=len(rows) > limit,
    )


def _signal_record(row: Mapping[str, Any], families: Mapping[int, str]) -> Record:
    rpps = row["performer_rpps"]
    return {
        "id": str(row["public_id"]),
        "rpps": None if rpps is None else f"{rpps:011d}",
        "finess": row["performer_finess"] or None,
        "act_families": sorted({families.get(code, OTHER) for code in row["nature_codes"]}),
        "care_from": _day(row["care_from"]),
        "care_to": _day(row["care_to"]),
        "outcome": row["outcome"],
        "shared_at": instant(row["shared_at"]),
        "expires_at": instant(row["expires_at"]),
    }


def _day(day: dt.date) -> str:
    return day.isoformat()

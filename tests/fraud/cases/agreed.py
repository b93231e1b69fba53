"""Agreements by two people, for tests."""

from typing import Any

from accounts.staff.models import User
from fraud.cases.approving import answer_approval, ask_approval
from fraud.cases.decision_models import CaseApproval
from fraud.cases.enums import ApprovalSubject
from fraud.cases.models import FraudCase


def agree(case: FraudCase, subject: ApprovalSubject, *, asked_by: User, granted_by: User, **what: Any) -> CaseApproval:
    """Asked by one, granted by the other."""
    asked = ask_approval(case.pk, subject=subject, by=asked_by, **what)
    return answer_approval(asked.pk, is_granted=True, by=granted_by)

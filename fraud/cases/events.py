"""Writing the timeline of a case, and taking a case to work on it."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.staff.models import User
from fraud.cases.enums import CaseEventKind
from fraud.cases.models import CaseEvent, FraudCase


class CaseError(ValueError):
    """Something that the rules of a case do not allow. The text is French, for whoever tried."""


def locked(case_id: int) -> FraudCase:
    """The case, for the length of the transaction. Raises DoesNotExist."""
    return FraudCase.objects.select_for_update(of=("self",)).get(pk=case_id)


def locked_standing(case_id: int) -> FraudCase:
    """The case, unless it was merged into another one. Raises CaseError."""
    case = locked(case_id)
    if case.merged_into_id is not None:
        raise CaseError("Ce dossier a été fusionné dans un autre : travaillez dans le dossier d’accueil.")
    return case


def record(
    case: FraudCase,
    kind: CaseEventKind,
    *,
    by: User | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> CaseEvent:
    """One event, in the caller's transaction. Only codes, ids, days and amounts as text."""
    return CaseEvent.objects.create(
        case=case, kind=kind, actor_id=by.pk if by else None, before=dict(before or {}), after=dict(after or {})
    )


def record_each(case: FraudCase, kind: CaseEventKind, *, by: User, after: Iterable[Mapping[str, Any]]) -> None:
    """As many events of one kind at once, in the caller's transaction."""
    CaseEvent.objects.bulk_create(
        CaseEvent(case=case, kind=kind, actor_id=by.pk, before={}, after=dict(said)) for said in after
    )

"""Telling the staff in the console: once a day for each person, case and kind."""

from collections.abc import Iterable

from django.utils import timezone

from accounts.staff.perms import staff_with
from fraud.cases.enums import NoticeKind
from fraud.cases.models import FraudCase
from fraud.cases.staffing_models import CaseNotice


def tell(user_id: int, *, case: FraudCase, kind: NoticeKind) -> None:
    """One notice, in the caller's transaction; a second one of the day changes nothing."""
    CaseNotice.objects.bulk_create(
        [CaseNotice(recipient_id=user_id, case=case, kind=kind, told_on=timezone.localdate())], ignore_conflicts=True
    )


def tell_all(user_ids: Iterable[int], *, case: FraudCase, kind: NoticeKind) -> None:
    for user_id in set(user_ids):
        tell(user_id, case=case, kind=kind)


def who_may(codename: str) -> list[int]:
    """Active members of the staff whose role holds a permission of this app."""
    return list(staff_with(f"fraud.{codename}").values_list("pk", flat=True))


def unread_of(user_id: int) -> list[CaseNotice]:
    """What somebody has not seen yet, newest first."""
    return list(CaseNotice.objects.filter(recipient_id=user_id, read_at=None).select_related("case")[:20])


def mark_read(user_id: int, *, case_id: int | None = None) -> int:
    """Somebody says that they have read their notices, of one case or all; returns how many."""
    unread = CaseNotice.objects.filter(recipient_id=user_id, read_at=None)
    if case_id is not None:
        unread = unread.filter(case_id=case_id)
    return unread.update(read_at=timezone.now())

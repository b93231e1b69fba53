"""Which reports: the drafts of a person, what was sent, what is overdue."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models

from fraud.intake.enums import OPEN, ReportStatus

if TYPE_CHECKING:
    from fraud.intake.models import FraudReport  # noqa: F401 (named in the string below)


class ReportQuerySet(models.QuerySet["FraudReport"]):
    """The staff reads ``sent()`` only: a draft is nobody's but its author's."""

    def for_person(self, insured_id: int) -> Self:
        return self.filter(insured_id=insured_id)

    def drafts(self) -> Self:
        return self.filter(status=ReportStatus.DRAFT)

    def sent(self) -> Self:
        return self.exclude(status=ReportStatus.DRAFT)

    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def about_lines(self, line_ids: Iterable[int]) -> Self:
        """Reports of which at least one line is among these."""
        return self.filter(lines__line_id__in=list(line_ids)).distinct()

    def to_remind(self, *, now: dt.datetime, quiet: dt.timedelta) -> Self:
        """Drafts left alone for that long, of which their author was never reminded."""
        return self.drafts().filter(reminded_at=None, expires_at__gt=now, updated_at__lte=now - quiet)

    def expired(self, *, now: dt.datetime) -> Self:
        return self.drafts().filter(expires_at__lte=now)

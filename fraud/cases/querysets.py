"""Which cases: the queues of the inbox, what is late, the load of an investigator, totals of the ledger."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat, NullIf

from fraud.cases.enums import OPEN, WORKED_ON, CaseStatus

if TYPE_CHECKING:
    from fraud.cases.decision_models import CaseAmount  # noqa: F401 (named in the strings below)
    from fraud.cases.models import CaseLine, FraudCase  # noqa: F401


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorTotal:
    """A net total in euros: ``author`` is an AuthorCategory, ``kind`` an AmountKind.

    ``subjects``: about how many professionals or establishments; a case that names none counts for one.
    """

    author: str
    kind: str
    total: Decimal
    cases: int
    subjects: int


class CaseQuerySet(models.QuerySet["FraudCase"]):
    """A case that was merged into another is worked on there: ``standing`` leaves it out."""

    def standing(self) -> Self:
        return self.filter(merged_into=None)

    def with_merged(self, case: "FraudCase") -> Self:
        """A case and those that were merged into it: each found by an index, before what belongs to them is."""
        return self.filter(Q(pk=case.pk) | Q(merged_into=case))

    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def to_triage(self) -> Self:
        return self.standing().filter(status=CaseStatus.NEW)

    def held_by(self, user_id: int) -> Self:
        """Cases of which this member of the staff holds the open assignment."""
        return self.filter(assignments__investigator_id=user_id, assignments__ended_at=None)

    def overdue(self, *, today: dt.date) -> Self:
        """Past their deadline while the clock runs."""
        return self.standing().filter(status__in=(CaseStatus.NEW, *WORKED_ON), clock_stopped_at=None, due_on__lt=today)

    def due_by(self, day: dt.date) -> Self:
        """Whose deadline comes on or before that day, while the clock runs."""
        return self.standing().filter(status__in=(CaseStatus.NEW, *WORKED_ON), clock_stopped_at=None, due_on__lte=day)

    def awaiting_approval(self) -> Self:
        """With a question to a second person that nobody has answered."""
        approvals: models.QuerySet[models.Model] = self.model._meta.get_field(
            "approvals"
        ).related_model._default_manager.all()
        return self.filter(Exists(approvals.filter(case=OuterRef("pk"), approved_at=None, refused_at=None)))

    def of_same_performer(self, case: "FraudCase") -> Self:
        """Other cases about the same professional, or the same establishment where no professional is known."""
        if case.performer_rpps is not None:
            return self.exclude(pk=case.pk).filter(performer_rpps=case.performer_rpps)
        if case.performer_finess:
            return self.exclude(pk=case.pk).filter(performer_finess=case.performer_finess)
        return self.none()

    def with_report_count(self) -> Self:
        """``report_count``: reports that are linked now."""
        links: models.QuerySet[models.Model] = self.model._meta.get_field("links").related_model._default_manager.all()
        counted = (
            links.filter(case=OuterRef("pk"), unlinked_at=None)
            .order_by()
            .values("case")
            .annotate(number=Count("pk"))
            .values("number")
        )
        return self.annotate(report_count=Subquery(counted))

    def with_holder(self) -> Self:
        """``holder_name``: professional identifier of whoever holds the case, or None."""
        assignments: models.QuerySet[models.Model] = self.model._meta.get_field(
            "assignments"
        ).related_model._default_manager.all()
        holder = assignments.filter(case=OuterRef("pk"), ended_at=None).values("investigator__username")[:1]
        return self.annotate(holder_name=Subquery(holder))


class HeldLineQuerySet(models.QuerySet["CaseLine"]):
    """Lines held against somebody: like the ledger, they stay with the case in which they were recorded."""

    def of_case(self, case: "FraudCase") -> Self:
        """Held in the case itself, or in one that was merged into it."""
        return self.filter(case__in=type(case).objects.with_merged(case))


class AmountQuerySet(models.QuerySet["CaseAmount"]):
    """The ledger, corrections included: sums are net."""

    def of_case(self, case: "FraudCase") -> Self:
        """The case's own entries and those of the cases that were merged into it."""
        return self.filter(case__in=type(case).objects.with_merged(case))

    def totals_by_kind(self) -> dict[str, Decimal]:
        """Net total by kind."""
        rows = self.order_by("kind").values_list("kind").annotate(total=Sum("amount"))
        return dict(rows)

    def totals_by_author(self, *, first: dt.date, last: dt.date) -> list[AuthorTotal]:
        """What the entries of a period come to, by who would have done it and by kind.

        Who would have done it is what the case says that holds the entry's case now: once merged, a case is not
        judged by itself any more.
        """
        held = self.filter(on_date__range=(first, last)).annotate(
            author=Coalesce("case__merged_into__author_category", "case__author_category"),
            holder=Coalesce("case__merged_into", "case"),
            subject=subject("case__"),
        )
        rows = (
            held.order_by("author", "kind")
            .values_list("author", "kind")
            .annotate(
                total=Sum("amount"), cases=Count("holder", distinct=True), subjects=Count("subject", distinct=True)
            )
        )
        return [AuthorTotal(author=row[0], kind=row[1], total=row[2], cases=row[3], subjects=row[4]) for row in rows]


def subject(path: str = "") -> Coalesce:
    """Whom a case is about, as a text to count by: RPPS, else FINESS, else the case itself."""
    return Coalesce(
        Cast(f"{path}performer_rpps", models.TextField()),
        NullIf(f"{path}performer_finess", Value("")),
        Concat(Value("dossier "), Cast(f"{path}id", models.TextField())),
        output_field=models.TextField(),
    )

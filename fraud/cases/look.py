"""A case as one member of the staff sees it, for the length of one request: no fact is asked of the database twice.

What is shown and what is offered is judged by it. Whoever writes locks the case and asks anew: a look may be old by
the time that somebody acts on it.
"""

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.approving import to_act_on
from fraud.cases.decision_models import CaseAmount, CaseApproval, CaseStep
from fraud.cases.disclosure_models import IdentityLift, SharedSignal
from fraud.cases.enums import ApprovalSubject, NoteKind
from fraud.cases.extent import Extent, extent_of
from fraud.cases.models import CaseAssignment, CaseLine, CaseNote, FraudCase
from fraud.cases.parameters import Figures
from fraud.cases.sharing import standing_of
from fraud.cases.staffing_models import CaseOpening
from fraud.cases.unveiling import pending_openings

_ENTRY: Final = ("case", "kind", "amount", "on_date", "corrects")
"""What is shown of an entry of the ledger."""


@dataclass(frozen=True, kw_only=True)
class CaseLook:
    """Made anew for each request. Every list is read once, when something first asks for it."""

    case: FraudCase
    user: User
    now: dt.datetime = field(default_factory=timezone.now)

    @property
    def today(self) -> dt.date:
        return timezone.localdate(self.now)

    @cached_property
    def figures(self) -> Figures:
        """The dated figures of today."""
        return Figures(self.today)

    @cached_property
    def extent(self) -> Extent:
        """What there is of the case at all; of what there is not, nothing is read."""
        return extent_of(self.case.pk, reader_id=self.user.pk)

    # --- Who works on it

    @cached_property
    def holding(self) -> CaseAssignment | None:
        """Who holds the case, and since when."""
        held = self.case.assignments.filter(ended_at=None).select_related("investigator")
        return held.only("case", "assigned_at", "investigator__username").first()

    @property
    def is_holder(self) -> bool:
        """Whether whoever looks holds it."""
        return self.holding is not None and self.holding.investigator_id == self.user.pk

    @property
    def people(self) -> list[User]:
        """Those of the staff that are known without asking: whoever looks, and whoever holds it."""
        return [self.user] if self.holding is None else [self.user, self.holding.investigator]

    @cached_property
    def _openings(self) -> list[CaseOpening]:
        """Break-glass that nobody has answered, and the leave that whoever looks has now."""
        if not self.extent.openings:
            return []
        own = CaseOpening.objects.filter(case=self.case, asked_by=self.user, ends_at__gt=self.now)
        return list((own | pending_openings(self.case)).select_related("asked_by").order_by("pk"))

    @property
    def opening(self) -> CaseOpening | None:
        """The leave to see the people that whoever looks has now; the one that lasts longest."""
        own = [(one.ends_at, one) for one in self._openings if one.ends_at is not None]
        return max(own, key=lambda pair: pair[0])[1] if own else None

    @property
    def pending_openings(self) -> list[CaseOpening]:
        """Break-glass that was asked for and not answered, oldest first."""
        return [one for one in self._openings if one.ends_at is None]

    @property
    def openings_to_answer(self) -> list[CaseOpening]:
        """Those that whoever looks may answer: they did not ask it themselves."""
        return [one for one in self.pending_openings if one.asked_by_id != self.user.pk]

    # --- What it holds

    @cached_property
    def merged(self) -> list[FraudCase]:
        """The cases that were merged into it."""
        return list(self.case.merged.order_by("pk")) if self.extent.merged else []

    @cached_property
    def held_lines(self) -> list[int]:
        """Ids of the reported lines that are held against somebody, also in the cases merged into it."""
        if not self.extent.lines:
            return []
        rows = CaseLine.objects.filter(case__in=[self.case, *self.merged])
        return list(rows.values_list("reported_line_id", flat=True))

    @cached_property
    def report_count(self) -> int:
        return self.case.links.filter(unlinked_at=None).count()

    @cached_property
    def open_tasks(self) -> list[CaseNote]:
        """The next one first."""
        if not self.extent.tasks:
            return []
        tasks = CaseNote.objects.filter(case=self.case, kind=NoteKind.TASK, done_at=None)
        return list(tasks.defer("text_sealed").order_by("due_on"))

    @property
    def has_something_unread(self) -> bool:
        """Notices for whoever looks; and, for whoever holds the case, what the authors of its reports wrote."""
        return self.extent.notices or (self.is_holder and self.extent.answers)

    # --- What was decided

    @cached_property
    def amounts(self) -> list[CaseAmount]:
        """The ledger, with the entries of the cases merged into it."""
        cases = {one.pk: one for one in (self.case, *self.merged)}
        rows = CaseAmount.objects.filter(case__in=cases).select_related("recorded_by")
        entries = list(rows.only(*_ENTRY, "recorded_by__username").order_by("on_date", "pk"))
        for entry in entries:
            entry.case = cases[entry.case_id]
        return entries

    @cached_property
    def steps(self) -> list[CaseStep]:
        if not self.extent.steps:
            return []
        return list(self.case.steps.select_related("legal_basis", "recorded_by").order_by("done_on", "pk"))

    @cached_property
    def approvals(self) -> list[CaseApproval]:
        """Every agreement that was asked for, oldest first, and what became of it."""
        if not self.extent.approvals:
            return []
        people = ("asked_by", "approved_by", "refused_by")
        return list(self.case.approvals.select_related(*people, "partner", "report").order_by("pk"))

    @property
    def approvals_to_answer(self) -> list[CaseApproval]:
        """What waits for an answer that whoever looks may give: they did not ask it themselves."""
        return [one for one in self.approvals if one.is_pending and one.asked_by_id != self.user.pk]

    @cached_property
    def _agreements(self) -> list[CaseApproval]:
        subjects = (ApprovalSubject.SHARE, ApprovalSubject.LIFT_IDENTITY)
        if not any(self._was_granted(subject) for subject in subjects):
            return []
        return list(to_act_on(self.case, *subjects, by=self.user, figures=self.figures))

    def agreements(self, subject: ApprovalSubject) -> list[CaseApproval]:
        """Agreements to share or to lift that whoever looks may act on."""
        return [one for one in self._agreements if one.subject == subject]

    # --- What left the house: each signal and each lift rests on an agreement that was granted in this case

    @cached_property
    def signals(self) -> list[SharedSignal]:
        """Every signal, the latest first."""
        if not self._was_granted(ApprovalSubject.SHARE):
            return []
        return list(self.case.signals.select_related("partner", "shared_by", "revoked_by").order_by("-pk"))

    @cached_property
    def standing_signals(self) -> list[SharedSignal]:
        """Signals that can be read now."""
        if not self.signals:
            return []
        return list(standing_of(self.case, now=self.now).select_related("partner").order_by("pk"))

    @cached_property
    def lifts(self) -> list[IdentityLift]:
        """Every lifted identity, the latest first."""
        if not self._was_granted(ApprovalSubject.LIFT_IDENTITY):
            return []
        rows = self.case.lifts.select_related("report", "lifted_by", "legal_basis", "approval")
        return list(rows.order_by("-pk"))

    @property
    def untold_lifts(self) -> list[IdentityLift]:
        """Lifts of which the person knows nothing yet, oldest first."""
        return [one for one in reversed(self.lifts) if one.told_at is None]

    @property
    def may_read_identities(self) -> bool:
        """Whether an identity is open to whoever looks."""
        return any(one.ends_at > self.now and one.is_readable_by(self.user.pk) for one in self.lifts)

    def _was_granted(self, subject: ApprovalSubject) -> bool:
        return any(one.subject == subject and one.approved_at is not None for one in self.approvals)

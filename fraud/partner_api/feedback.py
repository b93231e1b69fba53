"""What a mutual made of an alert, brought to whoever works on the case."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from ameli_notify.core.walls import as_partner
from fraud.cases.enums import CaseEventKind, NoticeKind
from fraud.cases.events import record
from fraud.cases.models import CaseAssignment, CaseReport
from fraud.cases.notices import tell
from fraud.partner_api.enums import AlertStatus
from fraud.partner_api.models import AlertFeedback, PartnerAlert


@transaction.atomic
def give_feedback(partner_id: int, alert_id: UUID, values: Mapping[str, Any]) -> AlertFeedback | None:
    """Keep the answer and tell whoever holds the case; None for an alert that the mutual cannot see, or no longer."""
    with as_partner(partner_id):
        seen = PartnerAlert.objects.filter(partner_id=partner_id, public_id=alert_id)
        pk = seen.exclude(status=AlertStatus.REMOVED).values_list("pk", flat=True).first()
    if pk is None:
        return None
    given = AlertFeedback.objects.create(
        alert_id=pk,
        partner_id=partner_id,
        verdict=values["verdict"],
        amount_recovered=values.get("amount_recovered"),
    )
    given.refresh_from_db()
    _bring(given, report_id=PartnerAlert.objects.values_list("report_id", flat=True).get(pk=pk))
    return given


def _bring(given: AlertFeedback, *, report_id: int) -> None:
    """An event of the case that the report is in, or was in last, and a notice for whoever holds it."""
    links = CaseReport.objects.filter(report_id=report_id).select_related("case")
    link = links.order_by(F("unlinked_at").desc(nulls_first=True), "-pk").first()
    if link is None:  # forgotten between the last publication and now
        return
    recovered = given.amount_recovered
    after = {"verdict": given.verdict, "partner": given.partner_id}
    if recovered is not None:
        after["recovered"] = f"{recovered:.2f}"
    record(link.case, CaseEventKind.FEEDBACK, by=None, after=after)
    for holder in CaseAssignment.objects.filter(case=link.case, ended_at=None):
        tell(holder.investigator_id, case=link.case, kind=NoticeKind.FEEDBACK)

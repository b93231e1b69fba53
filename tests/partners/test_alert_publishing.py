"""Publishing many alerts at once: each is announced once to who listens, and a second run finds nothing to do."""

import json

import pytest
from django.db.models import F

from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import PartnerInsurer
from accounts.partners.webhooks import announcing
from accounts.partners.webhooks.announcing import UnfitAnnouncementError, announce_many, partners_listening
from accounts.partners.webhooks.endpoints import create_endpoint
from accounts.partners.webhooks.enums import EventType
from accounts.partners.webhooks.models import WebhookDelivery
from fraud.intake.enums import ClosingReason, ReportStatus, Severity
from fraud.intake.models import FraudReport
from fraud.partner_api.enums import AlertStatus
from fraud.partner_api.models import PartnerAlert
from fraud.partner_api.publishing import publish_alerts
from tests.partners.alerts import make_alerted, make_public_report
from tests.partners.rows import consent, make_partner


def listen(partner: PartnerInsurer, *types: EventType) -> None:
    create_endpoint(partner.pk, url="https://hooks.example.org/ameli", event_types=types, by="essai")


def announced() -> list[dict[str, object]]:
    return [json.loads(body) for body in WebhookDelivery.objects.order_by("pk").values_list("body", flat=True)]


def close(report: FraudReport, reason: ClosingReason) -> None:
    FraudReport.objects.filter(pk=report.pk).update(
        status=ReportStatus.CLOSED, closing_reason=reason, closed_at=F("sent_at")
    )


def test_each_new_alert_is_announced_to_whoever_listens_in_their_order(partner: PartnerInsurer) -> None:
    silent = make_partner("99000002")
    listen(partner, EventType.ALERT_CREATED)
    listen(silent, EventType.CHANGES_AVAILABLE)
    for someone in (partner, silent, partner, partner):
        make_public_report(make_alerted(someone))
    assert publish_alerts().told == 4
    mine = PartnerAlert.objects.filter(partner=partner).order_by("position").values_list("public_id", flat=True)
    assert [one["data"] for one in announced()] == [{"id": str(public_id)} for public_id in mine]
    assert {one["type"] for one in announced()} == {"alert.created"}
    assert len(set(WebhookDelivery.objects.values_list("message_id", flat=True))) == 3
    assert (publish_alerts().told, len(announced())) == (0, 3)


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (ClosingReason.CONFIRMED, AlertStatus.CONFIRMED),
        (ClosingReason.CORRECTED, AlertStatus.CORRECTED),
        (ClosingReason.EXPLAINED, AlertStatus.NOT_ESTABLISHED),
    ],
)
def test_an_alert_that_closes_is_announced_once_to_whoever_listens(
    partner: PartnerInsurer, reason: ClosingReason, status: AlertStatus
) -> None:
    silent = make_partner("99000002")
    listen(partner, EventType.ALERT_CLOSED)
    listen(silent, EventType.ALERT_CREATED)
    reports = [make_public_report(make_alerted(someone)) for someone in (partner, partner, silent)]
    publish_alerts()
    WebhookDelivery.objects.all().delete()
    for report in reports[1:]:
        close(report, reason)
    assert publish_alerts().told == 2
    closed = PartnerAlert.objects.get(partner=partner, report_id=reports[1].pk)
    assert closed.status == status
    (told,) = announced()
    assert (told["type"], told["data"]) == ("alert.closed", {"id": str(closed.public_id)})
    assert set(told) == {"type", "timestamp", "data"}
    make_public_report(make_alerted(partner))
    FraudReport.objects.filter(pk=reports[1].pk).update(severity=Severity.HIGH)
    publish_alerts()
    assert len(announced()) == 1, "what is closed and changes does not close again"


def test_an_alert_that_is_told_closed_or_taken_away_does_not_close(partner: PartnerInsurer) -> None:
    listen(partner, EventType.ALERT_CREATED, EventType.ALERT_CLOSED)
    old, open_one = make_public_report(make_alerted(partner)), make_public_report(make_alerted(partner))
    close(old, ClosingReason.CONFIRMED)
    publish_alerts()
    assert [one["type"] for one in announced()] == ["alert.created", "alert.created"]
    consent(open_one.insured, partner, ())
    consent(old.insured, partner, ())
    assert publish_alerts().removed == 2
    consent(old.insured, partner, (ConsentPurpose.ALERTS,))
    publish_alerts()
    assert len(announced()) == 2


def test_a_report_of_several_lines_is_one_alert_with_their_sum(partner: PartnerInsurer) -> None:
    person = make_alerted(partner)
    report = make_public_report(person)
    line = report.lines.get()
    for day in (1, 2):
        line.pk, line.line_id, line.care_start = None, line.line_id + day, line.care_start.replace(month=day)
        line.save()
    assert publish_alerts().told == 1
    assert [one["month"] for one in PartnerAlert.objects.get().care] == ["2026-01", "2026-02", "2026-03"]


def test_more_than_a_statement_takes_are_announced_all(
    partner: PartnerInsurer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "AT_ONCE", 2)
    listen(partner, EventType.ALERT_CREATED, EventType.EXPORT_READY)
    assert partners_listening(EventType.ALERT_CREATED) == [partner.pk]
    announce_many(EventType.ALERT_CREATED, [(partner.pk, {"id": str(n)}) for n in range(5)])
    assert WebhookDelivery.objects.count() == 5


def test_what_is_not_thin_is_refused(partner: PartnerInsurer) -> None:
    listen(partner, EventType.ALERT_CREATED)
    with pytest.raises(UnfitAnnouncementError):
        announce_many(EventType.ALERT_CREATED, [(partner.pk, {"id": "x"}), (partner.pk, {"name": "x"})])
    assert not WebhookDelivery.objects.exists()
